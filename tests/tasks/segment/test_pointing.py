"""Boxes and points keep the parts of a mask that are meant, in voxels of the file, and are refused beyond it."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.tasks.segment.delineate import Delineator, segment
from lexiscope.tasks.segment.delineate_request import DelineateRequest
from lexiscope.tasks.segment.pointing import Pointing
from lexiscope.testing.masked import tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.views.case_grid import CaseGrid

SHAPE = (4, 10, 12)


@pytest.fixture
def probability() -> np.ndarray:
    """Two parts above 0.5, a weak one of 0.4 and a strong weak one of 0.45, nothing elsewhere."""
    values = np.zeros(SHAPE, np.float32)
    values[0:2, 1:4, 1:4] = 0.9
    values[2:4, 6:9, 8:11] = 0.8
    values[0, 7:9, 1:3] = 0.4
    values[0, 7:9, 5:9] = 0.45
    return values


def pointed(
    probability: np.ndarray, *, box: tuple[str, ...] = (), point: tuple[str, ...] = ()
) -> tuple[np.ndarray, bool]:
    pointing = Pointing.of(box, point, SHAPE)
    assert pointing is not None
    return pointing.choose(probability, 0.5)


def test_a_box_keeps_the_parts_that_lie_in_it_whole(probability: np.ndarray) -> None:
    mask, lowered = pointed(probability, box=("0,0,0,2,4,3",))  # two thirds of the first part
    np.testing.assert_array_equal(mask, probability == np.float32(0.9))
    assert not lowered
    both, _ = pointed(probability, box=("0,0,0,4,10,12",))
    np.testing.assert_array_equal(both, probability > 0.5)


def test_a_box_without_a_part_takes_the_best_at_half_the_threshold(probability: np.ndarray) -> None:
    mask, lowered = pointed(probability, box=("0,5,0,1,10,12",))
    np.testing.assert_array_equal(mask, probability == np.float32(0.45))
    assert lowered
    cut, _ = pointed(probability, box=("0,5,0,1,10,7",))  # cut to the box, they are of the same size
    np.testing.assert_array_equal(np.argwhere(cut).max(axis=0), [0, 8, 6])
    nothing, lowered = pointed(probability, box=("3,0,0,4,4,4",))
    assert not nothing.any()
    assert not lowered


def test_a_part_of_which_less_than_half_lies_in_the_box_is_not_meant(probability: np.ndarray) -> None:
    mask, lowered = pointed(probability, box=("0,1,1,2,4,2",))  # a third of the first part
    assert lowered
    assert mask.sum() == 6  # the best in the box, cut to it


def test_a_point_keeps_the_part_that_holds_it(probability: np.ndarray) -> None:
    np.testing.assert_array_equal(pointed(probability, point=("3,7,9",))[0], probability == np.float32(0.8))
    mask, lowered = pointed(probability, point=("0,7,1", "3,7,9"))
    np.testing.assert_array_equal(mask, (probability == np.float32(0.8)) | (probability == np.float32(0.4)))
    assert lowered
    assert not pointed(probability, point=("3,0,0",))[0].any()


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ("0,0,0,4,10", r"expected 4 or 6 whole numbers"),
        ("0,0,0,4,10,b", r"expected 4 or 6 whole numbers"),
    ],
)
def test_what_is_no_box_is_refused_at_once(box: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        DelineateRequest.of({"box": (box,)})


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ("0,0,4,10", r"expected --box z0,y0,x0,z1,y1,x1 for an image of 4 x 10 x 12 voxels, got 0,0,4,10"),
        ("0,0,0,4,10,13", r"0 ≤ x0 < x1 ≤ 12, got 0,0,0,4,10,13; give it in voxels of the file"),
        ("2,0,0,2,10,12", r"0 ≤ z0 < z1 ≤ 4"),
        ("0,-1,0,2,10,12", r"0 ≤ y0 < y1 ≤ 10"),
    ],
)
def test_boxes_beyond_the_image_are_refused(box: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Pointing.of((box,), (), SHAPE)


def test_points_beyond_the_image_are_refused() -> None:
    with pytest.raises(UsageError, match=r"--point z,y,x with 0 ≤ z < 4, got 4,0,0"):
        Pointing.of((), ("4,0,0",), SHAPE)
    with pytest.raises(UsageError, match=r"expected --point y,x for an image of 10 x 12 voxels, got 4,0,0"):
        Pointing.of((), ("4,0,0",), SHAPE[1:])
    assert Pointing.of((), (), SHAPE) is None


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    structure = Structure(("disc",), threshold=0.0, presence=2.0)  # no score is that high: all is emptied
    content = SegmenterContent(tiny_segmenter(), CaseGrid(channels={"t1": 1, "t2": 1}), (16, 16), {"disc": structure})
    made = ModelDirectory(tmp_path_factory.mktemp("segmenter") / "model")
    made.save("segmenter", content, record=RUN)
    return made


def test_boxes_and_points_are_counted_as_the_file_stores_its_voxels(model: ModelDirectory, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(6, 8, 5)).astype(np.float32)  # (i, j, k)
    affine = np.array([[0, 0, -2, 9], [-1, 0, 0, 5], [0, 1.5, 0, 1], [0, 0, 0, 1]], float)
    nib.Nifti1Image(values, affine).to_filename(tmp_path / "t1.nii.gz")
    nib.Nifti1Image(values, affine).to_filename(tmp_path / "t2.nii.gz")
    given = Delineator.read(model, tmp_path)
    assert given.file_shape == (5, 8, 6)
    kept = segment(model, tmp_path, box=[(4, 7, 5, 5, 8, 6)], out=tmp_path / "a")[0].to_dict()["value"]
    assert kept["masks"][0]["voxels"] == 1
    mask = np.asarray(nib.load(kept["masks"][0]["file"]).dataobj)
    assert np.argwhere(mask).tolist() == [[5, 7, 4]]  # x, y, z of the file
    assert any("half of it" in note for note in kept["notes"])


def test_who_points_overrules_the_score_of_presence(model: ModelDirectory, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(16, 16, 3)).astype(np.float32)
    nib.Nifti1Image(values, np.eye(4)).to_filename(tmp_path / "t1.nii.gz")
    assert not segment(model, tmp_path)[0].value["masks"][0].present
    assert segment(model, tmp_path, point=["1,3,4"])[0].value["masks"][0].present
    with pytest.raises(UsageError, match="0 ≤ z < 3"):
        segment(model, tmp_path, point=[(3, 3, 4)])
