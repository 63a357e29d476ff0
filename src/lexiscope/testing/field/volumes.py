"""Variants of volumes: orientations and types of NIfTI, masks on other grids, layouts of folders, other formats, BIDS."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.testing.field.variant import Outcome, Variant, same

VALUES = np.arange(10 * 9 * 8, dtype=np.int16).reshape(10, 9, 8)
_SIZES = np.diag([2.0, 2.0, 3.0, 1.0])
_KEPT = VALUES.transpose(2, 1, 0)


def variants() -> Iterator[Variant]:
    """Variants of volumes."""
    yield from _orientations()
    yield from _types()
    yield from _moments()
    yield from _masks()
    yield from _layouts()
    yield from _formats()
    yield from _participants()
    yield from _folders()


def scan(path: Path, values: NDArray[Any] = VALUES, affine: NDArray[Any] = _SIZES, change: Any = None) -> None:
    """Write a NIfTI file of `values` (x, y, z); `change` gets the image before it is written."""
    import nibabel as nib

    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(values, affine)
    if change is not None:
        change(image)
    nib.save(image, path)


def patched(path: Path, edit: Callable[[Any], None], values: NDArray[Any] = VALUES, *, order: str = "<") -> None:
    """Write a NIfTI-1 file whose header `edit` changes field by field, with nothing repaired."""
    import nibabel as nib

    path.parent.mkdir(parents=True, exist_ok=True)
    header = nib.Nifti1Header(endianness=order)
    header.set_data_dtype(values.dtype)
    header.set_data_shape(values.shape)
    header.set_qform(_SIZES, 1)
    header.set_sform(_SIZES, 1)
    header.set_xyzt_units("mm")
    header["vox_offset"], header["magic"] = 352, b"n+1"
    edit(header)
    data = values.astype(values.dtype.newbyteorder(order)).tobytes(order="F")
    path.write_bytes(header.binaryblock + bytes(4) + data)


def _two(write: Callable[[Path], object]) -> Callable[[Path], None]:
    def both(lab: Path) -> None:
        for name in ("p1", "p2"):
            write(lab / name / "t1.nii")

    return both


def _reads(values: NDArray[Any] = _KEPT, spacing: Any = (3, 2, 2), said: str = "") -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        assert sorted(outcome.cases) == ["p1", "p2"], sorted(outcome.cases)
        image = outcome.cases["p1"].images["t1"]
        same(outcome.pixels(image), values, within=1e-3)
        assert (image.spacing is None) == (spacing is None), image.spacing
        if spacing is not None:
            same(image.spacing, spacing, within=1e-4)
        assert said in outcome.steps, outcome.steps
        assert not outcome.rejected, outcome.reasons

    return right


def _set(**fields: Any) -> Callable[[Any], None]:
    def edit(header: Any) -> None:
        for name, value in fields.items():
            header[name] = value

    return edit


_NO_SFORM = {"srow_x": [0] * 4, "srow_y": [0] * 4, "srow_z": [0] * 4}


def _orientations() -> Iterator[Variant]:
    kind = "orientation of NIfTI"
    nan = {"srow_x": [np.nan] * 4, "srow_y": [np.nan] * 4, "srow_z": [np.nan] * 4}
    edits: dict[str, Callable[[Any], None]] = {
        "void sform": _set(**_NO_SFORM),
        "sform that is no number": _set(**nan),
        "sform of one axis": _set(srow_x=[2, 0, 0, 0], srow_y=[0] * 4, srow_z=[0] * 4),
    }
    for name, edit in edits.items():
        yield Variant(kind, name, _two(lambda path, e=edit: patched(path, e)), _reads(said="sform"))
    yield Variant(
        kind,
        "void sform, big endian",
        _two(lambda path: patched(path, _set(**_NO_SFORM), order=">")),
        _reads(said="sform"),
    )
    yield Variant(
        kind,
        "void sform and no qform",
        _two(lambda path: patched(path, _set(**_NO_SFORM, qform_code=0))),
        _reads(said="pixdim"),
        may_refuse="affine",
    )
    yield Variant(
        kind, "sform without a code", _two(lambda path: patched(path, _set(sform_code=0, **_NO_SFORM))), _reads()
    )
    yield Variant(
        kind, "void qform, sound sform", _two(lambda path: patched(path, _set(qform_code=0, pixdim=[1] * 8))), _reads()
    )
    yield Variant(
        kind,
        "no orientation stated",
        _two(lambda path: patched(path, _set(qform_code=0, sform_code=0, **_NO_SFORM))),
        _reads_any_turn,
    )
    yield Variant(
        kind, "microns", _two(lambda path: patched(path, _set(xyzt_units=3))), _reads(spacing=(3e-3, 2e-3, 2e-3))
    )
    yield Variant(kind, "metres", _two(lambda path: patched(path, _set(xyzt_units=1))), _reads(spacing=(3e3, 2e3, 2e3)))
    yield Variant(kind, "left to right", _two(lambda path: scan(path, VALUES[::-1], _flipped(0))), _reads())
    yield Variant(
        kind, "all axes turned", _two(lambda path: scan(path, VALUES[::-1, ::-1, ::-1], _flipped(0, 1, 2))), _reads()
    )
    yield Variant(kind, "axes exchanged", _two(_exchanged), _reads())
    yield Variant(kind, "oblique", _two(lambda path: scan(path, VALUES, _oblique() @ _SIZES)), _reads())
    yield Variant(kind, "quaternion with qfac of nought", _two(lambda path: patched(path, _qfac)), _reads())
    yield Variant(kind, "qform and sform differ", _two(lambda path: patched(path, _differ)), _reads())


def _flipped(*axes: int) -> NDArray[Any]:
    affine = _SIZES.copy()
    for axis in axes:
        affine[axis, axis] *= -1
        affine[axis, 3] = -affine[axis, axis] * (VALUES.shape[axis] - 1)
    return affine


def _exchanged(path: Path) -> None:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[0, 1], affine[1, 2], affine[3, 3] = 3, 2, 2, 1
    scan(path, np.ascontiguousarray(VALUES.transpose(2, 0, 1)), affine)


def _oblique() -> NDArray[Any]:
    c, s = np.cos(0.4), np.sin(0.4)
    return np.array([[1, 0, 0, 5], [0, c, -s, 6], [0, s, c, 7], [0, 0, 0, 1.0]])


def _qfac(header: Any) -> None:
    header["sform_code"], header["pixdim"][0] = 0, 0


def _differ(header: Any) -> None:
    header.set_qform(np.diag([-1.0, -1.0, 1.0, 1.0]), 1)


def _reads_any_turn(outcome: Outcome) -> None:
    image = outcome.cases["p1"].images["t1"]
    assert sorted(image.shape) == [8, 9, 10]
    assert not outcome.rejected


def _types() -> Iterator[Variant]:
    kind = "types of NIfTI"
    for dtype in ("uint8", "int16", "uint16", "int32", "float32", "float64", "int64", "uint32", "int8"):
        small = (VALUES % 100).astype(dtype)
        yield Variant(
            kind, dtype, _two(lambda path, v=small: patched(path, _set(), v)), _reads(small.transpose(2, 1, 0))
        )
    yield Variant(kind, "slope of nought", _two(lambda path: patched(path, _set(scl_slope=0, scl_inter=7))), _reads())
    yield Variant(kind, "slope that is no number", _two(lambda path: patched(path, _set(scl_slope=np.nan))), _reads())
    yield Variant(
        kind,
        "slope and intercept",
        _two(lambda path: patched(path, _set(scl_slope=0.5, scl_inter=-10))),
        _reads(_KEPT * 0.5 - 10),
    )
    yield Variant(
        kind,
        "complex numbers",
        _two(lambda path: patched(path, _set(), VALUES.astype("complex64"))),
        _none,
        may_refuse="real",
    )
    yield Variant(kind, "NIfTI-2", _two(_second), _reads())
    yield Variant(kind, "named .nii, compressed", _two(_named_wrongly), _reads())
    yield Variant(kind, "truncated", _two(_truncated), _none, may_refuse="truncated")


def _none(outcome: Outcome) -> None:
    raise AssertionError(f"expected a rejection, got {sorted(outcome.cases)}: {outcome.reasons}")


def _second(path: Path) -> None:
    import nibabel as nib

    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti2Image(VALUES, _SIZES), path)


def _named_wrongly(path: Path) -> None:
    scan(path.with_name("x.nii.gz"))
    path.with_name("x.nii.gz").rename(path)


def _truncated(path: Path) -> None:
    patched(path, _set())
    path.write_bytes(path.read_bytes()[:-200])


def _moments() -> Iterator[Variant]:
    kind = "files of several volumes"
    for name, shape in (
        ("two volumes", (10, 9, 8, 2)), ("forty volumes", (10, 9, 8, 40)), ("vectors", (10, 9, 8, 1, 3)),
        ("five axes", (10, 9, 8, 2, 3)),
    ):  # fmt: skip
        yield Variant(kind, name, lambda lab, s=shape: _with_series(lab, s), _t1_alone)
    yield Variant(kind, "a fourth axis of one", _two(lambda path: scan(path, VALUES[..., None])), _reads())
    yield Variant(kind, "BIDS, BOLD", lambda lab: _bids(lab, series=True), _bids_t1_alone)
    yield Variant(kind, "Decathlon, channels declared", lambda lab: _decathlon(lab, channels=2), _two_channels)
    yield Variant(
        kind,
        "Decathlon, more volumes than declared",
        lambda lab: _decathlon(lab, channels=2, volumes=3),
        _none,
        may_refuse="channels",
    )


def _with_series(lab: Path, shape: tuple[int, ...]) -> None:
    for name in ("p1", "p2"):
        scan(lab / name / "t1.nii.gz")
        scan(lab / name / "dwi.nii.gz", np.zeros(shape, np.int16))


def _t1_alone(outcome: Outcome) -> None:
    assert [sorted(case.images) for case in outcome.cases.values()] == [["t1"], ["t1"]]
    assert outcome.reasons.count("series") == 2, outcome.reasons


def _decathlon(lab: Path, *, channels: int, volumes: int | None = None) -> None:
    names = []
    for case in ("a", "b"):
        scan(lab / "imagesTr" / f"{case}.nii.gz", np.stack([VALUES + k for k in range(volumes or channels)], axis=-1))
        scan(lab / "labelsTr" / f"{case}.nii.gz", (VALUES > 400).astype(np.uint8))
        names.append({"image": f"./imagesTr/{case}.nii.gz", "label": f"./labelsTr/{case}.nii.gz"})
    described = {
        "modality": {str(k): f"m{k}" for k in range(channels)}, "labels": {"0": "background", "1": "high"},
        "training": names, "test": [],
    }  # fmt: skip
    (lab / "dataset.json").write_text(json.dumps(described))


def _two_channels(outcome: Outcome) -> None:
    for case in outcome.cases.values():
        assert len(case.images) == 2, sorted(case.images)
        for k, image in enumerate(case.images.values()):
            same(outcome.pixels(image), _KEPT + k)
        assert len(case.masks) == 1


def _masks() -> Iterator[Variant]:
    kind = "masks on a grid"
    mask = (VALUES > 400).astype(np.uint8)
    ways: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "same shape, other voxels": (mask, np.diag([1.0, 1.0, 3.0, 1.0])),
        "same shape, elsewhere": (mask, _moved(20.0)),
        "half a voxel aside": (mask, _moved(1.0)),
        "fewer slices": (mask[:, :, :7], _SIZES),
        "exchanged axes without saying so": (np.ascontiguousarray(mask.transpose(1, 0, 2)), _SIZES),
    }
    for name, (values, affine) in ways.items():
        yield Variant(kind, f"case folder: {name}", lambda lab, v=values, a=affine: _masked(lab, v, a), _mask_refused)
        yield Variant(
            kind, f"images and labels: {name}", lambda lab, v=values, a=affine: _paired(lab, v, a), _mask_refused
        )
        yield Variant(kind, f"BIDS: {name}", lambda lab, v=values, a=affine: _bids(lab, mask=(v, a)), _mask_refused)
    kept: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "stored the other way round": (mask[::-1], _flipped(0)),
        "rounded affine": (mask, _moved(1e-4)),
        "as floats": (mask.astype(np.float32), _SIZES),
        "with a fourth axis of one": (mask[..., None], _SIZES),
    }
    for name, (values, affine) in kept.items():
        yield Variant(kind, f"case folder: {name}", lambda lab, v=values, a=affine: _masked(lab, v, a), _mask_kept)
        yield Variant(
            kind, f"images and labels: {name}", lambda lab, v=values, a=affine: _paired(lab, v, a), _mask_kept
        )
    yield Variant(
        kind, "a mask of three volumes", lambda lab: _masked(lab, np.stack([mask] * 3, -1), _SIZES), _mask_refused
    )
    yield Variant(kind, "pictures and labels of other sizes", _label_pictures, _mask_refused)


def _moved(millimetres: float) -> NDArray[Any]:
    affine = _SIZES.copy()
    affine[0, 3] = millimetres
    return affine


def _masked(lab: Path, mask: NDArray[Any], affine: NDArray[Any]) -> None:
    for name in ("p1", "p2"):
        scan(lab / name / "t1.nii.gz")
        scan(lab / name / "lesion_mask.nii.gz", mask, affine)


def _paired(lab: Path, mask: NDArray[Any], affine: NDArray[Any]) -> None:
    for name in ("p1", "p2"):
        scan(lab / "images" / f"{name}.nii.gz")
        scan(lab / "labels" / f"{name}.nii.gz", mask, affine)


def _mask_refused(outcome: Outcome) -> None:
    assert len(outcome.cases) == 2, sorted(outcome.cases)
    assert not any(case.masks for case in outcome.cases.values()), "a mask was kept"
    assert all(len(case.images) == 1 for case in outcome.cases.values())
    assert len(outcome.rejected) == 2, outcome.reasons


def _mask_kept(outcome: Outcome) -> None:
    assert not outcome.rejected, outcome.reasons
    for case in outcome.cases.values():
        (mask,) = case.masks.values()
        same(outcome.pixels(mask), _KEPT > 400)


def _label_pictures(lab: Path) -> None:
    from PIL import Image as Picture

    for folder, size in (("images", (32, 24)), ("labels", (16, 24))):
        (lab / folder).mkdir()
        for name in ("a", "b"):
            Picture.fromarray(np.eye(*size[::-1], dtype=np.uint8)).save(lab / folder / f"{name}.png")


def _layouts() -> Iterator[Variant]:
    kind = "nnU-Net, Decathlon, images and labels"
    yield Variant(kind, "three channels, no list", lambda lab: _nnunet(lab, 3), lambda o: _channels(o, 3))
    yield Variant(kind, "one channel, no list", lambda lab: _nnunet(lab, 1), lambda o: _channels(o, 1))
    yield Variant(kind, "version 2", lambda lab: _nnunet(lab, 2, described=2), lambda o: _channels(o, 2))
    yield Variant(kind, "version 1", lambda lab: _nnunet(lab, 2, described=1), lambda o: _channels(o, 2))
    yield Variant(
        kind,
        "version 2, channels of one name",
        lambda lab: _nnunet(lab, 2, described=2, called="noNorm"),
        lambda o: _channels(o, 2),
    )
    yield Variant(
        kind, "version 2, .nrrd", lambda lab: _nnunet(lab, 2, described=2, suffix=".nrrd"), lambda o: _channels(o, 2)
    )
    yield Variant(
        kind, "version 2, .mha", lambda lab: _nnunet(lab, 1, described=2, suffix=".mha"), lambda o: _channels(o, 1)
    )
    yield Variant(kind, "Images and GroundTruth, pictures", _ground_truth, _pictures_marked)
    yield Variant(kind, "version 2, PNG", lambda lab: _nnunet_pictures(lab), _channel_pictures)
    yield Variant(
        kind,
        "in a folder of its own",
        lambda lab: _nnunet(lab / "Dataset007_Made", 2, described=2),
        lambda o: _channels(o, 2),
    )
    yield Variant(
        kind,
        "names with dots and blanks",
        lambda lab: _nnunet(lab, 2, cases=("a.1 x", "b.2 y")),
        lambda o: _channels(o, 2),
    )
    yield Variant(kind, "a label without an image", lambda lab: _stray_label(lab), _stray_said)
    yield Variant(kind, "an image without a label", lambda lab: _stray_image(lab), _stray_kept)
    yield Variant(kind, "a channel missing", lambda lab: _channel_missing(lab), _missing_said)
    yield Variant(kind, "images and masks, names with _seg", lambda lab: _suffixed(lab), lambda o: _channels(o, 1))
    yield Variant(kind, "scans and segmentations", lambda lab: _other_names(lab), lambda o: _channels(o, 1))
    yield Variant(kind, "training and test", lambda lab: _with_tests(lab), _tests_too)
    yield Variant(
        kind, "labels in regions", lambda lab: _nnunet(lab, 2, described=2, regions=True), lambda o: _channels(o, 2)
    )
    yield Variant(kind, "hidden files of macOS", lambda lab: _macos(lab), lambda o: _channels(o, 2))


def _nnunet(
    lab: Path, channels: int, *, described: int = 0, suffix: str = ".nii.gz", regions: bool = False,
    cases: tuple[str, ...] = ("made_000", "made_001"), called: str = "",
) -> None:  # fmt: skip
    for case in cases:
        for k in range(channels):
            _volume(lab / "imagesTr" / f"{case}_{k:04}{suffix}", VALUES + k)
        _volume(lab / "labelsTr" / f"{case}{suffix}", (VALUES > 400).astype(np.uint8))
    labels: dict[str, Any] = {"background": 0, "whole": [1, 2]} if regions else {"background": 0, "high": 1}
    named = {str(k): called or f"m{k}" for k in range(channels)}
    if described == 2:
        told: dict[str, Any] = {
            "channel_names": named,
            "labels": labels,
            "numTraining": len(cases),
            "file_ending": suffix,
        }
    else:
        listed = [{"image": f"./imagesTr/{c}.nii.gz", "label": f"./labelsTr/{c}.nii.gz"} for c in cases]
        told = {"modality": named, "labels": {"0": "background", "1": "high"}, "training": listed, "test": []}
    if described:
        (lab / "dataset.json").write_text(json.dumps(told))


def _volume(path: Path, values: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".nrrd":
        nrrd(path, values)
    elif path.suffix == ".mha":
        metaimage(path, values)
    else:
        scan(path, values)


def nrrd(
    path: Path, values: NDArray[Any], *, space: str = "left-posterior-superior", encoding: str = "raw",
    pairs: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Write an NRRD file of `values` (x, y, z), in RAS order whatever its space is called."""
    import gzip

    signs = {"left-posterior-superior": (-1, -1, 1), "RAS": (1, 1, 1), "left-anterior-superior": (-1, 1, 1)}[space]
    sizes = [f"({2.0 * signs[0]},0,0)", f"(0,{2.0 * signs[1]},0)", f"(0,0,{3.0 * signs[2]})"]
    kinds = {"int16": "short", "uint8": "unsigned char", "float32": "float"}
    lines = [
        "NRRD0004", f"type: {kinds[values.dtype.name]}", "dimension: 3", f"space: {space}",
        f"sizes: {' '.join(map(str, values.shape))}", f"space directions: {' '.join(sizes)}",
        "kinds: domain domain domain", "endian: little", f"encoding: {encoding}", "space origin: (0,0,0)",
        *(f"{key}:={value}" for key, value in (pairs or {}).items()), "", "",
    ]  # fmt: skip
    data = values.tobytes(order="F")
    path.write_bytes("\n".join(lines).encode() + (gzip.compress(data) if encoding == "gzip" else data))


def metaimage(
    path: Path, values: NDArray[Any], *, apart: bool = False, compressed: bool = False, binary: bool | None = True
) -> None:
    """Write a MetaImage of `values` (x, y, z) in RAS order, its voxels in a file of their own if `apart`."""
    import zlib

    kinds = {"int16": "MET_SHORT", "uint8": "MET_UCHAR", "float32": "MET_FLOAT"}
    data = values.tobytes(order="F")
    data = zlib.compress(data) if compressed else data
    lines = [
        "ObjectType = Image", "NDims = 3", *([f"BinaryData = {binary}"] if binary is not None else []),
        "BinaryDataByteOrderMSB = False",
        f"CompressedData = {compressed}", *([f"CompressedDataSize = {len(data)}"] if compressed else []),
        "TransformMatrix = -1 0 0 0 -1 0 0 0 1", "Offset = 0 0 0", "ElementSpacing = 2 2 3",
        f"DimSize = {' '.join(map(str, values.shape))}", f"ElementType = {kinds[values.dtype.name]}",
        f"ElementDataFile = {path.with_suffix('.raw').name if apart else 'LOCAL'}", "",
    ]  # fmt: skip
    path.write_bytes("\n".join(lines).encode() + (b"" if apart else data))
    if apart:
        path.with_suffix(".raw").write_bytes(data)


def _channels(outcome: Outcome, count: int) -> None:
    assert len(outcome.cases) == 2, sorted(outcome.cases)
    assert not outcome.rejected, outcome.reasons
    for case in outcome.cases.values():
        assert len(case.images) == count, sorted(case.images)
        for k, name in enumerate(sorted(case.images)):
            same(outcome.pixels(case.images[name]), _KEPT + k)
        (mask,) = case.masks.values()
        same(outcome.pixels(mask), _KEPT > 400)
        assert case.group == case.id


def _ground_truth(lab: Path) -> None:
    from PIL import Image as Picture

    for case in ("a", "b"):
        for folder, name, factor in (("Images", f"{case}.jpg", 9), ("GroundTruth", f"{case}_segmentation.png", 255)):
            (lab / folder).mkdir(exist_ok=True)
            Picture.fromarray(np.eye(12, 16, dtype=np.uint8) * factor).save(lab / folder / name)


def _pictures_marked(outcome: Outcome) -> None:
    assert sorted(outcome.cases) == ["a", "b"], sorted(outcome.cases)
    for case in outcome.cases.values():
        (mask,) = case.masks.values()
        same(outcome.pixels(mask) > 0, np.eye(12, 16))


def _nnunet_pictures(lab: Path) -> None:
    from PIL import Image as Picture

    for case in ("a", "b"):
        for folder, name in (("imagesTr", f"{case}_0000"), ("imagesTr", f"{case}_0001"), ("labelsTr", case)):
            (lab / folder).mkdir(exist_ok=True)
            Picture.fromarray(np.eye(12, 16, dtype=np.uint8)).save(lab / folder / f"{name}.png")
    told = {
        "channel_names": {"0": "red", "1": "green"},
        "labels": {"background": 0, "x": 1},
        "numTraining": 2,
        "file_ending": ".png",
    }
    (lab / "dataset.json").write_text(json.dumps(told))


def _channel_pictures(outcome: Outcome) -> None:
    assert sorted(outcome.cases) == ["a", "b"]
    assert all(len(case.images) == 2 and len(case.masks) == 1 for case in outcome.cases.values())


def _stray_label(lab: Path) -> None:
    _nnunet(lab, 2)
    scan(lab / "labelsTr" / "made_009.nii.gz", (VALUES > 400).astype(np.uint8))


def _stray_said(outcome: Outcome) -> None:
    assert len(outcome.cases) == 2
    assert "without an image" in outcome.reasons, outcome.reasons


def _stray_image(lab: Path) -> None:
    _nnunet(lab, 2)
    (lab / "labelsTr" / "made_001.nii.gz").unlink()


def _stray_kept(outcome: Outcome) -> None:
    assert [len(case.masks) for case in outcome.cases.values()] == [1, 0]
    assert all(len(case.images) == 2 for case in outcome.cases.values())


def _channel_missing(lab: Path) -> None:
    _nnunet(lab, 2, described=2)
    (lab / "imagesTr" / "made_001_0001.nii.gz").unlink()


def _missing_said(outcome: Outcome) -> None:
    assert sorted(len(case.images) for case in outcome.cases.values()) in ([1, 2], [2])
    assert "channel m1" in outcome.steps + outcome.reasons, outcome.steps


def _suffixed(lab: Path) -> None:
    for name in ("p1", "p2"):
        scan(lab / "images" / f"{name}.nii.gz")
        scan(lab / "masks" / f"{name}_seg.nii.gz", (VALUES > 400).astype(np.uint8))


def _other_names(lab: Path) -> None:
    for name in ("p1", "p2"):
        scan(lab / "scans" / f"{name}.nii.gz")
        scan(lab / "segmentations" / f"{name}.nii.gz", (VALUES > 400).astype(np.uint8))


def _with_tests(lab: Path) -> None:
    _nnunet(lab, 2)
    for k in range(2):
        scan(lab / "imagesTs" / f"made_077_{k:04}.nii.gz", VALUES + k)


def _tests_too(outcome: Outcome) -> None:
    assert sorted(outcome.cases) == ["made_000", "made_001", "made_077"], sorted(outcome.cases)
    assert outcome.cases["made_077"].split == "test"
    assert all(len(case.images) == 2 for case in outcome.cases.values())


def _macos(lab: Path) -> None:
    _nnunet(lab, 2)
    for path in list((lab / "imagesTr").iterdir()):
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7")


def _formats() -> Iterator[Variant]:
    kind = "other formats beside NIfTI"
    ways: dict[str, Callable[[Path], object]] = {
        ".mha": lambda p: metaimage(p / "t2.mha", VALUES),
        ".mhd and .raw": lambda p: metaimage(p / "t2.mhd", VALUES, apart=True),
        ".mha, compressed": lambda p: metaimage(p / "t2.mha", VALUES, compressed=True),
        ".nrrd, RAS": lambda p: nrrd(p / "t2.nrrd", VALUES, space="RAS"),
        ".nrrd, compressed": lambda p: nrrd(p / "t2.nrrd", VALUES, encoding="gzip"),
        ".nrrd, LAS": lambda p: nrrd(p / "t2.nrrd", VALUES, space="left-anterior-superior"),
        ".mgz": lambda p: _by_nibabel(p / "t2.mgz", "MGHImage"),
        ".mgh": lambda p: _by_nibabel(p / "t2.mgh", "MGHImage"),
        ".hdr and .img, NIfTI": lambda p: _by_nibabel(p / "t2.img", "Nifti1Pair"),
        ".MGZ in capitals": lambda p: _capitals(p),
        ".mha that does not say it is binary": lambda p: metaimage(p / "t2.mha", VALUES, binary=None),
    }
    for name, write in ways.items():
        yield Variant(kind, name, lambda lab, w=write: _beside(lab, w), _read_beside)
    yield Variant(kind, ".seg.nrrd of 3D Slicer", lambda lab: _beside(lab, _slicer), _segments_named)
    for name in (
        "t2.mnc",
        "t2.par",
        "t2.czi",
        "t2.nd2",
        "t2.lif",
        "t2.hdr",
        "t2.npy",
        "t2.h5",
        "t2.mnc.gz",
        "scan.zip",
        "t2.dcm",
    ):
        yield Variant(
            kind,
            f"{name} is named",
            lambda lab, n=name: _beside(lab, lambda p: (p / n).write_bytes(b"x" * 400)),
            _named_beside,
        )
    for source, image in (("micrograph", "a.tif"), ("images", "a.png")):
        for other in ("b.czi", "b.nd2", "b.lif", "b.oib", "b.ims", "b.svs", "b.mha"):
            yield Variant(
                kind,
                f"{other} among {source}",
                lambda lab, i=image, o=other: _microscope(lab, i, o),
                _listed,
                reads=source,
            )


def _beside(lab: Path, write: Callable[[Path], object]) -> None:
    for name in ("p1", "p2"):
        scan(lab / name / "t1.nii.gz")
        write(lab / name)


def _slicer(folder: Path) -> None:
    """Two segments, both called after their kind, as values 1 and 5."""
    labels = np.where(VALUES % 7 == 0, 1, np.where(VALUES % 7 == 1, 5, 0)).astype(np.uint8)
    segments = (("Segment0", 1), ("Segment1", 5))
    pairs = {f"{segment}_LabelValue": str(value) for segment, value in segments}
    pairs |= {f"{segment}_Name": "Lesion" for segment, _ in segments}
    nrrd(folder / "Segmentation.seg.nrrd", labels, pairs=pairs)


def _segments_named(outcome: Outcome) -> None:
    masks = outcome.cases["p1"].masks
    assert sorted(masks) == ["Lesion", "Lesion_2"], sorted(masks)
    same(outcome.pixels(masks["Lesion_2"]), _KEPT % 7 == 1)


def _by_nibabel(path: Path, kind: str) -> None:
    import nibabel as nib

    nib.save(getattr(nib, kind)(VALUES, _SIZES), path)


def _capitals(folder: Path) -> None:
    _by_nibabel(folder / "t2.mgz", "MGHImage")
    (folder / "t2.mgz").rename(folder / "t2.MGZ")


def _read_beside(outcome: Outcome) -> None:
    assert not outcome.rejected, outcome.reasons
    for case in outcome.cases.values():
        assert sorted(case.images) == ["t1", "t2"], sorted(case.images)
        same(outcome.pixels(case.images["t2"]), _KEPT)
        same(case.images["t2"].spacing, (3, 2, 2), within=1e-4)


def _named_beside(outcome: Outcome) -> None:
    assert len(outcome.cases) == 2
    assert len(outcome.rejected) + len(outcome.unread) == 2, outcome.reasons


def _microscope(lab: Path, image: str, other: str) -> None:
    from PIL import Image as Picture

    Picture.fromarray(np.eye(16, dtype=np.uint8)).save(lab / image)
    (lab / other).write_bytes(b"x" * 400)


def _listed(outcome: Outcome) -> None:
    assert len(outcome.cases) == 1
    told = outcome.rejected + outcome.unread
    assert len(told) == 1, told
    assert told[0]["remedy"], told


def _bids(
    lab: Path, *, series: bool = False, mask: tuple[NDArray[Any], NDArray[Any]] | None = None, people: bytes = b"",
    subjects: tuple[str, ...] = ("sub-001", "sub-002"),
) -> None:  # fmt: skip
    (lab / "dataset_description.json").write_text('{"Name": "made", "BIDSVersion": "1.8.0"}')
    if people:
        (lab / "participants.tsv").write_bytes(people)
    for name in subjects:
        scan(lab / name / "anat" / f"{name}_T1w.nii.gz")
        if series:
            scan(lab / name / "func" / f"{name}_task-rest_bold.nii.gz", np.zeros((10, 9, 8, 5), np.int16))
        if mask is not None:
            scan(lab / "derivatives" / "x" / name / "anat" / f"{name}_desc-lesion_mask.nii.gz", *mask)


def _bids_t1_alone(outcome: Outcome) -> None:
    assert [sorted(case.images) for case in outcome.cases.values()] == [["T1w"], ["T1w"]]
    assert outcome.reasons.count("series") == 2, outcome.reasons


def _participants() -> Iterator[Variant]:
    kind = "participants of BIDS"
    tables: dict[str, bytes] = {
        "ids without a prefix": b"participant_id\tage\n001\t31\n002\t44\n",
        "byte order mark and CRLF": "\ufeffparticipant_id\tage\r\nsub-001\t31\r\nsub-002\t44\r\n".encode(),
        "UTF-16": "participant_id\tage\nsub-001\t31\nsub-002\t44\n".encode("utf-16"),
        "capitals": b"participant_id\tage\nSUB-001\t31\nSub-002\t44\n",
        "blanks around": b"participant_id \tage\n sub-001\t31\nsub-002 \t 44\n",
        "noughts lost by a spreadsheet": b"participant_id\tage\n1\t31\n2\t44\n",
        "prefix, noughts lost": b"participant_id\tage\nsub-1\t31\nsub-2\t44\n",
        "underscore": b"participant_id\tage\nsub_001\t31\nsub_002\t44\n",
        "commas": b"participant_id,age\nsub-001,31\nsub-002,44\n",
        "column in capitals": b"Participant_ID\tage\nsub-001\t31\nsub-002\t44\n",
        "floats": b"participant_id\tage\n1.0\t31\n2.0\t44\n",
    }
    for name, people in tables.items():
        yield Variant(kind, name, lambda lab, p=people: _bids(lab, people=p), _ages_or_said)
    yield Variant(
        kind,
        "missing values",
        lambda lab: _bids(lab, people=b"participant_id\tage\tsex\nsub-001\tn/a\tF\nsub-002\t44\t\n"),
        _missing_values,
    )
    yield Variant(
        kind,
        "a subject too many",
        lambda lab: _bids(lab, people=b"participant_id\tage\nsub-001\t31\nsub-002\t44\nsub-777\t50\n"),
        lambda o: _ages_and(o, "sub-777"),
    )
    yield Variant(
        kind,
        "a subject twice",
        lambda lab: _bids(lab, people=b"participant_id\tage\nsub-001\t31\nsub-002\t44\nsub-002\t45\n"),
        lambda o: _ages_and(o, "sub-002"),
    )


def _ages_or_said(outcome: Outcome) -> None:
    for name, age in (("sub-001", 31), ("sub-002", 44)):
        case = outcome.cases[name]
        told = f"{outcome.reasons} {' '.join(line['remedy'] for line in outcome.rejected)}"
        assert case.attributes.get("age") == age or name in told, (dict(case.attributes), told)
        assert len(case.attributes) <= 1, dict(case.attributes)


def _missing_values(outcome: Outcome) -> None:
    assert dict(outcome.cases["sub-001"].attributes) == {"sex": "F"}
    assert dict(outcome.cases["sub-002"].attributes) == {"age": 44}


def _ages_and(outcome: Outcome, name: str) -> None:
    assert [case.attributes["age"] for case in outcome.cases.values()] == [31, 44]
    assert name in outcome.reasons, outcome.reasons


_MASK = (VALUES > 400).astype(np.uint8)


def _folders() -> Iterator[Variant]:
    kind = "folders of scans"
    cases: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[int, int]]]] = {
        "all in one folder": (("p1_t1", "p1_flair", "p2_t1", "p2_flair"), (), {"p1": (2, 0), "p2": (2, 0)}),
        "BraTS": (
            tuple(f"B_{n}/B_{n}_{m}" for n in (1, 2) for m in ("t1", "t1ce", "t2", "flair")),
            ("B_1/B_1_seg", "B_2/B_2_seg"),
            {"B_1": (4, 1), "B_2": (4, 1)},
        ),
        "a folder around": (("data/p1/t1", "data/p2/t1"), (), {"p1": (1, 0), "p2": (1, 0)}),
        "KiTS": (
            ("case_0/imaging", "case_1/imaging"),
            ("case_0/segmentation", "case_1/segmentation"),
            {"case_0": (1, 1), "case_1": (1, 1)},
        ),
        "LiTS": (("volume-0", "volume-1"), ("segmentation-0", "segmentation-1"), {"0": (1, 1), "1": (1, 1)}),
        "name and name with _seg": (("ct_1", "ct_2"), ("ct_1_seg", "ct_2_seg"), {"ct_1": (1, 1), "ct_2": (1, 1)}),
        "masks of other names": (("p1/t1", "p2/t1"), ("p1/brainmask", "p2/mask_lesion"), {"p1": (1, 1), "p2": (1, 1)}),
        "ACDC": (
            ("p1/p1_frame01", "p2/p2_frame01"),
            ("p1/p1_frame01_gt", "p2/p2_frame01_gt"),
            {"p1": (1, 1), "p2": (1, 1)},
        ),
        "BTCV": (
            ("imagesTr/img0001", "imagesTr/img0002"),
            ("labelsTr/label0001", "labelsTr/label0002"),
            {"img0001": (1, 1), "img0002": (1, 1)},
        ),
        "splits around images": (
            ("train/images/a", "val/images/b"),
            ("train/labels/a", "val/labels/b"),
            {"a": (1, 1), "b": (1, 1)},
        ),
        "splits in images": (
            ("images/train/a", "images/test/b"),
            ("masks/train/a", "masks/test/b"),
            {"a": (1, 1), "b": (1, 1)},
        ),
        "FreeSurfer": (
            ("bert/mri/T1", "ernie/mri/T1"),
            ("bert/mri/aseg", "ernie/mri/ribbon"),
            {"bert": (1, 1), "ernie": (1, 1)},
        ),
        "labels in capitals": (("Images/p1", "Images/p2"), ("Labels/p1", "Labels/p2"), {"p1": (1, 1), "p2": (1, 1)}),
    }
    for name, (images, masks, right) in cases.items():
        yield Variant(
            kind, name, lambda lab, i=images, m=masks: _laid_out(lab, i, m), lambda o, r=right: _counted(o, r)
        )
    yield Variant(
        kind,
        "sessions of patients",
        lambda lab: _laid_out(lab, ("p1/visit1/t1", "p1/visit2/t1", "p2/visit1/t1"), ("p1/visit1/mask",)),
        _sessions_kept,
    )
    yield Variant(kind, "a table with decimal commas", _with_ages, _ages_read)
    yield Variant(
        kind,
        "BIDS, sessions",
        lambda lab: _bids_files(lab, "sub-1/ses-1/anat/sub-1_ses-1_T1w", "sub-1/ses-2/anat/sub-1_ses-2_T1w"),
        lambda o: _counted(o, {"sub-1/ses-1": (1, 0), "sub-1/ses-2": (1, 0)}),
    )
    yield Variant(
        kind,
        "BIDS, runs and contrast",
        lambda lab: _bids_files(lab, *(f"sub-1/anat/sub-1_{e}_T1w" for e in ("run-1", "run-2", "ce-gd"))),
        lambda o: _counted(o, {"sub-1": (3, 0)}),
    )
    yield Variant(
        kind,
        "BIDS, a region beside",
        lambda lab: _bids_files(lab, "sub-1/anat/sub-1_T1w", masks=("sub-1/anat/sub-1_label-lesion_roi",)),
        lambda o: _counted(o, {"sub-1": (1, 1)}),
    )
    yield Variant(
        kind,
        "BIDS, a segmentation in derivatives",
        lambda lab: _bids_files(lab, "sub-1/anat/sub-1_T1w", masks=("derivatives/m/sub-1/anat/sub-1_dseg",)),
        lambda o: _counted(o, {"sub-1": (1, 1)}),
    )


def _laid_out(lab: Path, images: tuple[str, ...], masks: tuple[str, ...]) -> None:
    for name in images:
        scan(lab / f"{name}.nii.gz")
    for name in masks:
        scan(lab / f"{name}.nii.gz", _MASK)


def _bids_files(lab: Path, *images: str, masks: tuple[str, ...] = ()) -> None:
    (lab / "dataset_description.json").write_text('{"Name": "made", "BIDSVersion": "1.8.0"}')
    _laid_out(lab, images, masks)


def _counted(outcome: Outcome, right: dict[str, tuple[int, int]]) -> None:
    found = {name: (len(case.images), len(case.masks)) for name, case in outcome.cases.items()}
    assert found == right, (found, outcome.reasons)
    assert not outcome.rejected, outcome.reasons
    for case in outcome.cases.values():
        for mask in case.masks.values():
            same(outcome.pixels(mask) > 0, _KEPT > 400)


def _sessions_kept(outcome: Outcome) -> None:
    _counted(outcome, {"p1/visit1": (1, 1), "p1/visit2": (1, 0), "p2/visit1": (1, 0)})
    assert [case.group for case in outcome.cases.values()] == ["p1", "p1", "p2"]
    assert "guessed" in outcome.steps


def _with_ages(lab: Path) -> None:
    _laid_out(lab, ("p1/t1", "p2/t1"), ())
    (lab / "patients.csv").write_text("id;age\np1;61,5\np2;44\n")


def _ages_read(outcome: Outcome) -> None:
    assert [case.attributes.get("age") for case in outcome.cases.values()] == [61.5, 44]
