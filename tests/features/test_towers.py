"""Features of frozen towers: kept once, shared among processes, and well-shaped for no cases."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lexiscope.features import towers as embedding
from lexiscope.features.feature_store import FeatureStore
from lexiscope.features.towers import Features


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
