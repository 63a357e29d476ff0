"""Rows of images: slices of one place, variants that follow from the row alone, nothing where nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.corpus import Corpus
from lexiscope.testing import make_corpus
from lexiscope.training.pretrain.image_rows import PretrainRows, find_rows
from lexiscope.views import Augmentation, ViewCache, choose_views


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("volumes") / "corpus", 8, volumes=True, missing=0.4)


@pytest.fixture(scope="module")
def rows(volumes: Corpus) -> PretrainRows:
    """Three slices of each of eight cases, in two variants."""
    views = choose_views(volumes, size=32, slices=3)
    cases, places, groups = find_rows(list(volumes), views)
    cache = ViewCache(volumes.path / ".views")
    return PretrainRows(volumes, views, cache, cases, places, groups, seed=0, augmentation=Augmentation(), dropout=0.5)


def test_every_slice_is_a_row_and_groups_are_numbered_alike(rows: PretrainRows) -> None:
    assert len(rows) == 3 * len(rows.cases)
    assert rows.names(np.array([0, 2, 3]), epoch=0) == [rows.cases[0].id, rows.cases[0].id, rows.cases[1].id]
    batch = rows.batch(np.arange(len(rows)), epoch=0)
    names = [case.group for case in rows.cases]
    for row, group in enumerate(batch["group"].tolist()):
        assert all((group == other) == (names[row // 3] == names[place // 3])
                   for place, other in enumerate(batch["group"].tolist()))  # fmt: skip


def test_modalities_of_a_row_show_one_place(rows: PretrainRows) -> None:
    still = replace(rows, augmentation=None, dropout=0.0, variants=1)
    batch = still.batch(np.array([0, 1, 2]), epoch=0)
    for name in still.cases[0].images:
        image = still.cases[0].images[name]
        whole = still.cache.get(image, still.corpus.object_path(image), still.views[name])
        torch.testing.assert_close(batch["images"][name][:, 0], torch.from_numpy(np.asarray(whole, dtype=np.float32)))


def test_a_row_follows_from_seed_epoch_and_row_whoever_shares_the_batch(rows: PretrainRows) -> None:
    whole, part = rows.batch(np.array([4, 5, 6]), epoch=1), rows.batch(np.array([6, 4]), epoch=1)
    for name in rows.views:
        assert torch.equal(whole["images"][name][[2, 0]], part["images"][name])
        assert torch.equal(whole["present"][name][[2, 0]], part["present"][name])
    assert torch.equal(whole["seed"][[2, 0]], part["seed"])
    other = rows.batch(np.array([4, 5, 6]), epoch=2)
    assert not torch.equal(other["seed"], whole["seed"])
    assert any(not torch.equal(other["images"][name], whole["images"][name]) for name in rows.views)


def test_what_is_missing_or_left_out_is_zero_and_one_modality_stays(rows: PretrainRows) -> None:
    batch = rows.batch(np.arange(len(rows)), epoch=0)
    masks = torch.stack(list(batch["present"].values()))  # (m, b, v)
    assert masks.any(dim=0).all()
    for name, mask in batch["present"].items():
        assert not batch["images"][name][~mask].any()
        has = torch.tensor([name in rows.cases[case].images for case in rows.places[:, 0]])
        assert not mask[~has].any()
        assert not mask[has].all()  # some were left out


def test_two_variants_differ(rows: PretrainRows) -> None:
    full = replace(rows, dropout=0.0)
    images = full.batch(np.array([1]), epoch=0)["images"]
    name = next(iter(full.cases[0].images))
    assert not torch.equal(images[name][0, 0], images[name][0, 1])


def test_cases_without_an_image_that_is_read_are_left_out(volumes: Corpus, tmp_path: Path) -> None:
    views = choose_views(volumes, size=32, slices=3, modalities=["flair"])
    cases, places, groups = find_rows(list(volumes), views)
    assert [case.id for case in cases] == [case.id for case in volumes if "flair" in case.images]
    assert len(places) == 3 * len(cases) == 3 * len(groups)
