"""Voxels of a visit: shares of tissue, and volumes in which they are as bright as they should be."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from lexiscope.simulate.brain.head import build_head, scan
from lexiscope.simulate.brain.template import SHAPE, load_template
from lexiscope.simulate.brain.visit import plan_visit

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("nilearn") is None, reason="nilearn, which carries the MNI152 maps, is not installed"
)


@pytest.fixture(scope="module")
def healthy():
    template = load_template()
    visit = plan_visit(0, seed=0, places=template.places)
    return replace(visit, kind="none", lesions=(), atrophy=0, swelling=0.0)


@pytest.mark.slow
def test_atrophy_and_swelling_widen_the_fluid_spaces(healthy):
    template = load_template()
    young = build_head(healthy, template=template, seed=0)
    old = build_head(replace(healthy, atrophy=3, swelling=7.6), template=template, seed=0)
    assert old.ventricles_ml > 1.5 * young.ventricles_ml
    assert old.shares["fluid"].sum() > 1.1 * young.shares["fluid"].sum()
    assert young.lesions == ()


def test_atrophy_alone_takes_grey_matter(healthy):
    template = load_template()
    visits = [replace(healthy, atrophy=grade) for grade in (0, 1, 3)]
    grey = [build_head(visit, template=template, seed=0).shares["grey"].sum() for visit in visits]
    assert grey[0] > grey[1] > grey[2]
    assert grey[2] < 0.97 * grey[0]


def test_shares_are_shares(healthy):
    head = build_head(healthy, template=load_template(), seed=0)
    total = sum(head.shares.values())
    assert all(share.shape == SHAPE and share.min() >= 0 for share in head.shares.values())
    assert total.max() <= 1 + 1e-5


def test_the_same_patient_has_the_same_head_and_noise_follows_the_generator(healthy):
    template = load_template()
    head, again = (build_head(healthy, template=template, seed=0) for _ in range(2))
    assert np.array_equal(head.shares["grey"], again.shares["grey"])
    first, same, other = (scan(head, "t1w", rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_white_matter_is_bright_and_fluid_dark_on_t1w(healthy):
    head = build_head(healthy, template=load_template(), seed=0)
    volume = scan(head, "t1w", rng=np.random.default_rng(0))
    assert volume.dtype == np.uint16
    bright, dark = (np.median(volume[head.shares[name] > 0.9]) for name in ("white", "fluid"))
    assert bright > 3 * dark
