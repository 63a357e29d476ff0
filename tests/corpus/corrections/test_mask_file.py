"""Outlines from files: only what lies on the case's grid and shows one thing becomes a mask."""

import io
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.mask_file import keep_mask
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.corpus.masks import read_mask
from lexiscope.testing import make_corpus

CASE = "case-0000"


def drawn(size: tuple[int, ...] = (32, 32)) -> np.ndarray:
    outline = np.zeros(size, np.uint8)
    outline[..., 4:12, 20:28] = 1
    return outline


def png(path: Path, pixels: np.ndarray) -> Path:
    Pillow.fromarray(pixels).save(path, format="PNG")
    return path


def nifti(path: Path, voxels: np.ndarray, affine: np.ndarray | None = None) -> Path:
    """(z, y, x) voxels, of 4 x 1 x 1 mm if nothing else is said."""
    affine = np.diag([1.0, 1.0, 4.0, 1.0]) if affine is None else affine
    nibabel.save(nibabel.Nifti1Image(voxels.T, affine), path)
    return path


@pytest.fixture
def volumes(tmp_path: Path) -> Corpus:
    return make_corpus(tmp_path / "volumes", 2, volumes=True, masks=True)


def test_an_outline_replaces_the_mask_and_the_old_file_stays(corpus: Corpus, make, tmp_path: Path) -> None:
    old = corpus[CASE].masks["shape"]
    mask = keep_mask(corpus, CASE, "shape", png(tmp_path / "mask.png", drawn() * 255))
    assert corpus[CASE].masks["shape"] == old, "keeping a file changed the case"
    saved = save_correction(corpus, CASE, mask)
    for opened in (Corpus.open(corpus.path), make()):
        case = opened[CASE]
        np.testing.assert_array_equal(read_mask(opened, case, "shape"), drawn() > 0)
        assert (case.masks["shape"].marked, mask.on) == (64, "photo")
    assert saved.correction.before["content"] == old.content
    assert corpus.checked_path(old).is_file()


def test_a_volume_on_the_grid_of_one_sequence_is_taken_in_any_orientation(volumes: Corpus, tmp_path: Path) -> None:
    outline = drawn((8, 32, 32))
    flipped = np.diag([-1.0, 1.0, 4.0, 1.0])
    flipped[0, 3] = 31
    for affine, voxels in ((None, outline), (flipped, outline[..., ::-1])):
        mask = keep_mask(volumes, CASE, "spot", nifti(tmp_path / "mask.nii.gz", voxels, affine))
        save_correction(volumes, CASE, mask)
        volumes.refresh()
        np.testing.assert_array_equal(read_mask(volumes, volumes[CASE], "spot"), outline > 0)
        assert volumes[CASE].masks["spot"].spacing == (4.0, 1.0, 1.0)


def test_an_empty_outline_says_searched_for_and_absent(corpus: Corpus, tmp_path: Path) -> None:
    mask = keep_mask(corpus, CASE, "crack", png(tmp_path / "mask.png", np.zeros((32, 32), np.uint8)))
    save_correction(corpus, CASE, mask)
    corpus.refresh()
    assert (corpus[CASE].masks["crack"].marked, mask.structure) == (0, "crack")


def test_the_same_outline_twice_is_one_file(corpus: Corpus, tmp_path: Path) -> None:
    shades = (drawn(), drawn() * 255, np.stack([drawn() * 9] * 3, axis=-1))
    kept = {keep_mask(corpus, CASE, "shape", png(tmp_path / "mask.png", shade)).mask.content for shade in shades}
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (
            drawn((32, 31)),
            r"the mask shape has the grid \(32, 31\), on which none of the images lies \(photo \(32, 32\)\)",
        ),
        (drawn() * 2 + np.eye(32, dtype=np.uint8), "a mask must hold 0 and one other value, got 1, 2"),
        (np.dstack([drawn() * 255] * 4), "a mask must be opaque, got a PNG with transparent pixels"),
        (np.dstack([drawn() * 255, drawn(), drawn()]), "is a picture in colours"),
    ],
)
def test_what_is_no_outline_of_the_case_is_refused(corpus: Corpus, tmp_path: Path, pixels, message) -> None:
    with pytest.raises(SourceError, match=message):
        keep_mask(corpus, CASE, "shape", png(tmp_path / "mask.png", pixels))


def test_a_volume_elsewhere_is_refused(volumes: Corpus, tmp_path: Path) -> None:
    shifted = np.diag([1.0, 1.0, 4.0, 1.0])
    shifted[:3, 3] = 5
    with pytest.raises(SourceError, match="on which none of the images lies"):
        keep_mask(volumes, CASE, "spot", nifti(tmp_path / "mask.nii", drawn((8, 32, 32)), shifted))
    with pytest.raises(SourceError, match="on which none of the images lies"):
        keep_mask(volumes, CASE, "spot", png(tmp_path / "mask.png", drawn()))


def test_other_formats_and_what_is_no_image_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Pillow.fromarray(drawn()).save(picture, format="JPEG")
    (tmp_path / "mask.jpg").write_bytes(picture.getvalue())
    with pytest.raises(SourceError, match=r"a mask must be a PNG \(planes\) or a NIfTI \(volumes\), got a jpeg"):
        keep_mask(corpus, CASE, "shape", tmp_path / "mask.jpg")
    (tmp_path / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    with pytest.raises(SourceError):
        keep_mask(corpus, CASE, "shape", tmp_path / "mask.png")
    with pytest.raises(UsageError, match="a mask needs the name of its structure"):
        keep_mask(corpus, CASE, " ", png(tmp_path / "mask.png", drawn()))


def test_a_mask_lies_on_the_image_that_is_named(volumes: Corpus, tmp_path: Path) -> None:
    outline = nifti(tmp_path / "mask.nii.gz", drawn((8, 32, 32)))
    assert keep_mask(volumes, CASE, "spot", outline, on="flair").on == "flair"
    with pytest.raises(UsageError, match="expected the image 'ct' of case case-0000 to lay a mask on, got t1w, t2w"):
        keep_mask(volumes, CASE, "spot", outline, on="ct")


def test_a_mask_that_got_another_name_is_corrected_under_that(corpus: Corpus, make, tmp_path: Path) -> None:
    from lexiscope.language.instructions.renaming import rename_masks

    save_correction(corpus, CASE, keep_mask(corpus, CASE, "shape", png(tmp_path / "mask.png", drawn())))
    corpus.refresh()
    for opened in (corpus, make()):
        rename_masks(opened, {"shape": "grain"})
        assert set(opened[CASE].masks) == {"grain"}
        np.testing.assert_array_equal(read_mask(opened, opened[CASE], "grain"), drawn() > 0)


def test_a_mask_of_images_that_are_no_longer_of_its_size_waits(corpus: Corpus, tmp_path: Path) -> None:
    save_correction(corpus, CASE, keep_mask(corpus, CASE, "shape", png(tmp_path / "mask.png", drawn())))
    larger = make_corpus(corpus.path, 4, masks=True, size=40)[CASE]
    assert larger.masks["shape"].shape == (40, 40)
    assert not any("corrected" in step for step in larger.provenance.steps)
    make_corpus(corpus.path, 4, masks=True)
    assert Corpus.open(corpus.path)[CASE].masks["shape"].marked == 64
