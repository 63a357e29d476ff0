"""The cache: made once, whole or absent, shared by many processes."""

import hashlib
import multiprocessing
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from lexiscope.core.errors import ViewError
from lexiscope.core.image import Image
from lexiscope.testing.meanwhile import meanwhile
from lexiscope.views.cache import ViewCache
from lexiscope.views.planar import PlanarView

_VIEW = PlanarView(size=16)


@pytest.fixture
def picture(tmp_path) -> tuple[Image, Path]:
    path = tmp_path / "picture.png"
    values = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    PIL.Image.fromarray(values).save(path)
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return Image(content=content, modality="photo", format="png", shape=(20, 30), channels=3), path


def test_second_reading_needs_no_pixels(picture, tmp_path) -> None:
    image, path = picture
    cache = ViewCache(tmp_path / "cache")
    first = cache.get(image, path, _VIEW)
    path.unlink()
    again = cache.get(image, path, _VIEW)
    assert isinstance(again, np.memmap)
    np.testing.assert_array_equal(first, again)
    for array in (first, again):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_each_view_has_its_own_file(picture, tmp_path) -> None:
    image, path = picture
    cache = ViewCache(tmp_path / "cache")
    assert cache.get(image, path, _VIEW).shape != cache.get(image, path, PlanarView(size=8)).shape
    files = sorted((tmp_path / "cache").rglob("*.npy"))
    assert len(files) == 2
    assert {file.parent.name for file in files} == {image.content[:2]}


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01", b"no array at all"])
def test_a_damaged_file_is_made_again(picture, tmp_path, damage: bytes) -> None:
    image, path = picture
    cache = ViewCache(tmp_path / "cache")
    first = cache.get(image, path, _VIEW)
    file = next((tmp_path / "cache").rglob("*.npy"))
    file.write_bytes(damage)
    out = np.empty(_VIEW.shape, np.float16)
    cache.read_into(out, image, path, _VIEW)
    np.testing.assert_array_equal(out, first)
    file.write_bytes(damage)
    np.testing.assert_array_equal(cache.get(image, path, _VIEW), first)
    assert isinstance(cache.get(image, path, _VIEW), np.memmap)


def test_reading_into_a_batch_gives_the_same(picture, tmp_path) -> None:
    image, path = picture
    cache, out = ViewCache(tmp_path / "cache"), np.zeros((2, *_VIEW.shape), np.float16)
    cache.read_into(out[0], image, path, _VIEW)
    path.unlink()
    cache.read_into(out[1], image, path, _VIEW)
    np.testing.assert_array_equal(out[0], out[1])
    np.testing.assert_array_equal(out[0], cache.get(image, path, _VIEW))


def test_a_cut_file_is_made_again(picture, tmp_path) -> None:
    image, path = picture
    cache = ViewCache(tmp_path / "cache")
    first = np.array(cache.get(image, path, _VIEW))
    file = next((tmp_path / "cache").rglob("*.npy"))
    file.write_bytes(file.read_bytes()[:-10])
    out = np.empty(_VIEW.shape, np.float16)
    cache.read_into(out, image, path, _VIEW)
    np.testing.assert_array_equal(out, first)
    file.write_bytes(file.read_bytes()[:-10])
    np.testing.assert_array_equal(cache.get(image, path, _VIEW), first)


def _fill(job: tuple[Image, Path, Path]) -> bytes:
    image, path, root = job
    return np.array(ViewCache(root).get(image, path, _VIEW)).tobytes()


@pytest.mark.filterwarnings("ignore:lance is not fork-safe")  # the children open no corpus
def test_processes_share_a_cache(picture, tmp_path) -> None:
    image, path = picture
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map(_fill, [(image, path, tmp_path / "cache")] * 16)
    assert len(set(found)) == 1
    assert [file.suffix for file in (tmp_path / "cache").rglob("*") if file.is_file()] == [".npy"]


def test_an_unreadable_image_names_its_modality_and_file(picture, tmp_path) -> None:
    image, path = picture
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ViewError, match=r"photo at .*picture\.png cannot be read"):
        ViewCache(tmp_path / "cache").get(image, path, _VIEW)


def test_an_image_that_changes_after_it_was_checked_is_not_cached(picture, tmp_path) -> None:
    image, path = picture
    os.utime(path, (1_600_000_000, 1_600_000_000))
    other = PIL.Image.new("RGB", (30, 20))
    with meanwhile(path, other.save, at=3), pytest.raises(ViewError, match=r"changed while it was read"):
        ViewCache(tmp_path / "cache").get(image, path, _VIEW)
    assert not list((tmp_path / "cache").rglob("*.npy"))
