"""Probabilities in 8 bit: no threshold that is ever chosen parts them otherwise."""

import numpy as np
import torch

from lexiscope.models.segmenter.case_masks import CaseMasks, in_steps


def test_rounding_keeps_the_ends_every_threshold_and_all_but_a_step() -> None:
    thresholds = np.arange(1, 20) / 20  # tenths, and halves of them
    exact = torch.cat([torch.linspace(0, 1, 24_007), torch.from_numpy(thresholds).float()])
    read = CaseMasks(in_steps(exact)[None], torch.ones(1)).probability(0)
    assert (float(read.min()), float(read.max())) == (0.0, 1.0)
    assert float((read - exact).abs().max()) < 1 / 239
    for threshold in thresholds.tolist():
        assert torch.equal(read > threshold, exact > threshold)
