import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.slices import slice_picture
from lexiscope.serve.pictures.tiles import pyramid_of, tile


@pytest.fixture
def picture(tmp_path):
    def write(values):
        tifffile.imwrite(tmp_path / "a.tif", values)
        image = decode(tmp_path / "a.tif")
        return image, pyramid_of(image)

    return write


def test_tiles_of_the_last_level_put_together_are_the_picture(picture, read_png):
    values = np.random.default_rng(0).integers(0, 255, (600, 300), dtype=np.uint8)
    image, pyramid = picture(values)
    level = len(pyramid.levels) - 1
    assert level == 10  # 2 ** 10 is the first power of two that holds 600
    rows = [
        np.hstack([read_png(tile(image, pyramid, level=level, column=column, row=row)) for column in range(2)])
        for row in range(3)
    ]
    assert np.vstack(rows).tolist() == values.tolist()


def test_smaller_levels_hold_means_and_edges_hold_what_is_left(picture):
    values = np.array([[0, 4, 10], [8, 4, 20], [100, 50, 7]], np.uint16)
    _, pyramid = picture(values)
    assert pyramid.levels[1][0].tolist() == [[4, 15], [75, 7]]
    assert [level.shape[1:] for level in pyramid.levels] == [(1, 1), (2, 2), (3, 3)]


def test_means_do_not_depend_on_the_strips_they_are_made_in(picture):
    values = np.random.default_rng(0).random((1101, 37), np.float32)
    _, pyramid = picture(values)
    padded = np.pad(values, [(0, 1), (0, 1)], mode="edge")
    means = padded.reshape(551, 2, 19, 2).mean(axis=(1, 3))
    assert np.allclose(pyramid.levels[-2][0], means, atol=1e-6)


def test_sixteen_bits_are_windowed_to_eight(picture, read_png):
    image, pyramid = picture(np.arange(60_000, 60_256, dtype=np.uint16).reshape(16, 16))
    level = len(pyramid.levels) - 1
    shown = read_png(tile(image, pyramid, level=level, column=0, row=0, low=60_000, high=60_255))
    assert shown.reshape(-1).tolist() == list(range(256))


def test_a_channel_is_shown_with_its_own_window(tmp_path, read_png):
    values = np.stack([np.full((8, 8), 3), np.arange(64).reshape(8, 8) * 100, *np.zeros((2, 8, 8))]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, metadata={"axes": "CYX"}, photometric="minisblack")
    image = decode(tmp_path / "a.tif")
    pyramid = pyramid_of(image)
    shown = read_png(tile(image, pyramid, level=3, column=0, row=0, channel=1))
    assert (shown[0, 0], shown[7, 7]) == (0, 255)
    with pytest.raises(UsageError, match="channels 0 to 3, got 4"):
        tile(image, pyramid, level=3, column=0, row=0, channel=4)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ((11, 0, 0), "levels go from 0 to 10, got 11"),
        ((10, 2, 0), "level 10 has 2 x 3 tiles, got column 2 and row 0"),
        ((10, 0, -1), "got column 0 and row -1"),
    ],
)
def test_tiles_that_are_not_there_are_refused(picture, at, said):
    image, pyramid = picture(np.zeros((600, 300), np.uint8))
    with pytest.raises(UsageError, match=said):
        tile(image, pyramid, level=at[0], column=at[1], row=at[2])


def test_a_mask_stays_black_and_white_at_every_level(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[:32] = 1
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    image = decode(tmp_path / "mask.png")
    assert image.window() == (0, 1)
    assert all(set(np.unique(level)) <= {0, 1} for level in pyramid_of(image).levels)


def test_a_volume_has_no_tiles(marked_head):
    with pytest.raises(UsageError, match="this is a volume"):
        pyramid_of(decode(marked_head()))


def test_a_plane_of_a_scan_lies_in_its_tiles_as_in_its_slice(tmp_path, read_png):
    values = np.zeros((6, 4), np.uint8)
    values[5, 3] = 200  # the patient's right and front
    nib.save(nib.Nifti1Image(values, np.diag([1.0, 1.0, 1.0, 1.0])), tmp_path / "plane.nii")
    image = decode(tmp_path / "plane.nii")
    whole = read_png(tile(image, pyramid_of(image), level=3, column=0, row=0))
    assert whole.tolist() == read_png(slice_picture(image).data).tolist()
    assert whole[0, 0] == 200
