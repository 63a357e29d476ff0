"""Loading weights: quietly, into memory of their own."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.utils import logging

from lexiscope.models.loading import copy_out_of_file, first_line, quiet


@pytest.mark.parametrize("shown", [True, False])
def test_progress_bars_are_hidden_and_come_back_as_they_were(shown: bool) -> None:
    before = logging.is_progress_bar_enabled()
    try:
        (logging.enable_progress_bar if shown else logging.disable_progress_bar)()
        with quiet():
            assert not logging.is_progress_bar_enabled()
        assert logging.is_progress_bar_enabled() == shown
    finally:
        (logging.enable_progress_bar if before else logging.disable_progress_bar)()


def test_weights_move_out_of_the_file_and_keep_their_values(tmp_path: Path) -> None:
    save_file({"weight": torch.arange(6.0).view(2, 3), "bias": torch.ones(2)}, tmp_path / "w.safetensors")
    model = nn.Linear(3, 2)
    mapped = load_file(tmp_path / "w.safetensors")
    for name, weight in model.named_parameters():
        weight.data = mapped[name]
    copy_out_of_file(model)
    for name, weight in model.named_parameters():
        assert weight.data_ptr() != mapped[name].data_ptr()
        assert torch.equal(weight, mapped[name])


def test_long_errors_are_cut_to_their_first_line() -> None:
    assert first_line(ValueError("\n no such model\nKnown: a, b")) == "no such model"
    assert first_line(ValueError()) == "ValueError"


def test_reports_that_name_tensors_of_a_file_stay_away_from_the_terminal() -> None:
    from transformers.utils import logging

    before = logging.get_verbosity()
    with quiet():
        assert logging.get_verbosity() == logging.ERROR
    assert logging.get_verbosity() == before
