"""Variants of DICOM objects: geometry of grids and frames, words, colours, how values are shown, segmentations."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.testing.field.dicom_files import (
    CR,
    CT,
    DX,
    MG,
    MR,
    NM,
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
from lexiscope.testing.field.variant import Outcome, Variant, same

_RAMP = np.arange(100, 164, dtype=np.uint16).reshape(8, 8)


def variants() -> Iterator[Variant]:
    """Variants of objects."""
    yield from _unplaced()
    yield from _grids()
    yield from _words()
    yield from _shown()
    yield from _colours()
    yield from _projections()
    yield from _segmentations()


def _refused(outcome: Outcome) -> None:
    raise AssertionError(f"expected a rejection, got {[c.images for c in outcome.cases.values()]}; {outcome.reasons}")


def _unplaced() -> Iterator[Variant]:
    kind = "cross-sections without a place"
    for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        for storage, name in ((CT, "CT"), (MR, "MR"), (PT, "PET")):
            yield Variant(
                kind,
                f"{name} without {tag}",
                lambda lab, t=tag, s=storage: series(lab, 20, kind=s, **{t: None}),
                _refused,
                may_refuse=tag,
            )
    yield Variant(
        kind,
        "PixelSpacing of nought",
        lambda lab: series(lab, 20, PixelSpacing=[0, 0]),
        _refused,
        may_refuse="PixelSpacing",
    )
    yield Variant(
        kind,
        "orientation of noughts",
        lambda lab: series(lab, 20, ImageOrientationPatient=[0] * 6),
        _refused,
        may_refuse="Orientation",
    )
    yield Variant(
        kind,
        "positions all one",
        lambda lab: series(lab, 20, ImagePositionPatient=[0, 0, 0]),
        _one_place,
        may_refuse="slices|place|position",
    )
    yield Variant(kind, "enhanced CT without frame groups", _enhanced_bare, _refused, may_refuse="missing")
    yield Variant(kind, "a slide in tiles", _slide, _refused, may_refuse="tiles")
    yield Variant(kind, "ultrasound film", _ultrasound, _film)
    yield Variant(kind, "angiography run", _angiography, _film)


def _one_place(outcome: Outcome) -> None:
    raise AssertionError(f"twenty slices at one place became {sorted(outcome.only.images)}")


def _frames(count: int, *, kind: str, **fields: Any) -> Any:
    return change(
        slice_of(np.stack([filled(k) for k in range(count)]), None, kind=kind, NumberOfFrames=count), **fields
    )


def _enhanced_bare(lab: Path) -> None:
    save(_frames(20, kind=f"{STORAGE}.2.1", Modality="CT", PixelSpacing=[1, 1]), lab / "a.dcm")


def _slide(lab: Path) -> None:
    save(
        _frames(20, kind=f"{STORAGE}.77.1.6", Modality="SM", TotalPixelMatrixColumns=40, TotalPixelMatrixRows=32),
        lab / "a.dcm",
    )


def _ultrasound(lab: Path) -> None:
    save(_frames(20, kind=f"{STORAGE}.3.1", Modality="US"), lab / "a.dcm")


def _angiography(lab: Path) -> None:
    save(_frames(20, kind=f"{STORAGE}.12.1", Modality="XA"), lab / "a.dcm")


def _film(outcome: Outcome) -> None:
    shapes = {image.shape for image in outcome.only.images.values()}
    assert shapes == {(8, 8)}, shapes
    assert "of 20" in outcome.steps, outcome.steps


def _grids() -> Iterator[Variant]:
    kind = "grids with a geometry of their own"
    yield Variant(kind, "dose, absolute offsets", lambda lab: _dose(lab, start=30.0), _dose_right)
    yield Variant(kind, "dose, offsets downwards", lambda lab: _dose(lab, step=-2.5), _dose_down)
    yield Variant(kind, "dose, sagittal", _dose_sagittal, _dose_any)
    yield Variant(kind, "dose, 32 bits", lambda lab: _dose(lab, dtype=np.uint32), _dose_right)
    yield Variant(kind, "dose, relative", lambda lab: _dose(lab, DoseUnits="RELATIVE"), _refused, may_refuse="Gy")
    yield Variant(
        kind,
        "dose without offsets",
        lambda lab: _dose(lab, GridFrameOffsetVector=None),
        _refused,
        may_refuse="GridFrameOffsetVector",
    )
    yield Variant(
        kind,
        "dose without scaling",
        lambda lab: _dose(lab, DoseGridScaling=None),
        _refused,
        may_refuse="DoseGridScaling",
    )
    yield Variant(kind, "SPECT", _spect, _spect_right)
    yield Variant(kind, "SPECT with a negative distance", lambda lab: _spect(lab, gap=-4.0), _spect_down)
    yield Variant(kind, "SPECT, thickness alone", lambda lab: _spect(lab, gap=None), _spect_guessed)
    yield Variant(kind, "SPECT without a position", lambda lab: _spect(lab, placed=False), _refused, may_refuse="place")
    yield Variant(kind, "projections of a SPECT", lambda lab: _spect(lab, word="TOMO"), _refused, may_refuse="raw")
    yield Variant(kind, "whole-body scintigraphy", _planar, _two_views)
    yield Variant(kind, "enhanced MR, frames upside down", _enhanced_down, _enhanced_right)
    yield Variant(kind, "enhanced MR, two echoes", _enhanced_echoes, _two_echoes)
    yield Variant(kind, "enhanced PET, a slope each frame", _enhanced_slopes, _scaled_right)
    yield Variant(kind, "PET in Bq/ml", lambda lab: _pet(lab), _pet_becquerel)
    yield Variant(kind, "PET in SUV", lambda lab: _pet(lab, units="GML"), _pet_suv)
    yield Variant(kind, "PET in counts", lambda lab: _pet(lab, units="CNTS"), _pet_counts)


def _dose(lab: Path, *, start: float = 0.0, step: float = 2.5, dtype: Any = np.uint16, **fields: Any) -> None:
    stored = np.stack([np.full((8, 8), 1000 * k, dtype) for k in range(20)])
    first = {
        "ImagePositionPatient": [0.0, 0.0, start], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [2.5, 2.5], "DoseUnits": "GY", "DoseGridScaling": 0.0005, "DoseType": "PHYSICAL",
        "GridFrameOffsetVector": [start + step * k for k in range(20)], "FrameIncrementPointer": 0x3004000C,
    }  # fmt: skip
    made = slice_of(stored, None, kind=f"{STORAGE}.481.2", NumberOfFrames=20, Modality="RTDOSE")
    save(change(made, **{**first, **fields}), lab / "RD.dcm")


def _dose_planes(outcome: Outcome) -> NDArray[Any]:
    assert "gy" in outcome.steps.lower(), outcome.steps
    values: NDArray[Any] = outcome.pixels(outcome.image)
    same(outcome.image.spacing, (2.5, 2.5, 2.5))
    assert values.shape == (20, 8, 8)
    return values.mean((1, 2))


def _dose_right(outcome: Outcome) -> None:
    same(_dose_planes(outcome), np.arange(20) * 0.5)


def _dose_down(outcome: Outcome) -> None:
    same(_dose_planes(outcome), np.arange(20)[::-1] * 0.5)


def _dose_sagittal(lab: Path) -> None:
    _dose(lab, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])


def _dose_any(outcome: Outcome) -> None:
    values = outcome.pixels(outcome.image)
    assert sorted(values.shape) == [8, 8, 20], values.shape
    same(sorted(set(np.round(values.ravel(), 5).tolist())), np.arange(20) * 0.5)


def _spect(lab: Path, *, gap: float | None = 4.0, placed: bool = True, word: str = "RECON TOMO") -> None:
    from pydicom.dataset import Dataset

    detector = Dataset()
    if placed:
        detector.ImagePositionPatient, detector.ImageOrientationPatient = [0.0, 0.0, 50.0], [1, 0, 0, 0, 1, 0]
    made = _frames(
        12,
        kind=NM,
        ImageType=["ORIGINAL", "PRIMARY", word, "EMISSION"],
        PixelSpacing=[4.0, 4.0],
        SliceThickness=4.0,
        **({} if gap is None else {"SpacingBetweenSlices": gap}),
        NumberOfSlices=12,
        SliceVector=list(range(1, 13)),
        DetectorInformationSequence=[detector],
    )
    save(made, lab / "NM.dcm")


def _spect_planes(outcome: Outcome) -> list[float]:
    same(outcome.image.spacing, (4, 4, 4))
    return [float(np.median(plane)) for plane in outcome.pixels(outcome.image)]


def _spect_right(outcome: Outcome) -> None:
    assert "counts" in outcome.steps, outcome.steps
    same(_spect_planes(outcome), 100 + 10 * np.arange(12))


def _spect_guessed(outcome: Outcome) -> None:
    _spect_right(outcome)
    assert "SliceThickness was taken" in outcome.steps, outcome.steps


def _spect_down(outcome: Outcome) -> None:
    same(_spect_planes(outcome), 100 + 10 * np.arange(12)[::-1])


def _planar(lab: Path) -> None:
    save(
        _frames(2, kind=NM, ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"], PixelSpacing=[2.0, 2.0]),
        lab / "NM.dcm",
    )


def _two_views(outcome: Outcome) -> None:
    assert [image.shape for image in outcome.only.images.values()] == [(8, 8), (8, 8)]


def _enhanced(
    lab: Path, places: list[float], values: list[Any], *, storage: str, each: Callable[[Any, int], object]
) -> None:
    from pydicom.dataset import Dataset

    def item(**fields: Any) -> Any:
        made = Dataset()
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    groups = []
    for k, z in enumerate(places):
        group = item(PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, z])])
        each(group, k)
        groups.append(group)
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[item(PixelSpacing=[1.0, 1.0], SliceThickness=2.0)],
    )
    made = slice_of(np.stack(values), None, kind=storage, NumberOfFrames=len(values), Modality="MR")
    made.SharedFunctionalGroupsSequence, made.PerFrameFunctionalGroupsSequence = [shared], groups
    save(made, lab / "E.dcm")


def _nothing_more(_group: Any, _k: int) -> None:
    return None


def _enhanced_down(lab: Path) -> None:
    _enhanced(
        lab,
        [18.0 - 2 * k for k in range(10)],
        [filled(9 - k) for k in range(10)],
        storage=f"{STORAGE}.4.1",
        each=_nothing_more,
    )


def _enhanced_right(outcome: Outcome) -> None:
    same(outcome.image.spacing, (2, 1, 1))
    same(outcome.pixels(outcome.image), stack(10))


def _enhanced_echoes(lab: Path) -> None:
    from pydicom.dataset import Dataset

    def echo(group: Any, k: int) -> None:
        time = Dataset()
        time.EffectiveEchoTime = [5.0, 50.0][k % 2]
        group.MREchoSequence = [time]

    _enhanced(
        lab,
        [2.0 * (k // 2) for k in range(12)],
        [filled(k // 2) + 1000 * (k % 2) for k in range(12)],
        storage=f"{STORAGE}.4.1",
        each=echo,
    )


def _two_echoes(outcome: Outcome) -> None:
    volumes = sorted((outcome.pixels(i) for i in outcome.only.images.values()), key=lambda v: float(v.mean()))
    assert len(volumes) == 2, sorted(outcome.only.images)
    same(volumes[0], stack(6))
    same(volumes[1], stack(6) + 1000.0)


def _enhanced_slopes(lab: Path) -> None:
    from pydicom.dataset import Dataset

    def scale(group: Any, k: int) -> None:
        item = Dataset()
        item.RescaleSlope, item.RescaleIntercept, item.RescaleType = 2.0 ** (k % 3), 0, "US"
        group.PixelValueTransformationSequence = [item]

    values = [((filled(k) - 100) * 4 // 2 ** (k % 3)).astype(np.uint16) for k in range(10)]
    _enhanced(lab, [2.0 * k for k in range(10)], values, storage=f"{STORAGE}.130", each=scale)


def _scaled_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), (stack(10) - 100.0) * 4)


def _pet(lab: Path, units: str = "BQML") -> None:
    series(
        lab,
        8,
        kind=PT,
        Units=units,
        RescaleSlope=2.0,
        RescaleIntercept=0,
        PatientWeight=70,
        DecayCorrection="START",
        CorrectedImage=["DECY", "ATTN"],
        SeriesTime="120000",
        AcquisitionTime="120000",
    )


def _pet_planes(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), 2.0 * stack(8), within=1e-3)


def _pet_becquerel(outcome: Outcome) -> None:
    _pet_planes(outcome)
    assert "Bq/ml" in outcome.steps, outcome.steps


def _pet_suv(outcome: Outcome) -> None:
    _pet_planes(outcome)
    assert "standardised uptake" in outcome.steps, outcome.steps


def _pet_counts(outcome: Outcome) -> None:
    _pet_planes(outcome)
    assert "counts" in outcome.steps, outcome.steps


def _words() -> Iterator[Variant]:
    kind = "bits of a word"
    ways: dict[str, Callable[[Any], Any]] = {
        "12 bits at the top, signed": lambda made: _left_aligned(made, signed=True),
        "12 bits at the top, rubbish below": lambda made: _left_aligned(made, rubbish=7),
        "12 bits at the top, RLE": lambda made: _packed(_left_aligned(made), "1.2.840.10008.1.2.5"),
        "12 bits at the top, JPEG-LS": lambda made: _packed(_left_aligned(made), "1.2.840.10008.1.2.4.80"),
        "12 bits at the top, JPEG 2000": lambda made: _packed(_left_aligned(made), "1.2.840.10008.1.2.4.90"),
        "overlay above 12 bits": lambda made: _overlaid(made),
        "overlay above 12 bits, RLE": lambda made: _packed(_overlaid(made), "1.2.840.10008.1.2.5"),
        "overlay above 12 bits, JPEG-LS": lambda made: _packed(_overlaid(made), "1.2.840.10008.1.2.4.80"),
        "overlay above 12 bits, signed": lambda made: _overlaid(made, signed=True),
        "signed, 12 of 16 bits, sign not carried": lambda made: _negative(made),
        "signed, 13 bits, JPEG 2000": lambda made: _packed(_signed(made, 13), "1.2.840.10008.1.2.4.90"),
        "signed, 16 bits, JPEG-LS": lambda made: _packed(_signed(made, 16), "1.2.840.10008.1.2.4.80"),
        "big endian": lambda made: _big_endian(made),
        "implicit": lambda made: _implicit(made),
        "deflated": lambda made: _deflated(made),
        "32 bits": lambda made: _wide(made),
    }
    for name, way in ways.items():
        yield Variant(kind, name, lambda lab, w=way: _series_of_words(lab, w), _values_right(name))


def _values_right(name: str) -> Callable[[Outcome], None]:
    base = -40.0 if "signed" in name else 0.0

    def right(outcome: Outcome) -> None:
        expected = np.stack([(_RAMP + 10.0 * k + base)[::-1, ::-1] for k in range(3)])
        same(outcome.pixels(outcome.image), expected)

    return right


def _series_of_words(lab: Path, way: Callable[[Any], Any]) -> None:
    for k in range(3):
        made = slice_of(_RAMP + 10 * k, 2.0 * k, InstanceNumber=k + 1)
        save(way(made), lab / f"{k}.dcm")


def _numbers(made: Any) -> NDArray[Any]:
    return np.frombuffer(made.PixelData, np.uint16).reshape(8, 8).astype(np.int64)


def _put(made: Any, words: NDArray[Any], *, stored: int = 16, high: int | None = None, signed: bool = False) -> Any:
    made.PixelData = (words & 0xFFFF).astype(np.uint16).tobytes()
    made.BitsStored, made.HighBit, made.PixelRepresentation = stored, stored - 1 if high is None else high, int(signed)
    return made


def _left_aligned(made: Any, *, signed: bool = False, rubbish: int = 0) -> Any:
    values = _numbers(made) - (40 if signed else 0)
    return _put(made, (values << 4) | rubbish, stored=12, high=15, signed=signed)


def _overlaid(made: Any, *, signed: bool = False) -> Any:
    values = (_numbers(made) - (40 if signed else 0)) & 0xFFF
    values[2:5, 2:6] |= 0x1000
    made.add_new(0x60000010, "US", 8)
    made.add_new(0x60000011, "US", 8)
    made.add_new(0x60000040, "CS", "G")
    made.add_new(0x60000050, "SS", [1, 1])
    made.add_new(0x60000100, "US", 16)
    made.add_new(0x60000102, "US", 12)
    return _put(made, values, stored=12, signed=signed)


def _negative(made: Any) -> Any:
    return _put(made, (_numbers(made) - 40) & 0xFFF, stored=12, signed=True)


def _signed(made: Any, stored: int) -> Any:
    return _put(made, _numbers(made) - 40, stored=stored, signed=True)


def _packed(made: Any, syntax: str) -> Any:
    """A data set with its words compressed without loss, all 16 bits of them."""
    import imagecodecs
    from pydicom.encaps import encapsulate

    words = np.frombuffer(made.PixelData, np.uint16).reshape(8, 8)
    if syntax.endswith(".5"):
        from pydicom.pixels.encoders import RLELosslessEncoder

        stored, made.BitsStored, high, made.HighBit = made.BitsStored, 16, made.HighBit, 15
        frame = RLELosslessEncoder.encode(
            words.tobytes(),
            rows=8,
            columns=8,
            samples_per_pixel=1,
            bits_allocated=16,
            bits_stored=16,
            pixel_representation=0,
            number_of_frames=1,
            photometric_interpretation="MONOCHROME2",
        )
        made.BitsStored, made.HighBit = stored, high
    elif syntax.endswith(".80"):
        frame = imagecodecs.jpegls_encode(words)
    else:
        frame = imagecodecs.jpeg2k_encode(words, level=0, codecformat="j2k", reversible=True)
    made.PixelData = encapsulate([frame])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = syntax
    return made


def _big_endian(made: Any) -> Any:
    made.PixelData = np.frombuffer(made.PixelData, np.uint16).astype(">u2").tobytes()
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
    return made


def _implicit(made: Any) -> Any:
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    return made


def _deflated(made: Any) -> Any:
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    return made


def _wide(made: Any) -> Any:
    values = _numbers(made).astype(np.uint32)
    made.BitsAllocated = made.BitsStored = 32
    made.HighBit, made.PixelData = 31, values.tobytes()
    return made


def _shown() -> Iterator[Variant]:
    kind = "MONOCHROME1"
    yield Variant(
        kind,
        "PET keeps its values",
        lambda lab: series(
            lab, 6, kind=PT, PhotometricInterpretation="MONOCHROME1", Units="BQML", RescaleSlope=1, RescaleIntercept=0
        ),
        lambda o: same(o.pixels(o.image), stack(6)),
    )
    yield Variant(
        kind,
        "MR keeps its values",
        lambda lab: series(lab, 6, kind=MR, PhotometricInterpretation="MONOCHROME1"),
        lambda o: same(o.pixels(o.image), stack(6)),
    )
    yield Variant(kind, "CT, signed", _ct_signed, lambda o: same(o.pixels(o.image), stack(6) - 1024.0))
    for storage, name in ((CR, "CR"), (DX, "DX"), (MG, "MG")):
        yield Variant(kind, f"{name} is turned", lambda lab, s=storage: _radiograph(lab, s), _turned)
    yield Variant(
        kind,
        "CR with a shape of presentation is turned",
        lambda lab: _radiograph(lab, CR, PresentationLUTShape="INVERSE"),
        _turned,
    )
    yield Variant(kind, "XA in frames is turned", _run_turned, _run_is_turned)


def _ct_signed(lab: Path) -> None:
    for k in range(6):
        made = slice_of(
            filled(k).astype(np.int16),
            2.0 * k,
            PhotometricInterpretation="MONOCHROME1",
            RescaleSlope=1,
            RescaleIntercept=-1024,
        )
        save(made, lab / f"{k}.dcm")


def _radiograph(lab: Path, storage: str, **fields: Any) -> None:
    made = slice_of(_RAMP, None, kind=storage, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    save(change(made, **fields), lab / "x.dcm")


def _turned(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), 4095.0 - _RAMP)
    assert "MONOCHROME1 inverted" in outcome.steps, outcome.steps


def _run_turned(lab: Path) -> None:
    made = slice_of(
        np.stack([_RAMP, _RAMP + 100]),
        None,
        kind=f"{STORAGE}.12.1",
        NumberOfFrames=2,
        Modality="XA",
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=12,
        HighBit=11,
    )
    save(made, lab / "x.dcm")


def _run_is_turned(outcome: Outcome) -> None:
    frames = [outcome.pixels(image) for image in outcome.only.images.values()]
    assert sorted(int(frame[0, 0]) for frame in frames) == [4095 - 200, 4095 - 100]


def _colours() -> Iterator[Variant]:
    kind = "colours of DICOM"
    yield Variant(kind, "palette of 8 bits", lambda lab: _palette(lab, 8), _palette_right)
    yield Variant(kind, "palette of 16 bits", lambda lab: _palette(lab, 16), _palette_right)
    yield Variant(kind, "palette that starts at 10", lambda lab: _palette(lab, 16, first=10), _palette_right)
    yield Variant(kind, "planes of colours", lambda lab: _coloured(lab, planar=1), _coloured_right)
    yield Variant(kind, "RGB pixel by pixel", lambda lab: _coloured(lab, planar=0), _coloured_right)
    yield Variant(kind, "YBR_FULL", _ybr, _nearly_coloured)
    yield Variant(kind, "JPEG, YBR_FULL_422", _jpeg, _nearly_coloured)


_COLOURS = (
    np.array([[[250, 10, 20], [30, 240, 40]], [[50, 60, 230], [200, 200, 200]]], np.uint8).repeat(4, 0).repeat(4, 1)
)


def _palette(lab: Path, bits: int, first: int = 0) -> None:
    table = _COLOURS.reshape(-1, 3)[[0, 4, 32, 36]]
    indices = np.zeros((8, 8), np.uint8)
    for index, colour in enumerate(table):
        indices[(colour == _COLOURS).all(-1)] = index + first
    made = slice_of(indices, None, kind=SC, PhotometricInterpretation="PALETTE COLOR")
    for number, name in enumerate(("Red", "Green", "Blue")):
        values = table[:, number].astype(np.uint16) * (257 if bits == 16 else 1)
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [4, first, bits])
        setattr(
            made, f"{name}PaletteColorLookupTableData", values.astype(np.uint16 if bits == 16 else np.uint8).tobytes()
        )
    save(made, lab / "p.dcm")


def _palette_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), _COLOURS.transpose(2, 0, 1), within=1.0)


def _coloured(lab: Path, *, planar: int) -> None:
    made = slice_of(_COLOURS, None, kind=SC)
    if planar:
        made.PixelData, made.PlanarConfiguration = _COLOURS.transpose(2, 0, 1).tobytes(), 1
    save(made, lab / "c.dcm")


def _coloured_right(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), _COLOURS.transpose(2, 0, 1))


def _ybr(lab: Path) -> None:
    from PIL import Image as Picture

    values = np.asarray(Picture.fromarray(_COLOURS).convert("YCbCr"))
    save(slice_of(values, None, kind=SC, PhotometricInterpretation="YBR_FULL"), lab / "c.dcm")


def _jpeg(lab: Path) -> None:
    import io

    from PIL import Image as Picture
    from pydicom.encaps import encapsulate

    stream = io.BytesIO()
    Picture.fromarray(_COLOURS).save(stream, "JPEG", quality=95, subsampling=0)
    made = slice_of(_COLOURS, None, kind=SC, PhotometricInterpretation="YBR_FULL_422")
    made.PixelData = encapsulate([stream.getvalue()])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    save(made, lab / "c.dcm")


def _nearly_coloured(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), _COLOURS.transpose(2, 0, 1), within=12.0)


def _projections() -> Iterator[Variant]:
    kind = "scale of projections"
    detector = {"ImagerPixelSpacing": [0.2, 0.2]}
    ways: dict[str, tuple[str, dict[str, Any], tuple[float, str]]] = {
        "MG, distances": (MG, {**detector, "DistanceSourceToDetector": 660, "DistanceSourceToPatient": 600},
            (0.2 * 600 / 660, "magnification")),
        "DX, factor": (DX, {**detector, "EstimatedRadiographicMagnificationFactor": 1.25}, (0.16, "magnification")),
        "CR, detector alone": (CR, detector, (0.2, "detector")),
        "DX, PixelSpacing copied from the detector": (DX, {**detector, "PixelSpacing": [0.2, 0.2],
            "EstimatedRadiographicMagnificationFactor": 1.6}, (0.125, "magnification")),
        "DX, calibrated": (DX, {**detector, "PixelSpacing": [0.15, 0.15], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.15, "calibrated")),
        "XA, distances": (f"{STORAGE}.12.1", {**detector, "Modality": "XA", "DistanceSourceToDetector": 1200,
            "DistanceSourceToPatient": 800}, (0.2 * 800 / 1200, "magnification")),
        "CR, PixelSpacing alone": (CR, {"PixelSpacing": [0.1, 0.1]}, (0.1, "depth")),
    }  # fmt: skip
    for name, (storage, fields, (millimetres, said)) in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, s=storage, f=fields: save(slice_of(_RAMP, None, kind=s, **f), lab / "x.dcm"),
            lambda o, m=millimetres, w=said: _scale(o, m, w),
        )
    yield Variant(kind, "ultrasound regions", _ultrasound_regions, _centimetres)
    yield Variant(
        kind,
        "captured with NominalScannedPixelSpacing",
        lambda lab: save(slice_of(_RAMP, None, kind=SC, NominalScannedPixelSpacing=[0.3, 0.3]), lab / "x.dcm"),
        _scale_or_none,
    )


def _scale(outcome: Outcome, millimetres: float, said: str) -> None:
    same(outcome.image.spacing, (millimetres, millimetres), within=1e-4)
    assert said in outcome.steps, outcome.steps


def _scale_or_none(outcome: Outcome) -> None:
    assert outcome.image.spacing in (None, (0.3, 0.3))


def _ultrasound_regions(lab: Path) -> None:
    from pydicom.dataset import Dataset

    region = Dataset()
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1 = region.RegionLocationMaxY1 = 7
    made = slice_of(
        _RAMP.astype(np.uint8), None, kind=f"{STORAGE}.6.1", Modality="US", SequenceOfUltrasoundRegions=[region]
    )
    save(made, lab / "u.dcm")


def _centimetres(outcome: Outcome) -> None:
    assert outcome.image.spacing in (None, (0.5, 0.5)), outcome.image.spacing


def _segmentations() -> Iterator[Variant]:
    kind = "segmentations"
    yield Variant(
        kind,
        "two segments of one label",
        lambda lab: _segment(lab, ["Lesion", "Lesion"]),
        lambda o: _masks(o, {"lesion": 36, "lesion_2": 16}),
    )
    yield Variant(
        kind,
        "labels that differ in capitals",
        lambda lab: _segment(lab, ["Lesion", "LESION"]),
        lambda o: _masks(o, {"lesion": 36, "lesion_2": 16}),
    )
    yield Variant(
        kind,
        "labels that differ in signs",
        lambda lab: _segment(lab, ["Kidney (L)", "Kidney L"]),
        lambda o: _masks(o, {"kidney_l": 36, "kidney_l_2": 16}),
    )
    yield Variant(kind, "empty labels", lambda lab: _segment(lab, ["", ""]), lambda o: _sizes(o, [16, 36]))
    yield Variant(kind, "Chinese labels", lambda lab: _segment(lab, ["肝", "脾"]), lambda o: _sizes(o, [16, 36]))
    yield Variant(
        kind,
        "frames out of order",
        lambda lab: _segment(lab, ["a", "b"], shuffled=True),
        lambda o: _masks(o, {"a": 36, "b": 16}),
    )
    yield Variant(
        kind,
        "segments that overlap",
        lambda lab: _segment(lab, ["a", "b"], over=True),
        lambda o: _masks(o, {"a": 36, "b": 16}),
    )
    yield Variant(kind, "on another grid", lambda lab: _segment(lab, ["a", "b"], spacing=2.0), _no_masks)
    yield Variant(kind, "series not there", lambda lab: _segment(lab, ["a", "b"], of=f"{ROOT}.77"), _no_masks)
    yield Variant(
        kind,
        "8 bits, fractional",
        lambda lab: _segment(lab, ["a", "b"], fractional=True),
        lambda o: _masks(o, {"a": 36, "b": 16}),
    )


def _segment(
    lab: Path, labels: list[str], *, shuffled: bool = False, over: bool = False, spacing: float = 1.0,
    of: str = f"{ROOT}.2", fractional: bool = False,
) -> None:  # fmt: skip
    from pydicom.dataset import Dataset
    from pydicom.pixels import pack_bits

    def item(**fields: Any) -> Any:
        made = Dataset()
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    series(lab, 4, SpecificCharacterSet="ISO_IR 192")
    frames, groups = [], []
    for number in (1, 2):
        for k in range(4):
            frame = np.zeros((8, 8), np.uint8)
            if number == 1:
                frame[1:4, 1:4] = 1
            else:
                frame[(2, 2, 3, 3), (2, 3, 2, 3)] = 1 if over else 0
                if not over:
                    frame[5:7, 5:7] = 1
            frames.append(frame)
            groups.append(
                item(
                    PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, 2.0 * k])],
                    SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
                )
            )
    order = list(range(8))[::-1] if shuffled else list(range(8))
    frames, groups = [frames[k] for k in order], [groups[k] for k in order]
    made = slice_of(
        np.stack(frames),
        None,
        kind=f"{STORAGE}.66.4",
        Modality="SEG",
        NumberOfFrames=8,
        SeriesInstanceUID=f"{ROOT}.66",
        SpecificCharacterSet="ISO_IR 192",
    )
    made.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    if fractional:
        made.MaximumFractionalValue, made.SegmentationFractionalType = 255, "PROBABILITY"
        made.PixelData = (np.stack(frames) * 255).astype(np.uint8).tobytes()
    else:
        made.BitsAllocated = made.BitsStored = 1
        made.HighBit, made.PixelData = 0, pack_bits(np.stack(frames).ravel())
    made.SegmentSequence = [item(SegmentNumber=n + 1, SegmentLabel=label) for n, label in enumerate(labels)]
    made.ReferencedSeriesSequence = [item(SeriesInstanceUID=of)]
    made.SharedFunctionalGroupsSequence = [item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[item(PixelSpacing=[spacing, spacing], SliceThickness=2.0)],
    )]  # fmt: skip
    made.PerFrameFunctionalGroupsSequence = groups
    save(made, lab / "SEG.dcm")


def _masks(outcome: Outcome, sizes: dict[str, int]) -> None:
    found = {name: int((outcome.pixels(mask) > 0).sum()) for name, mask in outcome.only.masks.items()}
    assert found == sizes, found


def _sizes(outcome: Outcome, sizes: list[int]) -> None:
    found = sorted(int((outcome.pixels(mask) > 0).sum()) for mask in outcome.only.masks.values())
    assert found == sizes, found


def _no_masks(outcome: Outcome) -> None:
    assert not outcome.only.masks, sorted(outcome.only.masks)
    assert len(outcome.only.images) == 1
    assert "series" in outcome.reasons or "grid" in outcome.reasons, outcome.reasons
