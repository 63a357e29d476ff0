"""One grid for all images of a case: places agree, labels stay labels, and what cannot be laid over is refused."""

import numpy as np
import pytest

from lexiscope.core.errors import ViewError
from lexiscope.views.case_grid import CaseGrid
from lexiscope.views.voxels import Voxels


def _scan(
    values: np.ndarray, spacing: tuple[float, float, float], origin: tuple[float, float, float] = (0, 0, 0)
) -> Voxels:
    """A scan (z, y, x) whose first voxel lies at `origin` (x, y, z)."""
    affine = np.diag([*spacing[::-1], 1.0])
    affine[:3, 3] = origin
    return Voxels(values[None], affine, spacing)


def _blob(shape: tuple[int, int, int], box: tuple[slice, slice, slice]) -> np.ndarray:
    values = np.zeros(shape, np.float32)
    values[box] = 100.0
    return values


def test_a_modality_of_another_grid_is_laid_where_it_belongs() -> None:
    fine = _scan(_blob((8, 16, 16), (slice(4, 8), slice(8, 16), slice(8, 16))), (1.0, 1.0, 1.0))
    coarse = _scan(_blob((4, 8, 8), (slice(2, 4), slice(4, 8), slice(4, 8))), (2.0, 2.0, 2.0), (0.5, 0.5, 0.5))
    case = CaseGrid(channels={"a": 1, "b": 1}, dims=3).prepare({"a": fine, "b": coarse}, {})
    assert case.images["b"].shape == case.images["a"].shape == (1, 8, 16, 16)
    inside = np.s_[0, 5:7, 9:15, 9:15]
    outside = np.s_[0, :3, :7, :7]
    for image in case.images.values():
        assert image[inside].min() > image[outside].max()


def test_masks_decide_the_grid_and_stay_masks() -> None:
    scan = _scan(np.random.default_rng(0).normal(size=(8, 16, 16)).astype(np.float32), (1.0, 1.0, 1.0))
    mask = _scan(_blob((4, 8, 8), (slice(0, 2), slice(0, 3), slice(0, 3))), (2.0, 2.0, 2.0), (0.5, 0.5, 0.5))
    case = CaseGrid(channels={"a": 1}, dims=3).prepare({"a": scan}, {"disc": mask})
    assert case.images["a"].shape == (1, 4, 8, 8)
    assert case.masks["disc"].dtype == bool
    assert case.masks["disc"].sum() == 2 * 3 * 3


def test_a_spacing_keeps_the_field_of_view() -> None:
    scan = _scan(np.random.default_rng(0).normal(size=(4, 10, 20)).astype(np.float32), (3.0, 2.0, 1.0))
    assert CaseGrid(channels={"a": 1}, dims=2, spacing=(1.0, 1.0)).prepare({"a": scan}, {}).shape == (4, 20, 20)
    grid = CaseGrid(channels={"a": 1}, dims=3, spacing=(1.0, 1.0, 1.0))
    case = grid.prepare({"a": scan}, {})
    assert case.shape == (12, 20, 20)
    import torch

    assert grid.restore(torch.zeros(2, 12, 20, 20), case.grid).shape == (2, 4, 10, 20)


def test_planes_of_different_size_and_scans_that_do_not_meet_are_refused() -> None:
    grid = CaseGrid(channels={"a": 1, "b": 1}, dims=2)
    planes = {"a": Voxels(np.zeros((1, 4, 4))), "b": Voxels(np.zeros((1, 5, 4)))}
    with pytest.raises(ViewError, match=r"expected images of one grid, got .* register and resample"):
        grid.prepare(planes, {})
    scan = _scan(np.zeros((4, 4, 4), np.float32), (1.0, 1.0, 1.0))
    away = _scan(np.zeros((4, 5, 4), np.float32), (1.0, 1.0, 1.0), (100, 0, 0))
    with pytest.raises(ViewError, match="show no common place"):
        grid.prepare({"a": scan, "b": away}, {})
    with pytest.raises(ViewError, match="expected an image of a, b, got flair"):
        grid.prepare({"flair": scan}, {})


def test_values_that_are_not_finite_count_as_the_least() -> None:
    values = np.random.default_rng(0).uniform(1, 2, (1, 4, 8, 8)).astype(np.float32)
    values[0, 1, 2, 3] = np.nan
    values[0, 1, 2, 4] = np.inf
    image = CaseGrid(channels={"a": 1}).prepare({"a": Voxels(values)}, {}).images["a"]
    assert np.isfinite(image).all()
    assert image[0, 1, 2, 3] == image.min()


def test_settings_come_back_from_json_and_change_the_key() -> None:
    grid = CaseGrid(channels={"a": 3}, dims=3, spacing=(1.0, 0.5, 0.5))
    assert CaseGrid.from_dict(grid.to_dict()) == grid
    assert CaseGrid(channels={"a": 3}, dims=3).key != grid.key
    with pytest.raises(ViewError, match="2 positive lengths"):
        CaseGrid(channels={"a": 1}, dims=2, spacing=(1.0, 1.0, 1.0))
