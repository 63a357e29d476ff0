"""MRC by its header: volumes are read, stacks of images are refused, voxels are in nanometres."""

import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import detect_source
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.micrograph import MicrographSource
from lexiscope.sources.scans.micrograph.mrc import read_mrc

_MODES = {"int8": 0, "int16": 1, "float32": 2, "complex64": 4, "uint16": 6, "float16": 12}


def write(path, values, *, group=1, voxel=1.34, order="<", axes=(1, 2, 3), extended=0, stamp=True):
    z, y, x = values.shape
    header = bytearray(1024)
    struct.pack_into(f"{order}4i", header, 0, x, y, z, _MODES[values.dtype.name])
    struct.pack_into(f"{order}3i", header, 28, x, y, z)
    struct.pack_into(f"{order}3f", header, 40, x * voxel, y * voxel, z * voxel)
    struct.pack_into(f"{order}3i", header, 64, *axes)
    struct.pack_into(f"{order}2i", header, 88, group, extended)
    if stamp:
        header[208:214] = b"MAP " + (b"\x44\x44" if order == "<" else b"\x11\x11")
    path.write_bytes(bytes(header) + bytes(extended) + values.astype(values.dtype.newbyteorder(order)).tobytes())
    return path


def values(shape, dtype="int16"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "float32", "float16"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("stamp", [True, False])
def test_a_volume_has_its_values_and_voxels(tmp_path, dtype, order, stamp):
    (tmp_path / "lab").mkdir()
    expected = values((6, 4, 5), dtype)
    write(tmp_path / "lab" / "a.mrc", expected, order=order, extended=96, stamp=stamp)
    assert detect_source(tmp_path / "lab") == "micrograph"
    build_corpus(tmp_path / "corpus", MicrographSource(tmp_path / "lab"))
    corpus = Corpus.open(tmp_path / "corpus")
    image = corpus["a"].images["image"]
    np.testing.assert_array_equal(read_pixels(corpus.object_path(image))[0], expected)
    assert (image.shape, image.unit) == ((6, 4, 5), "nm")
    assert image.spacing == pytest.approx((0.134,) * 3)


def test_a_plane_and_an_empty_cell(tmp_path):
    assert read_mrc(write(tmp_path / "a.mrc", values((1, 4, 5)), group=0)).file.spacing == pytest.approx((0.134, 0.134))
    assert read_mrc(write(tmp_path / "b.mrc", values((1, 4, 5)), voxel=0)).file.spacing is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"group": 0}, "its header says a stack of images, and a case holds one moment"),
        ({"group": 401}, "its header says space group 401"),
        ({"voxel": 0}, "its header says no size along z"),
        ({"voxel": float("nan")}, "its header says no size along z"),
        ({"voxel": -1.0}, "its header says no size along z"),
        ({"axes": (2, 1, 3)}, "stores its axes in another order"),
    ],
)
def test_what_is_no_volume_is_refused(tmp_path, changes, reason):
    with pytest.raises(SourceError, match=reason):
        read_mrc(write(tmp_path / "a.mrc", values((6, 4, 5)), **changes))


def test_complex_and_truncated_files_are_refused(tmp_path):
    with pytest.raises(SourceError, match="MRC mode 4, expected real ones"):
        read_mrc(write(tmp_path / "a.mrc", values((6, 4, 5), "complex64")))
    path = write(tmp_path / "b.mrc", values((6, 4, 5)))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SourceError, match="truncated: its header claims 240 bytes, it holds 239"):
        read_mrc(path)


@given(st.binary(max_size=1100))
def test_noise_is_refused_by_name(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("lab") / "noise.mrc"
    path.write_bytes(data)
    with pytest.raises(SourceError):
        read_mrc(path)


def test_images_of_a_tiff_become_modalities(tmp_path):
    (tmp_path / "lab").mkdir()
    with tifffile.TiffWriter(tmp_path / "lab" / "a.ome.tif", ome=True) as file:
        for name, size, pixel in (("Overview", 16, 500), ("detail", 64, 20)):
            physical = {
                "PhysicalSizeX": pixel,
                "PhysicalSizeXUnit": "nm",
                "PhysicalSizeY": pixel,
                "PhysicalSizeYUnit": "nm",
            }
            file.write(values((size, size), "uint16"), metadata={"axes": "YX", "Name": name, **physical})
        file.write(values((3, 8, 8), "uint16"), metadata={"axes": "TYX", "Name": "film"})
    report = build_corpus(tmp_path / "corpus", MicrographSource(tmp_path / "lab"))
    assert (report.cases, report.rejected) == (1, 1)
    corpus = Corpus.open(tmp_path / "corpus")
    (case,) = corpus
    assert {name: (one.shape, one.spacing) for name, one in case.images.items()} == {
        "overview": ((16, 16), (500.0, 500.0)),
        "detail": ((64, 64), (20.0, 20.0)),
    }
    np.testing.assert_array_equal(read_pixels(corpus.object_path(case.images["detail"]))[0], values((64, 64), "uint16"))
    assert case.provenance.steps == ("the images of the TIF file became modalities",)
