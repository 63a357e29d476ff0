"""Variants of pictures and micrographs: turned, several in a file, units, settings beside them, palettes, MRC."""

import io
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.testing.field.variant import Outcome, Variant, same

PLANE = np.arange(24 * 36, dtype=np.uint16).reshape(24, 36)
_BYTES = (PLANE % 251).astype(np.uint8)
_COLOURS = np.stack([_BYTES, 255 - _BYTES, _BYTES // 2], axis=-1)


def variants() -> Iterator[Variant]:
    """Variants of pictures."""
    yield from _turned()
    yield from _several()
    yield from _units()
    yield from _sidecars()
    yield from _palettes()
    yield from _whites()
    yield from _mrc()


def _tiff(path: Path, values: NDArray[Any], **options: Any) -> None:
    import tifffile

    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, **options)


def _picture(path: Path, values: NDArray[Any], **options: Any) -> None:
    from PIL import Image as Picture

    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(values).save(path, **options)


def _is(
    values: NDArray[Any], spacing: Any = None, *, within: float = 1e-6, said: str = ""
) -> Callable[[Outcome], None]:
    """Right when the one image has these values, `(y, x)` or `(c, y, x)`, and this size of pixels in nm."""

    def right(outcome: Outcome) -> None:
        same(outcome.pixels(outcome.image), values, within=within)
        found = outcome.image.spacing
        assert (found is None) == (spacing is None), f"expected pixels of {spacing}, got {found}"
        if spacing is not None:
            assert found is not None
            assert np.allclose(found, spacing, rtol=1e-3), f"expected pixels of {spacing}, got {found}"
            assert outcome.image.unit == "nm"
        assert said in outcome.steps, outcome.steps

    return right


def _none(outcome: Outcome) -> None:
    raise AssertionError(f"expected a rejection, got {[case.images for case in outcome.cases.values()]}")


def _turned() -> Iterator[Variant]:
    kind = "orientation tags"
    from lexiscope.sources.formats.upright import upright

    for number in range(1, 9):
        upright_one = upright(_BYTES, number)
        for source in ("micrograph", "images"):
            yield Variant(
                kind,
                f"TIFF {number}, {source}",
                lambda lab, n=number: _oriented(lab / "a.tif", n),
                _is(upright_one),
                reads=source,
            )
        for suffix in (".png", ".webp", ".tiff"):
            yield Variant(
                kind,
                f"EXIF {number}, {suffix}",
                lambda lab, n=number, s=suffix: _exif(lab / f"a{s}", n),
                _is(upright(_COLOURS.transpose(2, 0, 1), number)),
                reads="images",
            )
    yield Variant(
        kind,
        "unequal pixels are turned, too",
        lambda lab: _oriented(lab / "a.tif", 6, sizes=True),
        _is(upright(_BYTES, 6), (100, 200)),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "a turned volume",
        lambda lab: _oriented(lab / "a.tif", 3, planes=4),
        _is(np.stack([_BYTES] * 4)[:, ::-1, ::-1]),
        reads="micrograph",
    )
    yield Variant(
        kind, "orientation that is none", lambda lab: _oriented(lab / "a.tif", 9), _is(_BYTES), reads="images"
    )


def _oriented(path: Path, number: int, *, sizes: bool = False, planes: int = 1) -> None:
    values = _BYTES if planes == 1 else np.stack([_BYTES] * planes)
    options: dict[str, Any] = {"resolution": (1e5, 5e4), "resolutionunit": "CENTIMETER"} if sizes else {}
    _tiff(path, values, photometric="minisblack", metadata=None, extratags=[(274, "H", 1, number, True)], **options)


def _exif(path: Path, number: int) -> None:
    from PIL import Image as Picture

    exif = Picture.Exif()
    exif[274] = number
    options: dict[str, Any] = {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
    _picture(path, _COLOURS, exif=exif, **options)


def _several() -> Iterator[Variant]:
    kind = "several images in a file"
    yield Variant(kind, "OME, three images", lambda lab: _ome(lab, 3), lambda o: _all_images(o, 3), reads="micrograph")
    yield Variant(kind, "OME, three images, as pictures", lambda lab: _ome(lab, 3), _first_and_said, reads="images")
    yield Variant(
        kind,
        "OME, images of one name",
        lambda lab: _ome(lab, 3, name="Image"),
        lambda o: _all_images(o, 3),
        reads="micrograph",
    )
    yield Variant(kind, "OME, planes in two files", _ome_apart, _said_apart, reads="micrograph")
    yield Variant(kind, "one picture in three formats", _three_formats, _one_group, reads="micrograph")
    yield Variant(kind, "OME, a pyramid", lambda lab: _pyramid(lab, ome=True), _is(_large()), reads="micrograph")
    yield Variant(kind, "a pyramid of pages", lambda lab: _pyramid(lab, ome=False), _is(_large()), reads="micrograph")
    yield Variant(kind, "a pyramid below a page", lambda lab: _sub_pyramid(lab), _is(_large()), reads="micrograph")
    yield Variant(kind, "a thumbnail page", lambda lab: _thumbnail(lab), _is(PLANE), reads="micrograph")
    yield Variant(
        kind, "pages of two sizes", lambda lab: _two_sizes(lab), lambda o: _all_images(o, 2), reads="micrograph"
    )
    yield Variant(
        kind,
        "pages of one size are a stack",
        lambda lab: _tiff(lab / "a.tif", np.stack([PLANE] * 5), photometric="minisblack", metadata=None),
        _is(np.stack([PLANE] * 5)),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "ImageJ, a film",
        lambda lab: _tiff(lab / "a.tif", np.stack([PLANE] * 5), imagej=True, metadata={"axes": "TYX"}),
        _none,
        reads="micrograph",
        may_refuse="axes T",
    )
    yield Variant(
        kind,
        "ImageJ, channels",
        lambda lab: _tiff(lab / "a.tif", np.stack([PLANE, PLANE + 7]), imagej=True, metadata={"axes": "CYX"}),
        _is(np.stack([PLANE, PLANE + 7])),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "OME, a film",
        lambda lab: _tiff(lab / "a.ome.tif", np.stack([PLANE] * 5), ome=True, metadata={"axes": "TYX"}),
        _none,
        reads="micrograph",
        may_refuse="axes T",
    )
    yield Variant(kind, "an animated GIF", lambda lab: _animation(lab, ".gif"), _frame_said, reads="images")
    yield Variant(kind, "an animated WebP", lambda lab: _animation(lab, ".webp"), _frame_said, reads="images")
    yield Variant(kind, "an animated PNG", lambda lab: _animation(lab, ".png"), _frame_said, reads="images")


def _ome(lab: Path, count: int, *, name: str = "") -> None:
    import tifffile

    with tifffile.TiffWriter(lab / "a.ome.tif", ome=True) as file:
        for k in range(count):
            size = 0.1 * (k + 1)
            told = {"Name": name or f"field {k}", "PhysicalSizeX": size, "PhysicalSizeXUnit": "µm",
                "PhysicalSizeY": size, "PhysicalSizeYUnit": "µm"}  # fmt: skip
            file.write(PLANE[: 12 + 4 * k] + k, metadata=told, photometric="minisblack")


def _ome_apart(lab: Path) -> None:
    """The two planes of a stack, each in a file that names both."""
    planes = "".join(
        f'<TiffData FirstZ="{k}"><UUID FileName="z{k}.ome.tif">urn:uuid:{k}</UUID></TiffData>' for k in (0, 1)
    )
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYZCT" Type="uint16" SizeX="36" SizeY="24" SizeZ="2" SizeC="1" SizeT="1" PhysicalSizeX="0.5" '
        f'PhysicalSizeY="0.5"><Channel ID="Channel:0" SamplesPerPixel="1"/>{planes}</Pixels></Image></OME>'
    )
    for k in (0, 1):
        _tiff(lab / f"z{k}.ome.tif", PLANE + k, description=xml, metadata=None, photometric="minisblack")


def _said_apart(outcome: Outcome) -> None:
    assert outcome.steps.count("its planes lie in 2 files") == len(outcome.cases) == 2, outcome.steps


def _three_formats(lab: Path) -> None:
    for name in ("a.png", "a.bmp", "a.tif"):
        _picture(lab / name, _BYTES)


def _one_group(outcome: Outcome) -> None:
    assert [case.group for case in outcome.cases.values()] == ["a"] * 3, [case.group for case in outcome.cases.values()]


def _all_images(outcome: Outcome, count: int) -> None:
    images = list(outcome.only.images.values())
    assert len(images) == count or "image" in outcome.reasons, sorted(outcome.only.images)
    assert len({image.shape for image in images}) == len(images)


def _first_and_said(outcome: Outcome) -> None:
    same(outcome.pixels(outcome.image), PLANE[:12])
    assert "of 3 images" in outcome.steps, outcome.steps


def _large() -> NDArray[Any]:
    return np.arange(256 * 128, dtype=np.uint16).reshape(256, 128)


def _pyramid(lab: Path, *, ome: bool) -> None:
    import tifffile

    whole = _large()
    levels = [whole[::2, ::2], whole[::4, ::4]]
    with tifffile.TiffWriter(lab / ("a.ome.tif" if ome else "a.tif"), ome=ome) as file:
        tiled: dict[str, Any] = {"tile": (32, 32), "photometric": "minisblack"}
        if not ome:
            tiled["metadata"] = None
        file.write(whole, subifds=2 if ome else 0, **tiled)
        for level in levels:
            file.write(level, subfiletype=1 if ome else 0, **tiled)


def _sub_pyramid(lab: Path) -> None:
    import tifffile

    with tifffile.TiffWriter(lab / "a.tif") as file:
        file.write(_large(), subifds=1, tile=(32, 32), photometric="minisblack", metadata=None)
        file.write(_large()[::2, ::2], subfiletype=1, tile=(32, 32), photometric="minisblack", metadata=None)


def _thumbnail(lab: Path) -> None:
    import tifffile

    with tifffile.TiffWriter(lab / "a.tif") as file:
        file.write(PLANE, photometric="minisblack", metadata=None)
        file.write(_COLOURS[::3, ::3], photometric="rgb", metadata=None, subfiletype=1)


def _two_sizes(lab: Path) -> None:
    import tifffile

    with tifffile.TiffWriter(lab / "a.tif") as file:
        file.write(PLANE, photometric="minisblack", metadata=None)
        file.write(PLANE[:17, :29], photometric="minisblack", metadata=None)


def _animation(lab: Path, suffix: str) -> None:
    from PIL import Image as Picture

    frames = [Picture.fromarray(_COLOURS), Picture.fromarray(255 - _COLOURS)]
    options: dict[str, Any] = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    frames[0].save(lab / f"a{suffix}", save_all=True, append_images=frames[1:], **options)


def _frame_said(outcome: Outcome) -> None:
    assert outcome.image.shape == PLANE.shape
    assert "frame" in outcome.steps or "of 2 images" in outcome.steps, outcome.steps


def _units() -> Iterator[Variant]:
    kind = "units and print settings"
    imagej: dict[str, tuple[dict[str, Any], tuple[float, float], Any]] = {
        "micron": ({"unit": "micron"}, (4.0, 4.0), (250.0, 250.0)),
        "um": ({"unit": "um"}, (4.0, 4.0), (250.0, 250.0)),
        "µm": ({"unit": "\\u00B5m"}, (4.0, 2.0), (500.0, 250.0)),
        "nm": ({"unit": "nm"}, (0.5, 0.5), (2.0, 2.0)),
        "mm": ({"unit": "mm"}, (100.0, 100.0), (1e4, 1e4)),
        "cm, fine": ({"unit": "cm"}, (1e5, 1e5), (100.0, 100.0)),
        "pixel": ({"unit": "pixel"}, (4.0, 4.0), None),
        "no unit": ({}, (4.0, 4.0), None),
        "inch, 300 dots": ({"unit": "inch"}, (300.0, 300.0), None),
        "inch, 96 dots": ({"unit": "inch"}, (96.0, 96.0), None),
        "cm, 300 dots an inch": ({"unit": "cm"}, (118.11, 118.11), None),
        "Å": ({"unit": "\\u00C5"}, (0.5, 0.5), (0.2, 0.2)),
        "y in another unit": ({"unit": "micron", "yunit": "nm"}, (4.0, 0.004), (250.0, 250.0)),
    }
    for name, (metadata, resolution, spacing) in imagej.items():
        yield Variant(
            kind,
            f"ImageJ, {name}",
            lambda lab, m=metadata, r=resolution: _imagej(lab, m, r),
            _is(PLANE, spacing),
            reads="micrograph",
        )
    stacks: dict[str, tuple[dict[str, Any], Any]] = {
        "z in microns": ({"unit": "nm", "spacing": 0.04, "zunit": "micron"}, (40.0, 2.0, 2.0)),
        "z in the plane's unit": ({"unit": "nm", "spacing": 40.0}, (40.0, 2.0, 2.0)),
        "z in mm": ({"unit": "nm", "spacing": 0.001, "zunit": "mm"}, (1000.0, 2.0, 2.0)),
    }
    for name, (metadata, spacing) in stacks.items():
        yield Variant(
            kind,
            f"ImageJ, {name}",
            lambda lab, m=metadata: _imagej(lab, m, (0.5, 0.5), planes=4),
            _is(np.stack([PLANE] * 4), spacing),
            reads="micrograph",
        )
    ome: dict[str, tuple[dict[str, Any], Any]] = {
        "nm": ({"PhysicalSizeX": 5.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 6.0, "PhysicalSizeYUnit": "nm"}, (6, 5)),
        "Å": ({"PhysicalSizeX": 5.0, "PhysicalSizeXUnit": "Å", "PhysicalSizeY": 5.0, "PhysicalSizeYUnit": "Å"}, (0.5, 0.5)),
        "units that differ": (
            {"PhysicalSizeX": 0.005, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 5.0, "PhysicalSizeYUnit": "nm"}, (5, 5)),
        "mm": ({"PhysicalSizeX": 1e-3, "PhysicalSizeXUnit": "mm", "PhysicalSizeY": 1e-3, "PhysicalSizeYUnit": "mm"}, (1e3, 1e3)),
        "pixel": ({"PhysicalSizeX": 1.0, "PhysicalSizeXUnit": "pixel", "PhysicalSizeY": 1.0, "PhysicalSizeYUnit": "pixel"}, None),
        "reference frame": (
            {"PhysicalSizeX": 1.0, "PhysicalSizeXUnit": "reference frame", "PhysicalSizeY": 1.0,
                "PhysicalSizeYUnit": "reference frame"}, None),
        "no unit is µm": ({"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}, (500, 500)),
        "x alone": ({"PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"}, None),
        "72 dots in inches": ({"PhysicalSizeX": 1 / 72, "PhysicalSizeXUnit": "in", "PhysicalSizeY": 1 / 72, "PhysicalSizeYUnit": "in"}, None),
        "300 dots in µm": ({"PhysicalSizeX": 25400 / 300, "PhysicalSizeY": 25400 / 300}, None),
        "pm": ({"PhysicalSizeX": 50.0, "PhysicalSizeXUnit": "pm", "PhysicalSizeY": 50.0, "PhysicalSizeYUnit": "pm"}, (0.05, 0.05)),
    }  # fmt: skip
    for name, (metadata, spacing) in ome.items():
        yield Variant(
            kind,
            f"OME, {name}",
            lambda lab, m=metadata: _tiff(lab / "a.ome.tif", PLANE, ome=True, metadata=m),
            _is(PLANE, spacing),
            reads="micrograph",
        )
    yield Variant(
        kind,
        "Zeiss, decimal comma",
        lambda lab: _tiff(lab / "a.tif", _BYTES, metadata=None, extratags=[(34118, 7, 0, _ZEISS)]),
        _is(_BYTES, (5.583, 5.583)),
        reads="micrograph",
    )
    for dots in (72, 96, 150, 300, 600, 1200):
        yield Variant(
            kind,
            f"TIFF, {dots} dots an inch",
            lambda lab, d=dots: _tiff(lab / "a.tif", PLANE, metadata=None, resolution=(d, d), resolutionunit="INCH"),
            _is(PLANE),
            reads="micrograph",
        )
    yield Variant(
        kind,
        "TIFF, 72 dots written in centimetres",
        lambda lab: _tiff(
            lab / "a.tif", PLANE, metadata=None, resolution=(28.346, 28.346), resolutionunit="CENTIMETER"
        ),
        _is(PLANE),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "PNG, 300 dots an inch",
        lambda lab: _picture(lab / "a.png", _BYTES, dpi=(300, 300)),
        _is(_BYTES),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "TIFF, resolution of nought",
        lambda lab: _tiff(lab / "a.tif", PLANE, metadata=None, resolution=(0, 0), resolutionunit="CENTIMETER"),
        _is(PLANE),
        reads="micrograph",
    )


_ZEISS = b"\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 5,583 nm\r\n"


def _imagej(lab: Path, metadata: dict[str, Any], resolution: tuple[float, float], planes: int = 1) -> None:
    values = PLANE if planes == 1 else np.stack([PLANE] * planes)
    _tiff(
        lab / "a.tif",
        values,
        imagej=True,
        resolution=resolution,
        metadata={**metadata, "axes": "YX" if planes == 1 else "ZYX"},
    )


_SETTINGS: dict[str, tuple[str, bytes, float | None]] = {
    "Hitachi": ("a.txt", b"[SemImageFile]\r\nInstructName=S-4800\r\nPixelSize=9.92\r\nDataSize=36x24\r\nMagnification=10000\r\n", 9.92),
    "Hitachi, UTF-16": ("a.txt", "[SemImageFile]\r\nPixelSize=9.92\r\nDataSize=36x24\r\nSignalName=SE\r\n".encode("utf-16"), 9.92),
    "JEOL": (
        "a.txt",
        b"$CM_FORMAT JEOL-SEM\r\n$CM_ACCEL_VOLT 15.0\r\n$CM_MAG 5000\r\n$CM_FULL_SIZE 36 24\r\n$$SM_MICRON_BAR 100\r\n$$SM_MICRON_MARKER 1um\r\n",
        10.0,
    ),
    "Zeiss": ("a.txt", b"DP_DETECTOR_TYPE\r\nDetector = SE2\r\nAP_MAG\r\nMag = 10.00 K X\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 11.17 nm\r\n", 11.17),
    "Tescan": ("a.hdr", b"[MAIN]\r\nDevice=VEGA\r\nMagnification=10000\r\nPixelSizeX=1.25e-8\r\nPixelSizeY=1.25e-8\r\n[SEM]\r\nHV=20000\r\n", 12.5),
    "Tescan, name with the kind": ("a-tif.hdr", b"[MAIN]\r\nDevice=VEGA\r\nPixelSizeX=1.25e-8\r\nPixelSizeY=1.25e-8\r\n", 12.5),
    "FEI": ("a.txt", b"[User]\r\nUser=sup\r\n[Scan]\r\nPixelWidth=2.5e-9\r\nPixelHeight=2.5e-9\r\n[Beam]\r\nHV=5000\r\n", 2.5),
    "unknown maker": ("a.txt", b"Instrument=X\r\nVoltage=5\r\nSpot=3\r\nDetector=BSE\r\nUser=anna\r\n", None),
    "settings with colons": ("a.txt", b"Voltage: 5 kV\nSpot: 3\nMagnification: 1000\nWorking distance: 8 mm\n", None),
    "JEOL, the bar alone": ("a.txt", b"$$SM_MICRON_BAR 50\r\n$$SM_MICRON_MARKER 500nm\r\n", 10.0),
    "settings with tabs": ("a.txt", b"Voltage\t15 kV\nMagnification\tx5000\nDistance\t8.1 mm\nPixel size\t9.9 nm\n", None),
    "Hitachi in micrometres": ("a.txt", b"[SemImageFile]\r\nPixelSize=0.5um\r\nDataSize=36x24\r\nSignalName=SE\r\n", 500.0),
    "boxes of YOLO": ("a.txt", b"0 0.5 0.5 0.25 0.1\n3 0.75 0.5 0.2 0.2\n", None),
    "Hitachi, decimal comma": ("a.txt", b"[SemImageFile]\r\nPixelSize=9,92\r\nDataSize=36x24\r\nSignalName=SE\r\n", 9.92),
}  # fmt: skip
_CAPTIONS: dict[str, bytes] = {
    "prose": b"Grains of steel after ten hours at 900 C.",
    "prose with a colon": b"Steel: grains of 5 um; arrows: pores.",
    "UTF-16": "Körner in Stahl, 5 µm.".encode("utf-16"),
    "Latin-1": "Körner in Stahl, 5 µm.".encode("latin-1"),
    "byte order mark": "\ufeffKörner in Stahl, 5 µm.".encode(),
}


def _sidecars() -> Iterator[Variant]:
    kind = "settings and captions beside micrographs"
    for name, (file, data, size) in _SETTINGS.items():
        yield Variant(kind, name, lambda lab, f=file, d=data: _beside(lab, f, d), _no_caption(size), reads="micrograph")
        yield Variant(
            kind,
            f"{name}, as pictures",
            lambda lab, f=file, d=data: _beside(lab, f, d),
            _no_caption(size),
            reads="images",
        )
    for name, data in _CAPTIONS.items():
        yield Variant(kind, name, lambda lab, d=data: _beside(lab, "a.txt", d), _caption(data), reads="micrograph")


def _beside(lab: Path, name: str, data: bytes) -> None:
    _tiff(lab / "a.tif", _BYTES, photometric="minisblack", metadata=None)
    (lab / name).write_bytes(data)


def _no_caption(size: float | None) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        assert not outcome.only.texts, outcome.only.texts
        _is(_BYTES, None if size is None else (size, size))(outcome)

    return right


def _caption(data: bytes) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        encoding = "utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig"
        try:
            words = data.decode(encoding)
        except UnicodeDecodeError:
            words = data.decode("latin-1")
        assert [text.text for text in outcome.only.texts] == [words], outcome.only.texts

    return right


def _palettes() -> Iterator[Variant]:
    kind = "label images"
    labels = np.zeros((24, 36), np.uint8)
    labels[4:10, 4:10], labels[15:20, 20:30] = 1, 2
    ways: dict[str, Callable[[Path], str]] = {
        "palette PNG": lambda lab: _indexed(lab / "l.png", labels),
        "palette PNG, VOC colours": lambda lab: _indexed(lab / "l.png", labels, voc=True),
        "palette GIF": lambda lab: _indexed(lab / "l.gif", labels),
        "palette BMP": lambda lab: _indexed(lab / "l.bmp", labels),
        "palette TIFF": lambda lab: _palette_tiff(lab, labels),
        "palette PNG of 4 bits": lambda lab: _indexed(lab / "l.png", labels, bits=4),
        "palette PNG with transparency": lambda lab: _indexed(lab / "l.png", labels, transparency=0),
        "grey PNG": lambda lab: _named(lab, "l.png", labels),
        "16-bit PNG": lambda lab: _named(lab, "l.png", labels.astype(np.uint16)),
        "grey TIFF, 16 bits": lambda lab: _named_tiff(lab, labels.astype(np.uint16)),
        "TIFF of 32-bit integers": lambda lab: _named_tiff(lab, labels.astype(np.int32)),
        "grey saved as RGB": lambda lab: _named(lab, "l.png", np.stack([labels] * 3, -1)),
    }
    for source in ("images", "micrograph"):
        yield Variant(
            kind,
            f"a mask beside its picture, {source}",
            _with_a_mask,
            _mask_named,
            reads=source,
        )
    for name, write in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, w=write: _label_table(lab, w),
            lambda o, m=labels: _grains(o, m),
            reads="table",
            within="t.jsonl",
            may_refuse="one plane|plane of class" if "RGB" in name else "",
            options={
                "image_columns": ("image",),
                "text_columns": ("caption",),
                "mask_columns": ("label",),
                "class_column": "classes",
            },
        )
    yield Variant(
        kind,
        "colours that stand for classes",
        lambda lab: _label_table(lab, lambda p: _named(p, "l.png", _COLOURS)),
        _mask_refused,
        reads="table",
        within="t.jsonl",
        options={
            "image_columns": ("image",),
            "text_columns": ("caption",),
            "mask_columns": ("label",),
            "class_column": "classes",
        },
    )
    yield Variant(
        kind,
        "a void class of 255",
        lambda lab: _label_table(
            lab, lambda p: _named(p, "l.png", np.where(labels == 2, 255, labels).astype(np.uint8))
        ),
        _mask_refused,
        reads="table",
        within="t.jsonl",
        options={
            "image_columns": ("image",),
            "text_columns": ("caption",),
            "mask_columns": ("label",),
            "class_column": "classes",
        },
    )


def _indexed(path: Path, labels: NDArray[Any], *, voc: bool = False, bits: int = 8, **options: Any) -> str:
    from PIL import Image as Picture

    image = Picture.fromarray(labels).convert("P")
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] if voc else [0, 0, 0, 255, 0, 0, 0, 0, 255])
    image.putdata(labels.ravel().tolist())
    if path.suffix == ".png":
        options["bits"] = bits
    image.save(path, **options)
    return path.name


def _palette_tiff(lab: Path, labels: NDArray[Any]) -> str:
    table = np.zeros((3, 256), np.uint16)
    table[:, 1], table[:, 2] = (65535, 0, 0), (0, 0, 65535)
    _tiff(lab / "l.tif", labels, photometric="palette", colormap=table, metadata=None)
    return "l.tif"


def _named(lab: Path, name: str, labels: NDArray[Any]) -> str:
    _picture(lab / name, labels)
    return name


def _named_tiff(lab: Path, labels: NDArray[Any]) -> str:
    _tiff(lab / "l.tif", labels, photometric="minisblack", metadata=None)
    return "l.tif"


def _with_a_mask(lab: Path) -> None:
    for name in ("a (1).png", "a (1)_mask.png", "b.png"):
        _picture(lab / name, _BYTES)


def _mask_named(outcome: Outcome) -> None:
    assert sorted(outcome.cases) == ["a (1)", "b"], sorted(outcome.cases)
    assert "a mask of a (1).png" in outcome.reasons, outcome.reasons


def _label_table(lab: Path, write: Callable[[Path], str]) -> None:
    _picture(lab / "a.png", _BYTES)
    row = {"image": "a.png", "caption": "made", "label": write(lab), "classes": ["background", "grain", "pore"]}
    (lab / "t.jsonl").write_text(json.dumps(row))


def _mask_refused(outcome: Outcome) -> None:
    assert not outcome.only.masks, sorted(outcome.only.masks)
    assert "class" in outcome.reasons, outcome.reasons


def _grains(outcome: Outcome, labels: NDArray[Any]) -> None:
    masks = outcome.only.masks
    assert sorted(masks) == ["grain", "pore"], sorted(masks)
    same(outcome.pixels(masks["grain"]), labels == 1)
    same(outcome.pixels(masks["pore"]), labels == 2)


def _whites() -> Iterator[Variant]:
    kind = "white, opacity and colours"
    signed, floats = (PLANE.astype(np.int16) - 400), PLANE.astype(np.float32)
    ways: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "8 bits": (_BYTES, 255 - _BYTES),
        "16 bits": (PLANE, 65535 - PLANE.astype(np.int64)),
        "signed": (signed, -1 - signed.astype(np.int64)),
        "floats": (floats, floats.max() + floats.min() - floats),
        "one bit": (PLANE % 2 == 0, np.where(PLANE % 2 == 0, 0, 255)),
    }
    for name, (stored, shown) in ways.items():
        for source in ("micrograph", "images"):
            yield Variant(
                kind,
                f"min-is-white, {name}, {source}",
                lambda lab, s=stored: _tiff(lab / "a.tif", s, photometric="miniswhite", metadata=None),
                _is(shown, said="min-is-white"),
                reads=source,
            )
    opaque = np.full((24, 36, 1), 128, np.uint8)
    white = (_COLOURS.astype(float) * 128 + 255 * 127) / 255
    yield Variant(
        kind,
        "opacity not multiplied in, TIFF",
        lambda lab: _tiff(
            lab / "a.tif",
            np.concatenate([_COLOURS, opaque], -1),
            photometric="rgb",
            extrasamples=["UNASSALPHA"],
            metadata=None,
        ),
        _is(white.transpose(2, 0, 1), within=1.5),
        reads="images",
    )
    multiplied = (_COLOURS.astype(float) * 128 / 255).round().astype(np.uint8)
    yield Variant(
        kind,
        "opacity multiplied in, TIFF",
        lambda lab: _tiff(
            lab / "a.tif",
            np.concatenate([multiplied, opaque], -1),
            photometric="rgb",
            extrasamples=["ASSOCALPHA"],
            metadata=None,
        ),
        _is(white.transpose(2, 0, 1), within=1.5),
        reads="images",
    )
    yield Variant(
        kind,
        "opacity, PNG",
        lambda lab: _picture(lab / "a.png", np.concatenate([_COLOURS, opaque], -1)),
        _is(white.transpose(2, 0, 1), within=1.5),
        reads="images",
    )
    yield Variant(kind, "opacity, grey PNG", lambda lab: _grey_opacity(lab), _grey_on_white, reads="images")
    yield Variant(
        kind,
        "a fourth channel that is no opacity",
        lambda lab: _tiff(
            lab / "a.tif",
            np.concatenate([_COLOURS, opaque], -1),
            photometric="rgb",
            extrasamples=["UNSPECIFIED"],
            metadata=None,
        ),
        _four_channels,
        reads="images",
    )
    yield Variant(
        kind,
        "planes of colours",
        lambda lab: _tiff(
            lab / "a.tif",
            np.ascontiguousarray(_COLOURS.transpose(2, 0, 1)),
            photometric="rgb",
            planarconfig="separate",
            metadata=None,
        ),
        _is(_COLOURS.transpose(2, 0, 1)),
        reads="images",
    )
    yield Variant(kind, "16-bit grey PNG", lambda lab: _picture(lab / "a.png", PLANE), _is(PLANE), reads="images")
    yield Variant(
        kind,
        "big-endian TIFF",
        lambda lab: _tiff(lab / "a.tif", PLANE, byteorder=">", metadata=None),
        _is(PLANE),
        reads="images",
    )
    yield Variant(
        kind,
        "BigTIFF, compressed",
        lambda lab: _tiff(lab / "a.tif", PLANE, bigtiff=True, compression="zlib", predictor=True, metadata=None),
        _is(PLANE),
        reads="images",
    )
    yield Variant(
        kind,
        "LZW",
        lambda lab: _tiff(lab / "a.tif", PLANE, compression="lzw", metadata=None),
        _is(PLANE),
        reads="images",
    )
    yield Variant(
        kind,
        "opacity of floats",
        lambda lab: _tiff(
            lab / "a.tif", (np.stack([PLANE] * 4, -1) / 999).astype(np.float32), photometric="rgb",
            extrasamples=["unassalpha"], metadata=None,
        ),
        _is(np.stack([PLANE / 999] * 4)),
        reads="images",
    )  # fmt: skip
    yield Variant(
        kind,
        "a transparent grey",
        lambda lab: _picture(lab / "a.png", _BYTES, transparency=7),
        _is(np.where(_BYTES == 7, 255, _BYTES)),
        reads="images",
    )
    yield Variant(
        kind,
        "a palette of 8 bits in words of 16",
        lambda lab: _tiff(
            lab / "a.tif", _BYTES, photometric="palette", metadata=None,
            colormap=np.tile(np.arange(256, dtype=np.uint16), (3, 1)),
        ),
        _is(_BYTES),
        reads="images",
    )  # fmt: skip
    for photometric in ("cielab", "ycbcr"):
        yield Variant(
            kind,
            f"colours in {photometric}",
            lambda lab, p=photometric: _tiff(lab / "a.tif", _COLOURS, photometric=p, metadata=None),
            _none,
            reads="images",
            may_refuse="RGB",
        )
    yield Variant(
        kind, "CMYK JPEG", lambda lab: _cmyk(lab), _is(_COLOURS.transpose(2, 0, 1), within=20), reads="images"
    )
    yield Variant(kind, "TIFF named .png", lambda lab: _misnamed(lab), _is(PLANE), reads="images")


def _grey_opacity(lab: Path) -> None:
    from PIL import Image as Picture

    values = np.stack([_BYTES, np.full_like(_BYTES, 128)], -1)
    Picture.fromarray(values, "LA").save(lab / "a.png")


def _grey_on_white(outcome: Outcome) -> None:
    found = outcome.pixels(outcome.image)
    plane = found if found.ndim == 2 else found[0]
    same(plane, (_BYTES.astype(float) * 128 + 255 * 127) / 255, within=1.5)


def _four_channels(outcome: Outcome) -> None:
    found = outcome.pixels(outcome.image)
    same(found[:3], _COLOURS.transpose(2, 0, 1))
    assert len(found) == 4


def _cmyk(lab: Path) -> None:
    from PIL import Image as Picture

    smooth = np.asarray(Picture.fromarray(_COLOURS))
    Picture.fromarray(smooth).convert("CMYK").save(lab / "a.jpg", quality=98, subsampling=0)


def _misnamed(lab: Path) -> None:
    _tiff(lab / "a.tif", PLANE, metadata=None)
    (lab / "a.tif").rename(lab / "a.png")


def _mrc() -> Iterator[Variant]:
    kind = "MRC"
    volume = np.arange(6 * 8 * 10, dtype=np.int16).reshape(6, 8, 10)
    for dtype, mode in (("int8", 0), ("int16", 1), ("float32", 2), ("uint16", 6), ("float16", 12)):
        values = (volume % 100).astype(dtype)
        yield Variant(
            kind,
            f"volume of {dtype}",
            lambda lab, v=values, m=mode: _write_mrc(lab / "a.mrc", v, m),
            _is(values, (0.134,) * 3),
            reads="micrograph",
        )
    yield Variant(
        kind,
        "big endian",
        lambda lab: _write_mrc(lab / "a.mrc", volume, 1, order=">"),
        _is(volume, (0.134,) * 3),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "an extended header",
        lambda lab: _write_mrc(lab / "a.mrc", volume, 1, extended=2048),
        _is(volume, (0.134,) * 3),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "bytes of IMOD without sign",
        lambda lab: _write_mrc(lab / "a.mrc", (volume % 200).astype(np.uint8), 0, imod=True),
        _is((volume % 200).astype(np.uint8), (0.134,) * 3),
        reads="micrograph",
    )
    yield Variant(
        kind,
        "a movie",
        lambda lab: _write_mrc(lab / "a.mrcs", volume, 1, group=0),
        _none,
        reads="micrograph",
        may_refuse="series",
    )
    yield Variant(
        kind,
        "a stack of volumes",
        lambda lab: _write_mrc(lab / "a.mrc", volume, 1, group=401),
        _none,
        reads="micrograph",
        may_refuse="space group",
    )
    yield Variant(
        kind,
        "axes exchanged",
        lambda lab: _write_mrc(lab / "a.mrc", volume, 1, axes=(3, 2, 1)),
        _none,
        reads="micrograph",
        may_refuse="axes",
    )
    yield Variant(
        kind,
        "complex numbers",
        lambda lab: _write_mrc(lab / "a.mrc", volume.astype(np.complex64), 4),
        _none,
        reads="micrograph",
        may_refuse="mode 4",
    )
    yield Variant(
        kind,
        "a plane, empty cell",
        lambda lab: _write_mrc(lab / "a.mrc", volume[:1], 1, voxel=0.0),
        _is(volume[0]),
        reads="micrograph",
    )
    yield Variant(
        kind, "truncated", lambda lab: _short_mrc(lab, volume), _none, reads="micrograph", may_refuse="truncated"
    )
    for suffix in (".rec", ".map", ".ccp4"):
        yield Variant(
            kind,
            f"a tomogram called {suffix}",
            lambda lab, s=suffix: _write_mrc(lab / f"a{s}", volume, 1),
            _is(volume, (0.134,) * 3),
            reads="micrograph",
            may_refuse="PAR/REC|MRC|micrographs",
        )


def _write_mrc(
    path: Path, values: NDArray[Any], mode: int, *, order: str = "<", group: int = 1, extended: int = 0,
    axes: tuple[int, int, int] = (1, 2, 3), voxel: float = 1.34, imod: bool = False,
) -> None:  # fmt: skip
    z, y, x = values.shape
    header = bytearray(1024)
    struct.pack_into(f"{order}4i", header, 0, x, y, z, mode)
    struct.pack_into(f"{order}3i", header, 28, x, y, z)
    struct.pack_into(f"{order}3f", header, 40, x * voxel, y * voxel, z * voxel)
    struct.pack_into(f"{order}3i", header, 64, *axes)
    struct.pack_into(f"{order}2i", header, 88, group, extended)
    if imod:
        struct.pack_into(f"{order}2i", header, 152, 1146047817, 0)
    header[208:214] = b"MAP " + (b"\x44\x44" if order == "<" else b"\x11\x11")
    stream = io.BytesIO()
    stream.write(bytes(header) + bytes(extended) + values.astype(values.dtype.newbyteorder(order)).tobytes())
    path.write_bytes(stream.getvalue())


def _short_mrc(lab: Path, volume: NDArray[Any]) -> None:
    _write_mrc(lab / "a.mrc", volume, 1)
    (lab / "a.mrc").write_bytes((lab / "a.mrc").read_bytes()[:-100])
