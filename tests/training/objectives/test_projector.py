"""The projector: rows that are absent are zeros and normalise nothing."""

import torch

from lexiscope.training.objectives.projector import Projector


def test_absent_rows_are_zeros_and_change_no_other() -> None:
    torch.manual_seed(0)
    projector = Projector(5, 7)
    features = torch.randn(4, 2, 5)
    present = torch.tensor([[True, True], [False, False], [True, False], [True, True]])
    out = projector.of_some(features, present)
    assert out.shape == (4, 2, 7)
    assert not out[~present].any()
    torch.testing.assert_close(out[present], projector(features[present]))
    spoiled = torch.where(present[..., None], features, torch.nan)
    torch.testing.assert_close(projector.of_some(spoiled, present), out)


def test_one_row_alone_has_nothing_to_be_normalised_by() -> None:
    present = torch.tensor([[True, False]])
    assert not Projector(5, 7).of_some(torch.randn(1, 2, 5), present).any()
