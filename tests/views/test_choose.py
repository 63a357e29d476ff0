"""Views that are chosen: by what most images of a modality are."""

import pytest

from lexiscope.core import Case, Image, Provenance
from lexiscope.core.errors import ViewError
from lexiscope.views.choose import choose_views
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.volume import VolumeView


def case(number: int, **images: tuple[tuple[int, ...], int]) -> Case:
    """A case with images of some shapes and channels."""
    made = {
        name: Image(f"{number:064x}", name, "tiff", shape, channels=channels)
        for name, (shape, channels) in images.items()
    }
    return Case(f"case-{number}", f"group-{number}", Provenance("table"), images=made)


def test_each_modality_gets_what_most_of_its_images_are() -> None:
    plane, volume = ((9, 9), 1), ((5, 9, 9), 1)
    cases = [case(1, sem=plane, ct=volume), case(2, sem=plane, ct=volume), case(3, sem=volume, ct=plane), case(4)]
    views = choose_views(cases, size=16, slices=3)
    assert views == {
        "ct": SlicesView(size=16, slices=3, channels=1),
        "sem": PlanarView(size=16, channels=1),
    }
    assert list(views) == ["ct", "sem"]  # in alphabetical order


def test_whole_volumes_are_read_where_a_grid_is_given() -> None:
    views = choose_views([case(1, ct=((5, 9, 9), 1))], size=16, grid=(4, 8, 8), spacing=(2.0, 1.0, 1.0))
    assert views == {"ct": VolumeView(grid=(4, 8, 8), spacing=(2.0, 1.0, 1.0), channels=1)}


def test_one_colour_image_keeps_the_colours_of_all() -> None:
    cases = [case(1, photo=((9, 9), 1)), case(2, photo=((9, 9), 3))]
    assert choose_views(cases, size=16)["photo"].channels == 3


def test_settings_are_handed_on() -> None:
    intensity = Intensity(mean=(0.5,), std=(0.5,))
    cases = [case(1, photo=((9, 9), 1), sem=((9, 9), 1))]
    views = choose_views(cases, size=16, modalities=["sem"], fit="crop", intensity=intensity)
    assert views == {"sem": PlanarView(size=16, fit="crop", channels=1, intensity=intensity)}


def test_what_is_missing_is_named() -> None:
    cases = [case(1, photo=((9, 9), 1))]
    with pytest.raises(ViewError, match=r"no image of ct in the corpus, which has \{'photo': 1\}; choose among"):
        choose_views(cases, size=16, modalities=["photo", "ct"])
    with pytest.raises(ViewError, match="no image of any modality in the corpus, which has no images"):
        choose_views([case(1)], size=16)
