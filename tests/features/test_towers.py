"""Features of frozen towers: kept once, shared among processes, and well-shaped for no cases."""

import copy
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lexiscope.corpus import Corpus
from lexiscope.features import towers as embedding
from lexiscope.features.feature_store import FeatureStore
from lexiscope.features.towers import Features
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import ViewCache, choose_views, load_batch


def test_no_cases_give_no_rows_and_no_error(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, width=3)
    features, present = Features({"sem": store}, store).of_images([])
    assert features["sem"].shape == (0, 3)
    assert present["sem"].dtype == torch.bool


def test_processes_that_start_one_after_the_other_leave_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(11)]
    for rank in (0, 1):
        alone = SimpleNamespace(process_index=rank, num_processes=2, wait_for_everyone=lambda: None)
        monkeypatch.setattr(embedding, "process_state", lambda alone=alone: alone)
        store = FeatureStore(tmp_path, width=2)  # the second sees what the first added already
        embedding.fill_store(
            store, keys, list, lambda names: torch.ones(len(names), 2), batch_size=4, what="", progress=None
        )
    assert not store.missing(keys)


def test_features_are_those_of_the_towers_and_kept(brains: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    views = choose_views(brains, size=32, slices=2)
    space, cases = tiny_joint_space(views), [case for case in brains if case.images]
    batch = load_batch(brains, cases, views, ViewCache(brains.path / ".views"))
    with torch.no_grad():
        images, texts = space.image_features(batch.images, batch.present), space.text_features(["no lesion", "grains"])
    kept = embedding.compute_features(space, brains, cases=cases, texts=["grains", "no lesion"], views=views)
    features, present = kept.of_images(cases)
    for name, mask in batch.present.items():
        assert torch.equal(present[name], mask)
        torch.testing.assert_close(features[name], images[name], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(kept.of_texts(["no lesion", "grains"]), texts, atol=1e-5, rtol=1e-4)

    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(type(space), "image_features", refuse)
    monkeypatch.setattr(type(space), "text_features", refuse)
    again = embedding.compute_features(space, brains, cases=cases, texts=["grains"], views=views)
    assert torch.equal(again.of_images(cases)[0]["flair"], features["flair"])


def test_mirrored_images_have_features_of_their_own(brains: Corpus) -> None:
    views = choose_views(brains, size=32, slices=2, modalities=["flair"])
    space, cases = tiny_joint_space(views), [case for case in brains if "flair" in case.images]
    plain, mirrored = (
        embedding.compute_features(space, brains, cases=cases, texts=(), views=views, mirror=mirror).of_images(cases)[0]
        for mirror in (False, True)
    )
    assert not torch.allclose(plain["flair"], mirrored["flair"])


def test_a_fingerprint_follows_every_value_and_name() -> None:
    made = nn.Linear(2, 2)
    before = embedding.fingerprint(made)
    assert embedding.fingerprint(copy.deepcopy(made)) == before
    with torch.no_grad():
        made.bias[1] += 1e-6
    assert embedding.fingerprint(made) != before
    assert embedding.fingerprint(nn.Sequential(made)) != embedding.fingerprint(made)
