"""Batches of real corpora: order, missing modalities, chance, and errors that name the case."""

from dataclasses import replace

import pytest
import torch

from lexiscope.core.errors import ViewError
from lexiscope.testing import make_corpus
from lexiscope.views import Augmentation, ViewCache, choose_views, load_batch
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView


@pytest.fixture(scope="module")
def brains(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus") / "brains", 8, volumes=True, missing=0.4)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus") / "photos", 4)


def test_views_follow_the_images(brains, photos) -> None:
    views = choose_views(brains, size=32, slices=2)
    assert {(type(view), view.channels) for view in views.values()} == {(SlicesView, 1)}
    assert list(views) == sorted(views)
    assert choose_views(photos, size=32) == {"photo": PlanarView(size=32)}
    whole = choose_views(brains, size=32, grid=(8, 16, 16))
    assert {view.shape for view in whole.values()} == {(1, 8, 16, 16)}


def test_rows_keep_the_order_of_the_cases_and_say_what_is_missing(brains, tmp_path) -> None:
    cases = sorted(brains, key=lambda case: case.id, reverse=True)
    views = choose_views(brains, size=32, slices=2)
    batch = load_batch(brains, cases, views, ViewCache(tmp_path))
    assert any(not mask.all() for mask in batch.present.values()), "the test needs a missing sequence"
    for name, view in views.items():
        assert batch.images[name].shape == (8, *view.shape)
        assert batch.images[name].dtype == torch.float16
        for row, case in enumerate(cases):
            assert bool(batch.present[name][row]) == (name in case.images)
            assert bool(batch.images[name][row].any()) == (name in case.images)
    alone = load_batch(brains, cases[3:4], views, ViewCache(tmp_path))
    assert all(torch.equal(alone.images[name][0], batch.images[name][3]) for name in views)


def test_augmentation_comes_from_the_generator(photos, tmp_path) -> None:
    cases, views, cache = list(photos), choose_views(photos, size=32), ViewCache(tmp_path)
    drawn = [
        load_batch(photos, cases, views, cache, augment=torch.Generator().manual_seed(seed)).images["photo"]
        for seed in (0, 0, 1)
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], load_batch(photos, cases, views, cache).images["photo"])


def test_unreadable_image_names_the_case(photos, tmp_path) -> None:
    case = next(iter(photos))

    class Broken:
        def object_path(self, image):
            path = tmp_path / "broken.png"
            path.write_bytes(b"\x89PNG\r\n\x1a\n")
            return path

    with pytest.raises(ViewError, match=rf"case {case.id}, photo: photo at .*broken\.png cannot be read"):
        load_batch(Broken(), [case], choose_views(photos, size=32), ViewCache(tmp_path / "cache"))


def test_choosing_without_images_or_with_unknown_names(photos) -> None:
    with pytest.raises(ViewError, match=r"no image of ct in the corpus, which has \{'photo': 4\}"):
        choose_views(photos, size=32, modalities=["ct"])
    with pytest.raises(ViewError, match="which has no images"):
        choose_views([], size=32)


def test_the_modalities_of_a_case_are_mirrored_together(tmp_path) -> None:
    corpus = make_corpus(tmp_path / "scans", 12, volumes=True)
    cases = [case for case in corpus if len(case.images) == 3]
    mirrored = Augmentation(flip=True, crop=1.0, intensity=0.0)
    views = {
        name: replace(view, augmentation=mirrored) for name, view in choose_views(corpus, size=32, slices=2).items()
    }
    cache = ViewCache(tmp_path / "views")
    plain = load_batch(corpus, cases, views, cache).images
    varied = load_batch(corpus, cases, views, cache, augment=torch.Generator().manual_seed(0)).images
    turned = [
        {torch.equal(varied[name][row], plain[name][row].flip(-1)) for name in views} for row in range(len(cases))
    ]
    assert {len(found) for found in turned} == {1}
    assert set().union(*turned) == {True, False}
