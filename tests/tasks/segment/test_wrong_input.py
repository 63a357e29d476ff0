"""Inputs that are not what the segmenter learned from: the right result, or an error before anything is computed."""

from pathlib import Path

import imagecodecs
import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import LexiscopeError, UsageError, ViewError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.sources.pixels import read_pixels
from lexiscope.tasks.segment.delineate import Delineator, segment
from lexiscope.testing.masked import make_masked_corpus, tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.views.case_grid import CaseGrid


def _model(
    path: Path, *, dims: int = 2, channels: dict[str, int] | None = None, spacing: tuple[float, ...] | None = None
) -> ModelDirectory:
    grid = CaseGrid(channels=channels or {"t1": 1, "t2": 1}, dims=dims, spacing=spacing)
    segmenter = tiny_segmenter(modalities=grid.channels, dims=dims)
    made = ModelDirectory(path)
    window = (8, 16, 16)[-dims:]
    made.save(
        "segmenter",
        SegmenterContent(segmenter, grid, window, {"disc": Structure(("disc",), threshold=0.2)}),
        record=RUN,
    )
    return made


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return _model(tmp_path_factory.mktemp("flat") / "model")


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return _model(tmp_path_factory.mktemp("deep") / "model", dims=3)


def _scan(path: Path, shape: tuple[int, ...] = (20, 18, 6), affine: np.ndarray | None = None) -> np.ndarray:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.Nifti1Image(values, np.eye(4) if affine is None else affine).to_filename(path)
    return values


def _refused(model: ModelDirectory, path: Path, match: str, *, kind: type[LexiscopeError] = UsageError) -> None:
    """Reading refuses, so the segmenter is never loaded."""
    with pytest.raises(kind, match=match):
        Delineator.read(model, path)


@pytest.mark.parametrize("shape", [(20, 18), (20, 18, 1)])
def test_a_plane_for_a_segmenter_of_volumes(deep: ModelDirectory, tmp_path: Path, shape: tuple[int, ...]) -> None:
    _scan(tmp_path / "t1.nii.gz", shape)
    _refused(deep, tmp_path, "expected a volume.*with a plane of 18 x 20; give it the whole volume")


def test_a_few_thin_slices_that_become_one_at_the_spacing_of_the_model_are_a_volume(tmp_path: Path) -> None:
    thick = _model(tmp_path / "model", dims=3, spacing=(6.0, 1.0, 1.0))
    _scan(tmp_path / "case" / "t1.nii.gz", (20, 18, 3))
    assert segment(thick, tmp_path / "case", overlap=0)[0].value["masks"][0].mask.shape == (3, 18, 20)


def test_a_volume_for_a_segmenter_of_planes_is_read_slice_by_slice(flat: ModelDirectory, tmp_path: Path) -> None:
    values = _scan(tmp_path / "whole" / "t1.nii.gz")
    _scan(tmp_path / "one" / "t1.nii.gz")
    whole = segment(flat, tmp_path / "whole", out=tmp_path / "a")[0].value
    assert "slice by slice, 6 of them" in " ".join(whole["notes"])
    assert whole["masks"][0].mask.shape == values.T.shape


def test_several_volumes_in_a_file_are_said_to_be_averaged(flat: ModelDirectory, tmp_path: Path) -> None:
    _scan(tmp_path / "t1.nii.gz", (20, 18, 2, 4))
    notes = " ".join(segment(flat, tmp_path)[0].value["notes"])
    assert "t1 holds 4 volumes, and their mean was read: give each as a file of its own modality" in notes


def test_a_plane_stated_by_two_axes_gets_a_mask_of_two_axes(flat: ModelDirectory, tmp_path: Path) -> None:
    _scan(tmp_path / "t1.nii.gz", (20, 18), np.diag([-1.0, 2.0, 1.0, 1.0]))
    mask = nib.load(segment(flat, tmp_path, out=tmp_path / "out")[0].value["masks"][0].file)
    assert mask.shape == (20, 18)


def test_grids_that_do_not_overlap(flat: ModelDirectory, tmp_path: Path) -> None:
    away = np.eye(4)
    away[:3, 3] = 1000
    _scan(tmp_path / "t1.nii.gz")
    _scan(tmp_path / "t2.nii.gz", affine=away)
    _refused(flat, tmp_path, "show no common place.*check that they are of one examination", kind=ViewError)


def test_voxels_that_are_no_number_count_as_the_least(flat: ModelDirectory, tmp_path: Path) -> None:
    values = _scan(tmp_path / "least" / "t1.nii.gz")
    for name, value in (("nan", np.nan), ("inf", np.inf), ("least", values.min())):
        values[3:6, 4:9, 1:4] = value
        (tmp_path / name).mkdir(exist_ok=True)
        nib.Nifti1Image(values, np.eye(4)).to_filename(tmp_path / name / "t1.nii.gz")
    least, *others = (segment(flat, tmp_path / name)[0].value["masks"][0].mask for name in ("least", "nan", "inf"))
    for mask in others:
        np.testing.assert_array_equal(mask, least)
    nib.Nifti1Image(np.full((8, 8, 3), np.nan, np.float32), np.eye(4)).to_filename(tmp_path / "nan" / "t1.nii.gz")
    _refused(flat, tmp_path / "nan", "expected images with values, got t1 without a single finite one; export it again")


def test_an_image_of_one_value_has_nothing_in_it_and_says_so(flat: ModelDirectory, tmp_path: Path) -> None:
    nib.Nifti1Image(np.full((20, 18, 3), 7, np.int16), np.eye(4)).to_filename(tmp_path / "t1.nii.gz")
    told = segment(flat, tmp_path)[0].value
    assert not told["masks"][0].present
    assert "t1 has one value everywhere: nothing can be found in it" in told["notes"]


def test_a_modality_never_seen(flat: ModelDirectory, tmp_path: Path) -> None:
    _scan(tmp_path / "flair.nii.gz")
    _refused(
        flat, tmp_path, r"expected image files named after t1, t2 in .*found none, it has flair.nii.gz; rename them"
    )
    with pytest.raises(UsageError, match="the model reads t1, t2, got modality 'flair'"):
        Delineator.read(flat, tmp_path / "flair.nii.gz", modality="flair")
    values = np.where(_scan(tmp_path / "t1.nii.gz") > 1, 1, 0).astype(np.uint8)
    nib.Nifti1Image(values, np.eye(4)).to_filename(tmp_path / "t1.nii.gz")
    (tmp_path / "t1.txt").write_text("a note")
    notes = segment(flat, tmp_path, instruction=["disc", "disc"], structure=["disc"])[0].value["notes"]
    assert notes[1:] == [
        "t1 has two values and no more: is it a mask?",
        "flair.nii.gz was not read: the segmenter knows t1, t2",
        "read without t2, which the segmenter knows, too",
    ]
    with pytest.raises(UsageError, match=r"learned \(disc\), got dics. Did you mean 'disc'\? Else name one"):
        segment(flat, tmp_path, structure=["dics"])


@pytest.mark.parametrize("name", ["t1_mask.nii.gz", "mask_t1.nii.gz", "case-seg-t1.nii.gz", "t1.json"])
def test_a_folder_with_masks_and_no_image(flat: ModelDirectory, tmp_path: Path, name: str) -> None:
    _scan(tmp_path / "scan.nii.gz")
    (tmp_path / "scan.nii.gz").rename(tmp_path / name)
    _refused(flat, tmp_path, "expected image files named after t1, t2")


def test_an_empty_folder_and_none(flat: ModelDirectory, tmp_path: Path) -> None:
    _refused(flat, tmp_path, "expected image files named after t1, t2")
    _refused(flat, tmp_path / "scan", "found nothing there; check the path")


def test_masks_and_sidecars_beside_images_are_not_read_for_them(flat: ModelDirectory, tmp_path: Path) -> None:
    _scan(tmp_path / "alone" / "p1_t1.nii.gz")
    _scan(tmp_path / "beside" / "p1_t1.nii.gz")
    nib.Nifti1Image(np.ones((20, 18, 6), np.uint8), np.eye(4)).to_filename(tmp_path / "beside" / "seg_t1.nii.gz")
    (tmp_path / "beside" / "t1.txt").write_text("a note")
    alone, beside = (segment(flat, tmp_path / name)[0].value for name in ("alone", "beside"))
    np.testing.assert_array_equal(alone["masks"][0].mask, beside["masks"][0].mask)
    assert alone["notes"] == beside["notes"]


def test_two_images_of_one_modality(flat: ModelDirectory, tmp_path: Path) -> None:
    _scan(tmp_path / "a_t1.nii.gz")
    _scan(tmp_path / "b_t1.nii.gz")
    _refused(flat, tmp_path, r"expected one image of t1 in .*, found a_t1.nii.gz, b_t1.nii.gz; take the others away")
    _scan(tmp_path / "t1.nii.gz")
    assert Delineator.read(flat, tmp_path).prepared.images.keys() == {"t1"}


def test_out_is_a_file(flat: ModelDirectory, tmp_path: Path) -> None:
    values = make_masked_corpus(tmp_path / "corpus", 1)
    (tmp_path / "out").touch()
    with pytest.raises(UsageError, match="out: expected a folder"):
        segment(flat, "case-0000", corpus=values, out=tmp_path / "out")


def test_colours_depths_and_palettes(tmp_path: Path) -> None:
    from PIL import Image

    rgb, grey = _model(tmp_path / "rgb", channels={"image": 3}), _model(tmp_path / "grey", channels={"image": 1})
    colours = np.random.default_rng(0).integers(0, 255, (18, 20, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "rgb.png")
    Image.fromarray(np.dstack([colours, np.full((18, 20), 255, np.uint8)])).save(tmp_path / "rgba.png")
    (tmp_path / "deep.png").write_bytes(bytes(imagecodecs.png_encode(colours.astype(np.uint16) * 257)))
    (tmp_path / "grey.png").write_bytes(bytes(imagecodecs.png_encode(colours[..., 0].astype(np.uint16) * 200)))
    masks = {}
    for name in ("rgb", "rgba", "deep", "grey"):
        one = segment(rgb, tmp_path / f"{name}.png", out=tmp_path / name)[0].value["masks"][0]
        masks[name] = one.mask
        assert read_pixels(Path(one.file)).shape == (1, 18, 20)
        assert segment(grey, tmp_path / f"{name}.png")[0].value["masks"][0].mask.shape == (1, 18, 20)
    np.testing.assert_array_equal(masks["rgb"], masks["rgba"])
    np.testing.assert_array_equal(masks["rgb"], masks["deep"])
