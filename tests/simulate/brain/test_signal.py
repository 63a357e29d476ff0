"""Tissues are as bright as the equations say."""

import numpy as np
import pytest

from lexiscope.simulate.brain.signal import SEQUENCES, TISSUES, Sequence, Tissue, render


def test_fluid_is_dark_on_t1w_and_flair_and_bright_on_t2w():
    brightness = {name: {t: seq.signal(tissue) for t, tissue in TISSUES.items()} for name, seq in SEQUENCES.items()}
    for name in ("t1w", "flair"):
        assert brightness[name]["fluid"] < 0.2 * brightness[name]["white"]
    assert brightness["t2w"]["fluid"] > 2 * brightness["t2w"]["grey"]
    assert brightness["t1w"]["white"] > 1.3 * brightness["t1w"]["grey"]
    assert brightness["flair"]["plaque"] > 2 * brightness["flair"]["white"]


def test_flair_inversion_nulls_fluid():
    tissue, flair = TISSUES["fluid"], SEQUENCES["flair"]
    assert flair.inversion == pytest.approx(tissue.t1 * np.log(2 / (1 + np.exp(-flair.repetition / tissue.t1))), abs=1)


def test_the_equations_by_hand():
    water = Tissue(1.0, 1000.0, 100.0)
    assert Sequence(1000.0, 100.0).signal(water) == pytest.approx((1 - np.exp(-1)) * np.exp(-1))
    inverted = abs(1 - 2 * np.exp(-0.5) + np.exp(-1)) * np.exp(-1)
    assert Sequence(1000.0, 100.0, 500.0).signal(water) == pytest.approx(inverted)


def test_voxels_of_several_tissues_are_the_sum_by_share():
    shares = {"white": np.array([1.0, 0.25], np.float32), "fluid": np.array([0.0, 0.75], np.float32)}
    white, fluid = (SEQUENCES["t2w"].signal(TISSUES[name]) for name in ("white", "fluid"))
    assert render(shares, SEQUENCES["t2w"]) == pytest.approx([white, 0.25 * white + 0.75 * fluid], rel=1e-6)
