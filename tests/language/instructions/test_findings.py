"""What is measured of a region is what a hand would measure."""

import numpy as np
import pytest

from lexiscope.language.instructions.case_images import CaseImages
from lexiscope.language.instructions.findings import Look, measure_region
from lexiscope.language.instructions.region import Region
from lexiscope.language.instructions.standardised import standardise

from .conftest import ball


def _head(centre, *, shape=(10, 40, 40), contrast=80.0, patient=True):
    head, mask = ball(shape, (5, 20, 20), 18), ball(shape, centre, 5)
    rng = np.random.default_rng(0)
    grey = np.where(head, 100 + contrast * mask + rng.normal(0, 8, shape), 0).astype(np.float32)
    small = standardise(CaseImages({"flair": grey}, (2.0, 1.0, 1.0), "mm", patient, "key"))
    return small, mask


@pytest.mark.parametrize(
    ("centre", "side", "thirds"),
    [((5, 20, 30), "right", (1, 1, 2)), ((5, 30, 10), "left", (1, 2, 0)), ((5, 10, 20), "midline", (1, 0, 1))],
)
def test_side_and_thirds_are_those_of_the_patient(centre, side, thirds):
    small, mask = _head(centre)
    place = measure_region(small, Region(mask, 1, 0.0)).place
    assert (place.side, place.thirds, place.oriented) == (side, thirds, True)


def test_a_picture_without_patient_axes_or_cut_out_of_the_body_has_no_side():
    small, mask = _head((5, 20, 30), patient=False)
    assert measure_region(small, Region(mask, 1, 0.0)).place.side is None
    inside = np.random.default_rng(0).normal(100, 5, (10, 20, 20)).astype(np.float32)
    cut = standardise(CaseImages({"flair": inside}, (2.0, 1.0, 1.0), "mm", True, "key"))
    assert measure_region(cut, Region(ball((10, 20, 20), (5, 10, 5), 3), 1, 0.0)).place.side is None


def test_sizes_are_in_millimetres():
    small, mask = _head((5, 20, 30))
    size = measure_region(small, Region(mask, 1, 0.0)).size
    assert size.lengths == pytest.approx((10, 11, 11), abs=2.1)
    assert size.amount == pytest.approx(mask.sum() * 2)
    assert (size.unit, size.pieces) == ("mm", 1)


@pytest.mark.parametrize(
    ("contrast", "intensity", "mirror"),
    [(80, "very_bright", "brighter"), (-60, "very_dark", "darker"), (0, "equal", "same")],
)
def test_brightness_is_against_the_surroundings_and_the_other_side(contrast, intensity, mirror):
    small, mask = _head((5, 20, 29), contrast=contrast)
    look = measure_region(small, Region(mask, 1, 0.0)).looks["flair"]
    assert isinstance(look, Look)
    assert (look.intensity, look.mirror) == (intensity, mirror)


def test_a_sharp_border_differs_from_a_blurred_one():
    from scipy import ndimage

    small, mask = _head((5, 20, 29))
    sharp = measure_region(small, Region(mask, 1, 0.0)).looks["flair"].border
    soft = ndimage.gaussian_filter(np.where(mask, 180, 100).astype(np.float32), (0, 3, 3))
    blurred = standardise(CaseImages({"flair": soft}, None, None, False, "key"))
    assert (sharp, measure_region(blurred, Region(mask, 1, 0.0)).looks["flair"].border) == ("sharp", "blurred")
