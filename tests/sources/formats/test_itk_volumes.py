"""NRRD and MetaImage: voxels, place and types as their headers say, in one file or two, and nothing outside."""

import bz2
import gzip
import zlib

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.metaimage import read_metaimage
from lexiscope.sources.formats.nrrd import read_nrrd
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.scans.nifti.volumes import read_volume
from lexiscope.testing.sources import check_drafts

VALUES = np.arange(60, dtype=np.int16).reshape(3, 4, 5)  # z, y, x
AXES = np.array([[0, -2.0, 0], [0, 0, 3], [1.5, 0, 0]])  # one a column, LPS
ORIGIN = np.array([5.0, 6, 7])
LPS = np.diag([-1.0, -1, 1, 1])
_NRRD_TYPES = {"int8": "signed char", "uint8": "uchar", "int16": "short", "uint16": "uint16_t", "int32": "int"}
_NRRD_TYPES |= {"uint32": "unsigned int", "float32": "float", "float64": "double"}
_MET = {"int8": "MET_CHAR", "uint8": "MET_UCHAR", "int16": "MET_SHORT", "uint16": "MET_USHORT", "int32": "MET_INT"}
_MET |= {"uint32": "MET_UINT", "float32": "MET_FLOAT", "float64": "MET_DOUBLE"}
_PACK = {
    "raw": lambda values: values.tobytes(),
    "gzip": lambda values: gzip.compress(values.tobytes()),
    "bzip2": lambda values: bz2.compress(values.tobytes()),
    "ascii": lambda values: " ".join(map(str, values.ravel().tolist())).encode(),
}


def affine(axes=AXES, origin=ORIGIN):
    whole = np.eye(4)
    whole[:3, :3], whole[:3, 3] = axes, origin
    return LPS @ whole


def ordered(values, big):
    return values.astype(values.dtype.newbyteorder(">" if big else "<"))


def nrrd(folder, values=VALUES, axes=AXES, *, encoding="raw", big=False, beside="", **changes):
    fields = {
        "type": _NRRD_TYPES[values.dtype.name],
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": " ".join(map(str, values.shape[::-1])),
        "space directions": " ".join(f"({','.join(map(repr, axis.tolist()))})" for axis in axes.T),
        "kinds": "domain domain domain",
        "endian": "big" if big else "little",
        "encoding": encoding,
        "space origin": f"({','.join(map(str, ORIGIN))})",
        **({"data file": beside} if beside else {}),
        **{name.replace("_", " "): value for name, value in changes.items()},
    }
    header = "NRRD0005\n# made\n" + "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    data = _PACK[encoding](ordered(values, big))
    path = folder / ("a.nhdr" if beside else "a.nrrd")
    path.write_bytes(f"{header}Segment0_Name:=core\n\n".encode() + (b"" if beside else data))
    if beside and not beside.startswith(".."):
        (folder / beside).write_bytes(data)
    return path


def metaimage(folder, values=VALUES, axes=AXES, *, packed=False, big=False, beside="", **changes):
    sizes = np.linalg.norm(axes, axis=0)
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": str(big),
        "CompressedData": str(packed),
        "TransformMatrix": " ".join(map(repr, (axes / sizes).T.ravel().tolist())),
        "Offset": " ".join(map(str, ORIGIN)),
        "ElementSpacing": " ".join(map(repr, sizes.tolist())),
        "DimSize": " ".join(map(str, values.shape[::-1])),
        "ElementType": _MET[values.dtype.name],
        **changes,
        "ElementDataFile": beside or "LOCAL",
    }
    data = ordered(values, big).tobytes()
    data = zlib.compress(data) if packed else data
    header = "".join(f"{name} = {value}\n" for name, value in fields.items() if value).encode()
    path = folder / ("a.mhd" if beside else "a.mha")
    path.write_bytes(header + (b"" if beside else data))
    if beside and not beside.startswith(".."):
        (folder / beside).write_bytes(data)
    return path


@pytest.mark.parametrize("dtype", list(_MET))
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("beside", ["", "voxels.raw"])
def test_values_and_place(tmp_path, dtype, big, beside):
    kept = "float32" if dtype == "float64" else dtype
    for encoding in _PACK:
        volume = read_nrrd(tmp_path, nrrd(tmp_path, VALUES.astype(dtype), encoding=encoding, big=big, beside=beside))
        np.testing.assert_array_equal(volume.values, VALUES.astype(kept))
        assert volume.values.dtype == kept
        np.testing.assert_allclose(volume.affine, affine())
        assert len(volume.files) == 1 + bool(beside)
    for packed in (False, True):
        path = metaimage(tmp_path, VALUES.astype(dtype), packed=packed, big=big, beside=beside)
        volume = read_metaimage(tmp_path, path)
        np.testing.assert_array_equal(volume.values, VALUES.astype(kept))
        np.testing.assert_allclose(volume.affine, affine(), atol=1e-12)


@pytest.mark.slow
@given(st.permutations(range(3)), st.tuples(*[st.sampled_from([-1, 1])] * 3), st.floats(-0.6, 0.6))
def test_oblique_and_left_handed_volumes_lie_where_their_headers_say(tmp_path_factory, order, signs, angle):
    folder = tmp_path_factory.mktemp("scans")
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    axes = turn @ (np.eye(3)[list(order)] * np.array(signs) * np.array([1.0, 2.0, 3.0]))
    expected = nib.as_closest_canonical(nib.Nifti1Image(VALUES.transpose(2, 1, 0), affine(axes)))
    for path in (nrrd(folder, axes=axes), metaimage(folder, axes=axes)):
        out = folder / "out.nii.gz"
        out.write_bytes(read_volume(folder, path.name).image.origin.data)
        np.testing.assert_array_equal(read_pixels(out)[0], np.asarray(expected.dataobj).transpose(2, 1, 0))
        np.testing.assert_allclose(nib.as_closest_canonical(nib.load(out)).affine, expected.affine, atol=1e-4)


def test_spaces_are_those_of_the_header(tmp_path):
    volume = read_nrrd(tmp_path, nrrd(tmp_path, space="right-anterior-superior"))
    np.testing.assert_allclose(volume.affine, LPS @ affine())
    volume = read_nrrd(tmp_path, nrrd(tmp_path, space="", space_directions="", space_origin="", spacings="1 2 3"))
    np.testing.assert_allclose(volume.affine, LPS @ np.diag([1.0, 2, 3, 1]))
    assert volume.steps == ("it names no anatomical space: taken as left-posterior-superior",)


@pytest.mark.parametrize(
    ("write", "changes", "reason"),
    [
        (nrrd, {"sizes": "2 5 4 3"}, "expected a volume of three axes"),
        (nrrd, {"sizes": "500 400 300"}, "truncated: the header claims 60,000,000 voxels, found 60"),
        (nrrd, {"sizes": "5000 4000 3000"}, "header claims 60,000,000,000 values"),
        (nrrd, {"type": "block"}, "expected a known type, got 'block'"),
        (nrrd, {"encoding": "raw", "line_skip": "3"}, "lines to skip"),
        (nrrd, {"space_directions": "", "spacings": ""}, "states no size of a voxel"),
        (nrrd, {"space_directions": "(0,0,0) (0,1,0) (0,0,1)"}, "span no volume"),
        (nrrd, {"beside": "../secret.raw"}, "leads outside"),
        (nrrd, {"beside": "%03d.raw"}, "a list of files"),
        (metaimage, {"ElementNumberOfChannels": "3"}, "one channel"),
        (metaimage, {"DimSize": "500 400 300"}, "truncated"),
        (metaimage, {"ElementType": "MET_OTHER"}, "expected a known ElementType"),
        (metaimage, {"ElementSpacing": ""}, "states no ElementSpacing"),
        (metaimage, {"beside": "../secret.raw"}, "leads outside"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path, write, changes, reason):
    (tmp_path / "secret.raw").write_bytes(bytes(10_000))
    folder = tmp_path / "set"
    folder.mkdir()
    path = write(folder, **changes)
    with pytest.raises(SourceError, match=reason):
        read_volume(folder, path.name)


@given(st.binary(max_size=300), st.sampled_from(["a.nrrd", "a.nhdr", "a.mha", "a.mhd"]))
def test_noise_is_refused_by_name(tmp_path_factory, data, name):
    folder = tmp_path_factory.mktemp("scans")
    (folder / name).write_bytes((b"NRRD0004\n" if name.endswith("r") else b"") + data)
    with pytest.raises(SourceError, match=name.replace(".", r"\.")):
        read_volume(folder, name)


def test_a_case_may_mix_formats_and_every_file_counts(tmp_path):
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        nib.save(nib.Nifti1Image(VALUES.transpose(2, 1, 0), affine()), tmp_path / name / "flair.nii.gz")
        nrrd(tmp_path / name, VALUES % 2).rename(tmp_path / name / "lesion_mask.nrrd")
        metaimage(tmp_path / name, beside="t2.img").rename(tmp_path / name / "t2.mhd")
    first, _ = check_drafts(NiftiSource(tmp_path), accepted=2)
    assert (sorted(first.images), list(first.masks)) == (["flair", "t2"], ["lesion_mask"])


@pytest.mark.parametrize(
    ("space", "signs"),
    [("left-anterior-superior", (-1, 1, 1)), ("LAS", (-1, 1, 1)), ("right-anterior-superior-time", 1)],
)
def test_other_spaces_are_turned_to_ras(tmp_path, space, signs):
    volume = read_nrrd(tmp_path, nrrd(tmp_path, space=space))
    np.testing.assert_allclose(volume.affine, np.diag([*np.broadcast_to(signs, 3), 1.0]) @ LPS @ affine())
    assert volume.steps == ()


def test_lengths_are_in_the_unit_that_is_stated(tmp_path):
    volume = read_nrrd(tmp_path, nrrd(tmp_path, space_units='"um" "um" "um"'))
    np.testing.assert_allclose(volume.affine[:3], affine()[:3] * 1e-3)
    with pytest.raises(SourceError, match="expected one unit of length, got mm, s"):
        read_nrrd(tmp_path, nrrd(tmp_path, space_units='"mm" "mm" "s"'))
