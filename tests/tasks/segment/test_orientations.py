"""However a scan is stored, its mask lies at the same place in the patient: flips, permutations, spacing, tilt."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch
from scipy.ndimage import binary_erosion

import lexiscope.models.segmenter.windows as windows
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.case_masks import CaseMasks, in_steps
from lexiscope.tasks.segment.delineate import Delineator, DelineatorSettings
from lexiscope.tasks.segment.delineate_request import DelineateRequest
from lexiscope.tasks.segment.voxel_input import read_voxel_input
from lexiscope.testing.masked import tiny_segmenter
from lexiscope.views.case_grid import CaseGrid
from lexiscope.views.voxels import Voxels

TURNS = [
    np.array([[axis, flip] for axis, flip in zip(axes, flips, strict=True)])
    for axes in itertools.permutations(range(3))
    for flips in itertools.product((1, -1), repeat=3)
]
OBLIQUE = np.array([[1.9, -0.2, 0.5, -30], [0.3, 0.9, -0.4, 11], [-0.4, 0.15, 2.7, 7], [0, 0, 0, 1]])
SHAPE = (20, 17, 7)  # (i, j, k)


def delineator(grid: CaseGrid, *, threshold: float = 0.5) -> Delineator:
    segmenter = tiny_segmenter(modalities=grid.channels, dims=grid.dims)
    content = SegmenterContent(segmenter, grid, (16, 16)[-2:], {"disc": Structure(("disc",), threshold=threshold)})
    return Delineator(ModelDirectory("model"), content, DelineatorSettings())


def found(task: Delineator, folder: Path, out: Path) -> tuple[Any, Any]:
    """Mask and map of uncertainty."""
    given = read_voxel_input(folder, grid=task.content.grid)
    request = DelineateRequest(out=out, written_as="nifti", uncertainty=True)
    (one,) = task.predict(given, request).to_dict()["value"]["masks"]
    return nib.load(one["file"]), nib.load(one["uncertainty"])


@pytest.fixture
def bright(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that takes the bright for the structure and is unsure of edges, so that the right answer is known."""

    def segment_case(segmenter: Any, images: Any, sentences: torch.Tensor, **_: Any) -> CaseMasks:
        mean = np.mean([image[0].astype(np.float32) for image in images.values()], axis=0)
        probability = (100 * (torch.from_numpy(mean) - 0.5)).sigmoid()
        return CaseMasks(in_steps(probability).expand(len(sentences), -1, -1, -1), torch.ones(len(sentences)))

    monkeypatch.setattr(windows, "segment_case", segment_case)


def ellipsoid(affine: np.ndarray, shape: tuple[int, ...], *, middle: np.ndarray, radius: float = 9.0) -> np.ndarray:
    """A ball of millimetres around a place in the patient, on some grid."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    places = index @ affine[:3, :3].T + affine[:3, 3]
    ball: np.ndarray = np.linalg.norm(places - middle, axis=-1) < radius
    return ball


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / max(1, one.sum() + other.sum()))


def _turned(turns: Iterator[np.ndarray] | list[np.ndarray], tmp_path: Path, affine: np.ndarray) -> None:
    values = np.random.default_rng(0).normal(100, 20, SHAPE).astype(np.float32)
    values[4:12, 5:13, 2:6] += 60
    plain = nib.Nifti1Image(values, affine)
    grid, masks, maps = CaseGrid(channels={"t1": 1}), [], []
    segmenter, image = (
        tiny_segmenter(modalities={"t1": 1}),
        grid.prepare({"t1": Voxels(values.T[None], affine)}, {}).images,
    )
    half = windows.segment_case(segmenter, image, segmenter.embed(["disc"]), window=(16, 16)).probability(0).median()
    task = delineator(grid, threshold=float(half))
    for number, turn in enumerate([TURNS[0], *turns]):
        scan = plain.as_reoriented(turn)
        folder = tmp_path / str(number)
        folder.mkdir()
        scan.to_filename(folder / "t1.nii.gz")
        for image, kept in zip(found(task, folder, folder / "out"), (masks, maps), strict=True):
            assert image.shape == scan.shape
            np.testing.assert_allclose(image.affine, scan.affine, atol=1e-5)
            kept.append(np.asarray(image.dataobj))
            expected = nib.Nifti1Image(kept[0], affine).as_reoriented(turn)
            np.testing.assert_array_equal(kept[-1], np.asarray(expected.dataobj), err_msg=str(turn.tolist()))
    assert 0.05 < masks[0].mean() < 0.95


def test_a_copy_flipped_and_permuted_gives_the_same_mask(tmp_path: Path) -> None:
    _turned([TURNS[29]], tmp_path, OBLIQUE)


@pytest.mark.slow
@pytest.mark.parametrize("affine", [np.diag([2.0, 1.0, 3.0, 1.0]), OBLIQUE])
def test_every_orientation_gives_the_same_mask(tmp_path: Path, affine: np.ndarray) -> None:
    assert len(TURNS) == 48
    _turned(TURNS, tmp_path, affine)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 2.0, 2.0), (1.5, 1.5)])
@pytest.mark.parametrize("affine", [OBLIQUE, np.diag([-0.5, 0.5, 2.0, 1.0])])
def test_another_spacing_than_that_of_training_gives_the_mask_of_the_file_unsure_at_its_edge(
    bright: None, tmp_path: Path, spacing: tuple[float, ...], affine: np.ndarray
) -> None:
    shape = (60, 50, 20)
    middle = affine[:3, :3] @ (np.array(shape) * [0.4, 0.6, 0.5]) + affine[:3, 3]
    truth = ellipsoid(affine, shape, middle=middle)
    nib.Nifti1Image(truth.astype(np.float32) * 100, affine).to_filename(tmp_path / "t1.nii.gz")
    task = delineator(CaseGrid(channels={"t1": 1}, dims=len(spacing), spacing=spacing))
    mask, unsure = found(task, tmp_path, tmp_path / "out")
    assert mask.shape == unsure.shape == shape
    assert dice(np.asarray(mask.dataobj) > 0, truth) > 0.9
    entropy = np.asarray(unsure.dataobj)
    inner, outer = (ellipsoid(affine, shape, middle=middle, radius=radius) for radius in (5.0, 13.0))
    assert not entropy[inner].any()
    assert not entropy[~outer].any()
    edge = truth & ~binary_erosion(truth)
    assert entropy[edge].mean() > 3 * entropy[outer & ~edge].mean()
    assert entropy.max() > 250


def test_modalities_of_other_grids_are_laid_over_each_other(bright: None, tmp_path: Path) -> None:
    shape, other = (50, 40, 12), (30, 34, 30)
    affine = np.diag([-1.0, 1.0, 3.0, 1.0])
    coarse = nib.affines.from_matvec(OBLIQUE[:3, :3] @ np.diag([1, 1.4, 0.7]), [-66.0, -10.0, -20.0])
    middle = affine[:3, :3] @ (np.array(shape) * 0.5)
    truth = ellipsoid(affine, shape, middle=middle)
    for name, grid, sides in (("t1", affine, shape), ("t2", coarse, other)):
        values = ellipsoid(grid, sides, middle=middle).astype(np.float32) * 100
        nib.Nifti1Image(values, grid).to_filename(tmp_path / f"{name}.nii.gz")
    mask, _ = found(delineator(CaseGrid(channels={"t1": 1, "t2": 1})), tmp_path, tmp_path / "out")
    finest = {np.prod(shape): (affine, shape), np.prod(other): (coarse, other)}[max(np.prod(shape), np.prod(other))]
    assert mask.shape == finest[1]
    np.testing.assert_allclose(mask.affine, finest[0], atol=1e-5)
    expected = truth if finest[1] == shape else ellipsoid(coarse, other, middle=middle)
    assert dice(np.asarray(mask.dataobj) > 0, expected) > 0.85
