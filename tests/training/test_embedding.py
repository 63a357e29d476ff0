"""What features of no cases look like: an evaluation on the split `val` has none left to calibrate on."""

from pathlib import Path

import torch

from lexiscope.training.embedding import Features
from lexiscope.training.features import FeatureStore


def test_no_cases_give_no_rows_and_no_error(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, width=3)
    features, present = Features({"sem": store}, store).of_images([])
    assert features["sem"].shape == (0, 3)
    assert present["sem"].dtype == torch.bool
