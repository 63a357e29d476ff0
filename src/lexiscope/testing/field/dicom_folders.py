"""Variants of DICOM files: how they are stored, what else lies beside them, values that stand in other places."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.testing.field.dicom_files import (
    MR,
    PT,
    ROOT,
    SC,
    STORAGE,
    change,
    filled,
    save,
    series,
    slice_of,
    stack,
)
from lexiscope.testing.field.series import are_volumes, is_volume
from lexiscope.testing.field.variant import Outcome, Variant, same

_RAMP = np.arange(100, 164, dtype=np.uint16).reshape(8, 8)


def variants() -> Iterator[Variant]:
    """Variants of files."""
    yield from _stored()
    yield from _beside()
    yield from _values()
    yield from _planes()


def _stored() -> Iterator[Variant]:
    kind = "how DICOM files are stored"
    ways: dict[str, Callable[[Path], object]] = {
        "no preamble": _without_preamble,
        "no suffix": lambda lab: series(lab, 8, name="IM{:04}"),
        "other suffix": lambda lab: series(lab, 8, name="image.{:04}.img"),
        "suffix in capitals": lambda lab: series(lab, 8, name="{:04}.DCM"),
        "deep folders": lambda lab: series(lab / "a" / "b" / "c" / "d" / "e", 8),
        "a DICOMDIR beside": _with_dicomdir,
        "hidden files of macOS": _macos,
        "numbers without leading noughts": lambda lab: series(lab, 12, name="{}.dcm"),
        "bytes after the pixels": _trailing,
    }
    for name, write in ways.items():
        yield Variant(kind, name, write, is_volume(12 if "noughts" in name else 8), reads="dicom")
    yield Variant(kind, "a slice cut short", _cut, _cut_said, reads="dicom")
    yield Variant(kind, "a slice that is empty", _empty, _cut_said, reads="dicom")


def _without_preamble(lab: Path) -> None:
    series(lab, 8)
    for path in lab.glob("*.dcm"):
        path.write_bytes(path.read_bytes()[132:])


def _with_dicomdir(lab: Path) -> None:
    series(lab, 8)
    (lab / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 64)


def _macos(lab: Path) -> None:
    series(lab, 8)
    for path in list(lab.glob("*.dcm")):
        (lab / f"._{path.name}").write_bytes(b"\0\5\x16\7" + b"\0" * 100)


def _trailing(lab: Path) -> None:
    series(lab, 8)
    for path in lab.glob("*.dcm"):
        path.write_bytes(path.read_bytes() + b"\0" * 10)


def _cut(lab: Path) -> None:
    series(lab, 8)
    path = lab / "IM003.dcm"
    path.write_bytes(path.read_bytes()[:-60])


def _empty(lab: Path) -> None:
    series(lab, 8)
    (lab / "IM003.dcm").write_bytes(b"")


def _cut_said(outcome: Outcome) -> None:
    assert outcome.rejected, "nothing was said"
    for case in outcome.cases.values():
        for image in case.images.values():
            assert image.shape[0] != 8, "a slice that cannot be read is in a volume"


def _beside() -> Iterator[Variant]:
    kind = "what lies beside a DICOM series"
    yield Variant(kind, "a localizer of the same series", _localizer, _volume_of(8), reads="dicom")
    yield Variant(kind, "a dose report as a picture", _captured, _volume_of(8), reads="dicom")
    yield Variant(
        kind, "structures", lambda lab: _object(lab, f"{STORAGE}.481.3", "RTSTRUCT"), _named_beside, reads="dicom"
    )
    yield Variant(kind, "a report", lambda lab: _object(lab, f"{STORAGE}.88.11", "SR"), _named_beside, reads="dicom")
    yield Variant(kind, "a document", lambda lab: _object(lab, f"{STORAGE}.104.1", "DOC"), _named_beside, reads="dicom")
    yield Variant(
        kind, "a presentation state", lambda lab: _object(lab, f"{STORAGE}.11.1", "PR"), _named_beside, reads="dicom"
    )
    yield Variant(kind, "raw data", lambda lab: _object(lab, f"{STORAGE}.66", "MR"), _named_beside, reads="dicom")
    yield Variant(kind, "two sizes in one series", _two_sizes, are_volumes(6, 6), reads="dicom")
    yield Variant(kind, "two pixel spacings in one series", _two_spacings, are_volumes(6, 6), reads="dicom")
    yield Variant(kind, "two series of one description", _two_alike, are_volumes(6, 6), reads="dicom")
    yield Variant(kind, "magnitude and phase", _magnitude_and_phase, are_volumes(6, 6), reads="dicom")
    yield Variant(kind, "ADC beside diffusion", _adc, are_volumes(6, 6), reads="dicom")
    yield Variant(kind, "slabs that overlap", _slabs, _slabs_kept, reads="dicom", may_refuse="slices")


def _volume_of(count: int) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        volumes = [image for image in outcome.only.images.values() if image.shape[0] == count and len(image.shape) == 3]
        assert len(volumes) == 1, [image.shape for image in outcome.only.images.values()]
        same(outcome.pixels(volumes[0]), stack(count))

    return right


def _localizer(lab: Path) -> None:
    series(lab, 8, ImageType=["ORIGINAL", "PRIMARY", "AXIAL"])
    made = slice_of(np.full((12, 10), 7, np.uint16), 0.0, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
        ImageOrientationPatient=[1, 0, 0, 0, 0, -1], InstanceNumber=99)  # fmt: skip
    save(made, lab / "loc.dcm")


def _captured(lab: Path) -> None:
    series(lab, 8)
    made = slice_of(np.zeros((20, 30, 3), np.uint8), None, kind=SC, SeriesInstanceUID=f"{ROOT}.9", SeriesNumber=99)
    save(made, lab / "dose.dcm")


def _object(lab: Path, kind: str, modality: str) -> None:
    series(lab, 8)
    made = slice_of(filled(0), None, kind=kind, Modality=modality, SeriesInstanceUID=f"{ROOT}.9")
    for name in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        delattr(made, name)
    save(made, lab / "o.dcm")


def _named_beside(outcome: Outcome) -> None:
    _volume_of(8)(outcome)
    assert len(outcome.rejected) == 1, outcome.reasons


def _two_sizes(lab: Path) -> None:
    series(lab, 6, name="A{}.dcm")
    for k in range(6):
        save(slice_of(np.full((10, 10), k, np.uint16), 2.0 * k, InstanceNumber=k + 20), lab / f"B{k}.dcm")


def _two_spacings(lab: Path) -> None:
    series(lab, 6, name="A{}.dcm")
    series(lab, 6, name="B{}.dcm", PixelSpacing=[0.5, 0.5])


def _two_alike(lab: Path) -> None:
    series(lab, 6, name="A{}.dcm", kind=MR, SeriesDescription="t1")
    series(lab, 6, name="B{}.dcm", kind=MR, SeriesDescription="t1", SeriesInstanceUID=f"{ROOT}.3", SeriesNumber=2)


def _magnitude_and_phase(lab: Path) -> None:
    series(lab, 6, name="A{}.dcm", kind=MR, ImageType=["ORIGINAL", "PRIMARY", "M", "ND"])
    series(lab, 6, name="B{}.dcm", kind=MR, ImageType=["ORIGINAL", "PRIMARY", "P", "ND"])


def _adc(lab: Path) -> None:
    series(lab, 6, name="A{}.dcm", kind=MR, ImageType=["ORIGINAL", "PRIMARY", "DIFFUSION"], DiffusionBValue=1000)
    series(lab, 6, name="B{}.dcm", kind=MR, ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"])


def _slabs(lab: Path) -> None:
    series(lab, 8, name="A{}.dcm", kind=MR, AcquisitionNumber=1)
    for k in range(8):
        made = slice_of(filled(k + 6) + 3, 2.0 * (k + 6), kind=MR, InstanceNumber=k + 9, AcquisitionNumber=2)
        save(made, lab / f"B{k}.dcm")


def _slabs_kept(outcome: Outcome) -> None:
    shapes = sorted(image.shape[0] for image in outcome.only.images.values())
    assert shapes in ([8, 8], [14]), shapes


def _values() -> Iterator[Variant]:
    kind = "values of DICOM that stand in other places"
    yield Variant(
        kind,
        "floats",
        lambda lab: _floats(lab, np.float32, "FloatPixelData"),
        _floats_right,
        reads="dicom",
        may_refuse="pixel",
    )
    yield Variant(
        kind,
        "doubles",
        lambda lab: _floats(lab, np.float64, "DoubleFloatPixelData"),
        _floats_right,
        reads="dicom",
        may_refuse="pixel",
    )
    yield Variant(
        kind,
        "slope and intercept",
        lambda lab: series(lab, 6, RescaleSlope=2, RescaleIntercept=-1024),
        lambda o: same(o.pixels(o.image), 2.0 * stack(6) - 1024),
        reads="dicom",
    )
    yield Variant(
        kind,
        "slope of a fraction",
        lambda lab: series(lab, 6, RescaleSlope="0.25", RescaleIntercept="0"),
        lambda o: same(o.pixels(o.image), 0.25 * stack(6)),
        reads="dicom",
    )
    yield Variant(
        kind,
        "slope of nought",
        lambda lab: series(lab, 6, RescaleSlope=0, RescaleIntercept=0),
        lambda o: same(o.pixels(o.image), stack(6)),
        reads="dicom",
    )
    yield Variant(kind, "a modality table", _table, _table_right, reads="dicom")
    yield Variant(
        kind,
        "a padding value",
        lambda lab: series(lab, 6, PixelPaddingValue=0),
        lambda o: same(o.pixels(o.image), stack(6)),
        reads="dicom",
    )
    yield Variant(
        kind,
        "a presentation window",
        lambda lab: series(lab, 6, WindowCenter=40, WindowWidth=400),
        lambda o: same(o.pixels(o.image), stack(6)),
        reads="dicom",
    )
    yield Variant(
        kind,
        "a table of values of interest",
        lambda lab: series(lab, 6, _voi),
        lambda o: same(o.pixels(o.image), stack(6)),
        reads="dicom",
    )
    for unit, said in (("BQML", "Bq/ml"), ("GML", "standardised"), ("PROPCPS", "PROPCPS"), ("", "not stated")):
        yield Variant(
            kind,
            f"PET in {unit or 'no unit'}",
            lambda lab, u=unit: series(lab, 6, kind=PT, Units=u or None, RescaleSlope=1.5, RescaleIntercept=0),
            lambda o, s=said: _pet(o, s),
            reads="dicom",
        )

    yield Variant(kind, "PET of two units in one series", _two_units, are_volumes(3, 3), reads="dicom")
    yield Variant(
        kind,
        "an age without noughts in front",
        lambda lab: series(lab, 4, PatientAge="45Y"),
        lambda o: same(o.only.attributes["age"], 45),
        reads="dicom",
    )


def _two_units(lab: Path) -> None:
    series(lab, 6, lambda made, k: change(made, Units="BQML" if k < 3 else "GML"), kind=PT)


def _floats(lab: Path, dtype: Any, field: str) -> None:
    for k in range(4):
        made = slice_of(_RAMP, 2.0 * k, kind=f"{STORAGE}.30", Modality="MR", InstanceNumber=k + 1)
        del made.PixelData, made.BitsStored, made.HighBit, made.PixelRepresentation
        made.BitsAllocated = np.dtype(dtype).itemsize * 8
        setattr(made, field, (_RAMP * 0.5 + k).astype(dtype).tobytes())
        save(made, lab / f"{k}.dcm")


def _floats_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), np.stack([(_RAMP * 0.5 + k)[::-1, ::-1] for k in range(4)]))


def _table(lab: Path) -> None:
    from pydicom.dataset import Dataset

    for k in range(3):
        item = Dataset()
        item.LUTDescriptor, item.ModalityLUTType = [256, 0, 16], "US"
        item.LUTData = np.array([value * 3 for value in range(256)], np.uint16).tobytes()
        save(change(slice_of(_RAMP + k, 2.0 * k), ModalityLUTSequence=[item]), lab / f"{k}.dcm")


def _table_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), np.stack([3.0 * (_RAMP + k)[::-1, ::-1] for k in range(3)]))


def _voi(made: Any, _k: int) -> None:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, 8], bytes(4096)
    made.VOILUTSequence = [item]


def _pet(outcome: Outcome, said: str) -> None:
    same(outcome.pixels(outcome.image), 1.5 * stack(6), within=1e-3)
    assert said in outcome.steps, outcome.steps


def _planes() -> Iterator[Variant]:
    kind = "planes of other directions"
    directions = {
        "sagittal": ([0, 1, 0, 0, 0, -1], (2, 0, 0)), "coronal": ([1, 0, 0, 0, 0, -1], (0, 2, 0)),
        "feet first": ([1, 0, 0, 0, 1, 0], (0, 0, -2)), "turned by a quarter": ([0, 1, 0, -1, 0, 0], (0, 0, 2)),
        "prone": ([-1, 0, 0, 0, -1, 0], (0, 0, 2)), "mirrored": ([-1, 0, 0, 0, 1, 0], (0, 0, 2)),
    }  # fmt: skip
    for name, (orientation, step) in directions.items():
        yield Variant(
            kind,
            name,
            lambda lab, o=orientation, s=step: _directed(lab, o, s),
            lambda o, d=orientation, s=step: _laid(o, d, s),
            reads="dicom",
        )
    yield Variant(
        kind,
        "pixels longer than wide",
        lambda lab: series(lab, 6, PixelSpacing=[3.0, 0.5]),
        lambda o: same(o.image.spacing, (2, 3, 0.5)),
        reads="dicom",
    )


def _grid(k: int) -> Any:
    return (np.arange(80).reshape(10, 8) + 100 * k).astype(np.uint16)


def _directed(lab: Path, orientation: list[float], step: tuple[float, float, float]) -> None:
    for k in range(6):
        place = [float(k * part) for part in step]
        save(
            slice_of(
                _grid(k), 0.0, InstanceNumber=k + 1, ImageOrientationPatient=orientation, ImagePositionPatient=place
            ),
            lab / f"{k}.dcm",
        )


def _laid(outcome: Outcome, orientation: list[float], step: tuple[float, float, float]) -> None:
    """Every voxel lies where its row, column and slice say: the reference is worked out voxel by voxel."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    lps = {}
    for k in range(6):
        for y in range(10):
            for x in range(8):
                place = np.array(step) * k + row * x + column * y
                lps[tuple((place * [-1, -1, 1]).round(3).tolist())] = int(_grid(k)[y, x])
    axes = [sorted({key[axis] for key in lps}) for axis in range(3)]
    expected = [[[lps[x, y, z] for x in axes[0]] for y in axes[1]] for z in axes[2]]
    same(outcome.pixels(outcome.image), expected)
