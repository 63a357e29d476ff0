"""Scores of masks against values worked by hand."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics.segmentation import mask_scores


def _box(shape: tuple[int, int, int], *slices: slice) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[slices] = True
    return mask


def test_a_shift_by_a_voxel() -> None:
    truth = _box((1, 10, 10), slice(None), slice(2, 6), slice(2, 6))
    scores = mask_scores(np.roll(truth, 1, axis=2), truth, spacing=(1.0, 1.0, 3.0), tolerance=1.0)
    assert scores is not None
    assert scores.dsc == pytest.approx(2 * 12 / 32)
    assert scores.iou == pytest.approx(12 / 20)
    assert scores.hd95 == pytest.approx(3.0)
    assert 0 < scores.nsd < 1


def test_the_same_mask_and_an_empty_one_and_an_empty_truth() -> None:
    truth = _box((3, 8, 8), slice(1, 2), slice(2, 6), slice(2, 6))
    same = mask_scores(truth, truth)
    assert same is not None
    assert (same.dsc, same.iou, same.hd95, same.nsd) == (1.0, 1.0, 0.0, 1.0)
    nothing = mask_scores(np.zeros_like(truth), truth, spacing=(2.0, 1.0, 1.0))
    assert nothing is not None
    assert (nothing.dsc, nothing.nsd) == (0.0, 0.0)
    assert nothing.hd95 == pytest.approx((6**2 + 8**2 + 8**2) ** 0.5)
    assert mask_scores(truth, np.zeros_like(truth)) is None


def test_in_planes_borders_lie_in_the_plane() -> None:
    truth = _box((1, 9, 9), slice(None), slice(1, 8), slice(1, 8))
    inner = _box((1, 9, 9), slice(None), slice(3, 6), slice(3, 6))
    scores = mask_scores(inner, truth, tolerance=0.5)
    assert scores is not None
    assert scores.nsd == 0.0
    assert scores.hd95 > 1.9


@pytest.mark.slow
def test_scores_are_those_of_monai() -> None:
    pytest.importorskip("monai")
    import torch
    from monai.metrics.hausdorff_distance import compute_hausdorff_distance
    from monai.metrics.meandice import compute_dice
    from monai.metrics.surface_dice import compute_surface_dice

    rng = np.random.default_rng(0)
    z, y, x = np.mgrid[:9, :24, :24]
    for _ in range(4):
        centre, radius = rng.uniform(9, 14, 2), rng.uniform(4, 7)
        truth = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 + 4 * (z - 4) ** 2 < radius**2
        found = np.roll(truth, rng.integers(-2, 3, 3), axis=(0, 1, 2))
        ours = mask_scores(found, truth, spacing=(2.0, 1.0, 1.0), tolerance=1.5)
        assert ours is not None
        pair = [torch.from_numpy(mask)[None, None].float() for mask in (found, truth)]
        space = {"include_background": True, "spacing": (2.0, 1.0, 1.0)}
        assert ours.dsc == pytest.approx(float(compute_dice(*pair)), abs=1e-6)
        distance = compute_hausdorff_distance(*pair, percentile=95, **space)
        assert ours.hd95 == pytest.approx(float(distance), abs=1e-6)
        assert ours.nsd == pytest.approx(float(compute_surface_dice(*pair, class_thresholds=[1.5], **space)), abs=1e-6)
