import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from lexiscope.core.errors import LexiscopeError, SourceError
from lexiscope.core.image import Image
from lexiscope.serve.pictures.about import about
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.thumbnail import thumbnail
from lexiscope.testing.fuzz.pictures import nifti_seeds, raster_seeds, tiff_seeds


def test_longer_side_is_the_size_and_proportions_stay(marked_head, read_png):
    assert read_png(thumbnail(decode(marked_head()))).shape == (256, 205)


def test_colours_stay_colours_and_pictures_are_shown_as_they_are(tmp_path, read_png):
    colours = np.zeros((64, 64, 3), np.uint8)
    colours[..., 0], colours[..., 2] = 200, 40
    Pillow.fromarray(colours).save(tmp_path / "a.png")
    assert read_png(thumbnail(decode(tmp_path / "a.png"), size=64)).tolist() == colours.tolist()


def test_a_large_jpeg_is_decoded_smaller_and_looks_alike(tmp_path, read_png):
    steps = np.linspace(0, 255, 40 * 30, dtype=np.uint8).reshape(30, 40)
    Pillow.fromarray(steps).resize((1300, 975)).save(tmp_path / "a.jpg")
    small = decode(tmp_path / "a.jpg", at_least=256)
    assert small.values.shape == (1, 244, 325)
    shown, whole = (read_png(thumbnail(image)).astype(int) for image in (small, decode(tmp_path / "a.jpg")))
    assert shown.shape == whole.shape == (192, 256)
    assert abs(shown - whole).max() < 12
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:4000])
    with pytest.raises(SourceError, match="damaged or truncated"):
        decode(tmp_path / "a.jpg", at_least=256)


def test_sixteen_bits_and_floats_are_shown_by_percentiles(tmp_path, read_png):
    values = np.linspace(30_000, 31_000, 64 * 64).reshape(64, 64)
    values[0, 0] = 65_535  # one hot pixel must not make all the rest black
    for dtype in (np.uint16, np.float32):
        tifffile.imwrite(tmp_path / "a.tif", values.astype(dtype))
        shown = read_png(thumbnail(decode(tmp_path / "a.tif"), size=64))
        assert shown[1, 0] < 10
        assert abs(int(shown[32, 0]) - 128) < 6
        assert shown[63, 63] == 255


def test_a_volume_is_shown_in_its_middle_and_a_mask_where_it_is_fullest(tmp_path, read_png):
    values = np.zeros((8, 8, 9), np.uint8)
    values[..., 4] = np.arange(8)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii")
    assert read_png(thumbnail(decode(tmp_path / "a.nii"))).max() == 255
    mask = np.zeros((8, 8, 9), np.uint8)
    mask[2, 2, 1], mask[2:6, 2:6, 7] = 1, 1
    nib.save(nib.Nifti1Image(mask, np.eye(4)), tmp_path / "mask.nii")
    assert (read_png(thumbnail(decode(tmp_path / "mask.nii"), size=8)) > 128).sum() == 16


def test_facts_are_those_of_the_file(marked_head):
    facts = about(decode(marked_head()))
    assert facts["shape"] == [6, 10, 8]
    assert facts["scale"] == {"y": 2.0, "x": 2.0, "unit": "mm"}
    assert facts["letters"]["x"] == {"left": "A", "right": "P", "top": "S", "bottom": "I"}
    assert np.array(facts["affine"])[:3, :3].tolist() == np.diag([2.0, 2.0, 4.0]).tolist()
    assert facts["oblique_degrees"] == 0


def _shown(path):
    """A thumbnail, or what is said in its place."""
    try:
        image = decode(path)
        assert about(image)["channels"] == len(image.values)
        return thumbnail(image, size=16)
    except LexiscopeError as error:
        return str(error)


@pytest.mark.parametrize("seeds", [nifti_seeds, raster_seeds, tiff_seeds])
def test_every_format_is_shown_and_what_is_cut_off_is_shown_or_refused_with_a_reason(tmp_path, seeds):
    whole, halves = [], []
    for number, data in enumerate(seeds()):
        path = tmp_path / f"{number}"
        path.write_bytes(data)
        whole.append(_shown(path))
        path.write_bytes(data[: len(data) // 2])
        halves.append(_shown(path))
    pictures = [shown for shown in whole if isinstance(shown, bytes)]
    assert len(pictures) > 0.9 * len(whole)
    assert all(shown.startswith(b"\x89PNG") for shown in pictures)
    assert all(isinstance(shown, bytes) or shown for shown in halves)


def test_a_ct_is_first_shown_in_the_window_of_soft_tissue(tmp_path):
    values = np.full((8, 8, 4), -1000, np.int16)
    values[2:6] = 40
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "ct.nii")
    known = Image("0" * 64, "ct", "nifti", (4, 8, 8), bits=16)
    assert decode(tmp_path / "ct.nii", known=known).window() == (-160, 240)
    assert decode(tmp_path / "ct.nii").window() == (-1000, 40)
    nib.save(nib.Nifti1Image(values + 1000, np.eye(4)), tmp_path / "rescaled.nii")  # not in Hounsfield units
    assert decode(tmp_path / "rescaled.nii", known=known).window() == (0, 1040)
