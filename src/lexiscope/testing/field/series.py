"""Variants of DICOM series: which files belong together, in which order, at which place."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.testing.field.dicom_files import CR, CT, MR, ROOT, change, filled, save, series, slice_of, stack
from lexiscope.testing.field.variant import Outcome, Variant, same

Each = Callable[[Any, int], object]


def variants() -> Iterator[Variant]:
    """Variants of series."""
    yield from _identity()
    yield from _digits()
    yield from _repeats()
    yield from _moments()
    yield from _rounding()


def is_volume(count: int, gap: float = 2.0, *, said: str = "") -> Callable[[Outcome], None]:
    """Right when there is one case of one volume of `count` slices, and a step holds `said`."""

    def right(outcome: Outcome) -> None:
        assert outcome.image.shape[0] == count, f"expected {count} slices, got {outcome.image.shape}"
        same(outcome.pixels(outcome.image), stack(count))
        same(outcome.image.spacing, (gap, 1, 1), within=0.01)
        assert not outcome.rejected, outcome.reasons
        assert said.lower() in outcome.steps.lower(), f"no step says {said!r}: {outcome.steps}"

    return right


def are_volumes(*counts: int, cases: int = 1, refused: str = "") -> Callable[[Outcome], None]:
    """Right when there are volumes of so many slices, in so many cases, and rejections hold `refused` or are none."""

    def right(outcome: Outcome) -> None:
        shapes = [image.shape for case in outcome.cases.values() for image in case.images.values()]
        assert sorted(shape[0] for shape in shapes if len(shape) == 3) == sorted(counts), f"got {shapes}"
        assert len(shapes) == len(counts), f"got {shapes}"
        assert len(outcome.cases) == cases, f"expected {cases} cases, got {sorted(outcome.cases)}"
        assert bool(refused) == bool(outcome.rejected), outcome.reasons
        assert refused in outcome.reasons, outcome.reasons

    return right


def _each(**fields: Callable[[int], Any]) -> Each:
    """Sets fields of slice k to what functions of k give; one of None is taken out."""
    return lambda made, k: change(made, **{name: value(k) for name, value in fields.items()})


def _identity() -> Iterator[Variant]:
    kind = "UIDs missing, repeated or one each file"
    cases: dict[str, tuple[dict[str, Any], Each | None]] = {
        "SeriesInstanceUID one each file": ({}, _each(SeriesInstanceUID=lambda k: f"{ROOT}.9.{k + 1}")),
        "StudyInstanceUID one each file": ({}, _each(StudyInstanceUID=lambda k: f"{ROOT}.8.{k + 1}")),
        "study and series one each file": (
            {},
            _each(StudyInstanceUID=lambda k: f"{ROOT}.8.{k + 1}", SeriesInstanceUID=lambda k: f"{ROOT}.9.{k + 1}"),
        ),
        "SOPInstanceUID missing": ({}, _each(SOPInstanceUID=lambda _: None)),
        "all UIDs empty": ({"StudyInstanceUID": "", "SeriesInstanceUID": ""}, None),
        "all UIDs 'ANON'": ({"StudyInstanceUID": "ANON", "SeriesInstanceUID": "ANON", "SOPInstanceUID": "1.2.3"}, None),
        "no StudyInstanceUID": ({"StudyInstanceUID": None}, None),
        "no SeriesInstanceUID": ({"SeriesInstanceUID": None}, None),
        "no PatientID either": ({"StudyInstanceUID": None, "SeriesInstanceUID": None, "PatientID": None}, None),
        "no number, no date": (
            {"StudyInstanceUID": None, "SeriesInstanceUID": None, "StudyDate": None, "SeriesNumber": None}, None,
        ),
        "one SOPInstanceUID, jitter in place": (
            {"SOPInstanceUID": f"{ROOT}.5"}, _each(ImagePositionPatient=lambda k: [0.0, 0.0, 2 * k + 1e-4 * (k % 2)]),
        ),
        "MR, one SOPInstanceUID": ({"SOPInstanceUID": f"{ROOT}.5", "SOPClassUID": MR, "Modality": "MR"}, None),
    }  # fmt: skip
    for name, (fields, each) in cases.items():
        yield Variant(kind, name, lambda lab, f=fields, e=each: series(lab, 10, e, **f), is_volume(10))
    yield Variant(kind, "a folder each slice, no UIDs of study", _a_folder_each, is_volume(8))
    yield Variant(kind, "two patients share all UIDs", _two_patients, are_volumes(6, 6, cases=2))
    yield Variant(kind, "two folders without ids are two studies", _two_folders, are_volumes(6, 6, cases=2))
    yield Variant(kind, "one SOPInstanceUID in two series", _one_uid_two_series, are_volumes(6, 6))
    yield Variant(kind, "one series UID for two orientations", _two_orientations, are_volumes(6, 8))
    yield Variant(kind, "radiographs of one SOPInstanceUID", _radiographs, _two_pictures)
    yield Variant(kind, "two patients told apart by names alone", _two_names, are_volumes(6, 6, cases=2))
    yield Variant(
        kind,
        "two patients of a folder, names alone",
        lambda lab: _two_names(lab, uids=None),
        are_volumes(6, 6, cases=2),
    )


def _a_folder_each(lab: Path) -> None:
    series(lab, 8, name="S{:03}/image.dcm", StudyInstanceUID=None)


def _two_patients(lab: Path) -> None:
    series(lab / "a", 6, PatientID="A-1")
    series(lab / "b", 6, PatientID="B-2")


def _two_names(lab: Path, *, uids: str | None = f"{ROOT}.1") -> None:
    for name in ("Doe^Jane", "Roe^Max"):
        fields = {"PatientID": None, "PatientName": name, "StudyInstanceUID": uids, "SeriesInstanceUID": uids}
        series(lab, 6, name=f"{name[:3]}{{:03}}.dcm", **fields)


def _two_folders(lab: Path) -> None:
    for folder in ("a", "b"):
        series(lab / folder, 6, PatientID=None, StudyInstanceUID=None, SeriesInstanceUID=None, StudyDate=None)


def _one_uid_two_series(lab: Path) -> None:
    series(lab, 6, SOPInstanceUID=f"{ROOT}.5", name="A{:03}.dcm")
    series(lab, 6, SOPInstanceUID=f"{ROOT}.5", SeriesInstanceUID=f"{ROOT}.3", SeriesNumber=2, name="B{:03}.dcm")


def _two_orientations(lab: Path) -> None:
    series(lab, 6, name="A{:03}.dcm", kind=MR)

    def turn(made: Any, k: int) -> None:
        made.ImageOrientationPatient, made.ImagePositionPatient = [0, 1, 0, 0, 0, -1], [2.0 * k, 0, 0]

    series(lab, 6, turn, name="B{:03}.dcm", kind=MR)


def _radiographs(lab: Path) -> None:
    for k in range(2):
        save(slice_of(filled(k), None, kind=CR, SOPInstanceUID=f"{ROOT}.5"), lab / f"{k}.dcm")


def _two_pictures(outcome: Outcome) -> None:
    assert sorted(image.shape for image in outcome.only.images.values()) == [(8, 8), (8, 8)]


def _digits() -> Iterator[Variant]:
    kind = "numbers of one series written in two ways"
    odd: dict[str, tuple[str, Callable[[int], Any]]] = {
        "echo time of other digits": (MR, lambda k: {"EchoTime": ["2.46", "2.4600001"][k % 2]}),
        "repetition time": (MR, lambda k: {"RepetitionTime": [2000, 2000.0001][k % 2]}),
        "pixel spacing of other digits": (CT, lambda k: {"PixelSpacing": [["1", "1"], ["1.0000001", "1"]][k % 2]}),
        "slice thickness": (CT, lambda k: {"SliceThickness": ["2", "2.0000", "1.9999998"][k % 3]}),
        "minus nought in the orientation": (
            MR, lambda k: {"ImageOrientationPatient": [[1, 0, 0, 0, 1, 0], ["1", "-0", "-0.0", "0", "1", "1e-17"]][k % 2]},
        ),
        "b-value": (MR, lambda k: {"DiffusionBValue": [1000.0, 1000.0001][k % 2]}),
        "flip angle": (MR, lambda k: {"FlipAngle": ["9", "9.0000002"][k % 2]}),
        "description with blanks": (MR, lambda k: {"SeriesDescription": ["t1 mprage", "t1 mprage "][k % 2]}),
        "image type longer on some": (
            CT, lambda k: {"ImageType": [["ORIGINAL", "PRIMARY", "AXIAL"], ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5"]][k % 2]},
        ),
        "tube current and voltage follow the body": (CT, lambda k: {"XRayTubeCurrent": 100 + k, "KVP": [120, "120.0"][k % 2]}),
        "trigger time of each slice": (MR, lambda k: {"TriggerTime": 10.5 * k}),
        "acquisition number of each slice": (CT, lambda k: {"AcquisitionNumber": k + 1}),
        "content time of each slice": (CT, lambda k: {"ContentTime": f"1200{k:02}.5", "AcquisitionTime": f"1200{k:02}"}),
        "inversion time of other digits": (MR, lambda k: {"InversionTime": ["900", "899.99998"][k % 2]}),
        "window of each slice": (MR, lambda k: {"WindowCenter": 100 + k, "WindowWidth": 200 + k}),
        "orientation off by 5e-5": (
            MR, lambda k: {"ImageOrientationPatient": [1, [5e-5, -5e-5][k % 2], 0, [-5e-5, 5e-5][k % 2], 1, 0]},
        ),
    }  # fmt: skip
    for name, (storage, fields) in odd.items():
        yield Variant(
            kind,
            name,
            lambda lab, f=fields, s=storage: series(lab, 10, lambda made, k: change(made, **f(k)), kind=s),
            is_volume(10),
        )
    yield Variant(kind, "odd and even slices in series of their own", _odd_and_even, is_volume(10, said="gaps"))
    yield Variant(kind, "odd and even slices of two echoes", _odd_and_even_echoes, are_volumes(5, 5))
    yield Variant(kind, "two echoes stay two", _two_echoes, are_volumes(6, 6))
    yield Variant(kind, "a slope of its own for each slice", _slopes, is_volume(6))


def _odd_and_even(lab: Path) -> None:
    series(lab, 10, skip=(1, 3, 5, 7, 9))
    series(lab, 10, skip=(0, 2, 4, 6, 8), SeriesInstanceUID=f"{ROOT}.3", SeriesNumber=2)


def _odd_and_even_echoes(lab: Path) -> None:
    series(lab, 10, skip=(1, 3, 5, 7, 9), kind=MR, EchoTime=10)
    series(lab, 10, skip=(0, 2, 4, 6, 8), kind=MR, EchoTime=90, SeriesInstanceUID=f"{ROOT}.3", SeriesNumber=2)


def _two_echoes(lab: Path) -> None:
    series(lab, 6, kind=MR, EchoTime=2.46, name="A{:03}.dcm")
    series(lab, 6, kind=MR, EchoTime=4.92, name="B{:03}.dcm")


def _slopes(lab: Path) -> None:
    for k in range(6):
        slope = 2.0**-k
        stored = ((filled(k) - 64.0) / slope).astype(np.uint16)
        save(slice_of(stored, 2.0 * k, RescaleSlope=slope, RescaleIntercept=64.0), lab / f"{k}.dcm")


def _repeats() -> Iterator[Variant]:
    kind = "slices sent twice"
    for name, write in _REPEATS.items():
        yield Variant(kind, name, write, is_volume(8, said="sent twice" if "renamed" in name else ""))
    yield Variant(kind, "a series sent again under a new UID", _series_again, is_volume(8, said="same pixels"))
    yield Variant(kind, "a slice scanned again with other pixels", _scanned_again, _kept_and_said)
    yield Variant(kind, "two slices scanned again, later acquisition", _two_again, _kept_and_said)


def _again(lab: Path, numbers: range | tuple[int, ...], **fields: Any) -> None:
    for k in numbers:
        save(slice_of(filled(k), 2.0 * k, InstanceNumber=k + 1, **fields), lab / "again" / f"IM{k:03}.dcm")


def _copied(lab: Path) -> None:
    series(lab, 8)
    for path in sorted(lab.glob("*.dcm")):
        (lab / "copy").mkdir(exist_ok=True)
        (lab / "copy" / path.name).write_bytes(path.read_bytes())


def _renamed_one(lab: Path) -> None:
    series(lab, 8)
    _again(lab, (3,))


def _renamed_all(lab: Path) -> None:
    series(lab, 8)
    _again(lab, range(8))


def _renamed_other_series(lab: Path) -> None:
    series(lab, 8)
    _again(lab, (0, 7), InstanceCreationTime="130000")


_REPEATS: dict[str, Callable[[Path], None]] = {
    "files copied to another folder": _copied,
    "one renamed": _renamed_one,
    "all renamed": _renamed_all,
    "both ends renamed": _renamed_other_series,
}


def _series_again(lab: Path) -> None:
    series(lab / "a", 8)
    series(lab / "b", 8, SeriesInstanceUID=f"{ROOT}.3")


def _scanned_again(lab: Path) -> None:
    series(lab, 8)
    save(slice_of(filled(3) + 5, 6.0, InstanceNumber=9), lab / "IM100.dcm")


def _two_again(lab: Path) -> None:
    series(lab, 8, AcquisitionTime="120000")
    for k in (2, 5):
        save(
            slice_of(filled(k) + 5, 2.0 * k, InstanceNumber=10 + k, AcquisitionTime="121500"), lab / f"IM{k + 100}.dcm"
        )


def _kept_and_said(outcome: Outcome) -> None:
    volumes = [image for image in outcome.only.images.values() if len(image.shape) == 3]
    assert [image.shape[0] for image in volumes] == [8], f"got {[image.shape for image in volumes]}"
    same(outcome.pixels(volumes[0]), stack(8), within=5.0)
    told = f"{outcome.steps} {outcome.reasons}".lower()
    assert "again" in told or "different slices" in told or "missing" in told, told


def _moments() -> Iterator[Variant]:
    kind = "time points"
    tags: dict[str, Callable[[int, int], dict[str, Any]]] = {
        "TemporalPositionIndex": lambda t, _: {"TemporalPositionIndex": t + 1},
        "TriggerTime with jitter": lambda t, k: {"TriggerTime": 50.0 * t + 0.3 * (k % 3)},
        "AcquisitionTime": lambda t, _: {"AcquisitionTime": f"12{t:02}00.5"},
        "ContentTime of each slice": lambda t, k: {"ContentTime": f"12{t:02}{k:02}"},
        "AcquisitionNumber": lambda t, _: {"AcquisitionNumber": t + 1},
        "b-values": lambda t, _: {"DiffusionBValue": 500.0 * t},
        "instance numbers alone": lambda _t, _k: {},
        "FrameReferenceTime": lambda t, _: {"FrameReferenceTime": 1000.0 * t},
    }
    for name, fields in tags.items():
        yield Variant(kind, f"{name}, whole", lambda lab, f=fields: _times(lab, f), _times_right())
        yield Variant(
            kind,
            f"{name}, a slice lost",
            lambda lab, f=fields: _times(lab, f, lost=(1, 2)),
            _times_right(lost=1),
            may_refuse="slices",
        )
    yield Variant(kind, "AcquisitionTime over midnight", lambda lab: _times(lab, _over_midnight), _in_order)
    yield Variant(kind, "slice after slice", _slice_after_slice, _times_right(), may_refuse="slices")


def _times(lab: Path, fields: Callable[[int, int], dict[str, Any]], *, lost: tuple[int, int] | None = None) -> None:
    for t in range(4):
        for k in range(5):
            if (t, k) != lost:
                number = t * 5 + k + 1
                made = slice_of(filled(k) + 1000 * t, 3.0 * k, kind=MR, InstanceNumber=number, **fields(t, k))
                save(made, lab / f"IM{(number * 7) % 23:03}_{number}.dcm")


def _over_midnight(t: int, _k: int) -> dict[str, Any]:
    return {"AcquisitionTime": ("235930", "235959", "000030", "000100")[t]}


def _in_order(outcome: Outcome) -> None:
    means = [float(outcome.pixels(image).mean()) for _, image in sorted(outcome.only.images.items())]
    assert len(means) == 4, means
    assert means == sorted(means), means


def _slice_after_slice(lab: Path) -> None:
    for k in range(5):
        for t in range(4):
            number = k * 4 + t + 1
            save(slice_of(filled(k) + 1000 * t, 3.0 * k, kind=MR, InstanceNumber=number), lab / f"IM{number:03}.dcm")


def _times_right(lost: int | None = None) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        volumes = [outcome.pixels(image) for image in outcome.only.images.values()]
        expected = [stack(5) + 1000.0 * t for t in range(4) if t != lost]
        assert len(volumes) == len(expected), f"got {[volume.shape for volume in volumes]}; {outcome.reasons}"
        for volume, wanted in zip(sorted(volumes, key=lambda v: float(np.mean(v))), expected, strict=True):
            same(volume, wanted)
        assert (lost is None) == (not outcome.rejected), outcome.reasons

    return right


def _rounding() -> Iterator[Variant]:
    kind = "rounded positions"
    yield Variant(kind, "oblique, 1 decimal", lambda lab: _oblique(lab, 0.8, 1), _even(14, 0.8))
    yield Variant(kind, "oblique, whole millimetres", lambda lab: _oblique(lab, 5.0, 0), _even(14, 5.0))
    yield Variant(kind, "oblique, 2 decimals, 0.5 mm", lambda lab: _oblique(lab, 0.5, 2), _even(14, 0.5))
    yield Variant(kind, "axial, steps of 2/3 mm to 1 decimal", lambda lab: _axial(lab, 2 / 3, 1), _even(14, 2 / 3))
    yield Variant(kind, "reversed order of slices", lambda lab: _axial(lab, -1.25, 1), _even(14, 1.25))
    yield Variant(
        kind,
        "a lost slice among rounded ones",
        lambda lab: _oblique(lab, 0.8, 1, skip=6),
        _nothing,
        may_refuse="missing|uneven",
    )
    yield Variant(kind, "a lost slice, exact", lambda lab: series(lab, 10, skip=(4,)), _nothing, may_refuse="missing")
    yield Variant(kind, "two distances", lambda lab: _uneven(lab), _nothing, may_refuse="uneven|missing")
    yield Variant(kind, "a lost slice, whole millimetres", _whole_lost, _nothing, may_refuse="missing|uneven")
    yield Variant(kind, "gantry tilt", _tilted, _tilt_right, may_refuse="line")


def _oblique(lab: Path, gap: float, decimals: int, skip: int = -1) -> None:
    angle = np.radians(33.0)
    row, column = [1.0, 0.0, 0.0], [0.0, float(np.cos(angle)), float(np.sin(angle))]
    normal = np.cross(row, column)
    for k in range(14):
        if k != skip:
            place = [round(float(v), decimals) for v in np.array([-10.0, 20.0, 5.0]) + k * gap * normal]
            made = slice_of(
                filled(k),
                0.0,
                kind=MR,
                InstanceNumber=k + 1,
                ImagePositionPatient=place,
                ImageOrientationPatient=[round(v, 6) for v in (*row, *column)],
                SliceThickness=gap,
            )
            save(made, lab / f"{k}.dcm")


def _axial(lab: Path, gap: float, decimals: int) -> None:
    for k in range(14):
        save(slice_of(filled(k), round(k * gap, decimals), InstanceNumber=k + 1), lab / f"{k}.dcm")


def _whole_lost(lab: Path) -> None:
    series(lab, 12, gap=1.0, skip=(5,), each=_each(ImagePositionPatient=lambda k: ["0", "0", str(k)]))


def _uneven(lab: Path) -> None:
    for k in range(10):
        save(slice_of(filled(k), 1.0 * k if k < 5 else 2.0 * k - 5, InstanceNumber=k + 1), lab / f"{k}.dcm")


def _even(count: int, gap: float) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        image = outcome.image
        assert image.shape == (count, 8, 8), f"got {image.shape}"
        assert image.spacing is not None
        assert abs(image.spacing[0] - gap) < 0.02 * gap + 0.01, image.spacing
        means = [float(plane.mean()) for plane in outcome.pixels(image)]
        assert means in (sorted(means), sorted(means, reverse=True)), means

    return right


def _nothing(outcome: Outcome) -> None:
    assert not outcome.cases, f"expected no case, got {outcome.image.shape}"
    raise AssertionError(outcome.reasons)


def _tilted(lab: Path) -> None:
    for k in range(10):
        made = slice_of(filled(k), 2.0 * k, InstanceNumber=k + 1, ImagePositionPatient=[0.0, 0.4 * k, 2.0 * k])
        save(made, lab / f"{k}.dcm")


def _tilt_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), stack(10))
