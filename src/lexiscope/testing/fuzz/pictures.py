"""Readers of single pictures and volumes: every format, with the seeds that exercise its branches."""

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from lexiscope.sources.draft import Encoded, ImageFile
from lexiscope.sources.label_image import empty_mask, read_label_image
from lexiscope.sources.scans.micrograph import MicrographSource
from lexiscope.sources.structures import Structure
from lexiscope.testing.fuzz.reader import Reader
from lexiscope.testing.fuzz.tries import read_image, read_source

_RNG = partial(np.random.default_rng, 0)


def _named(name: str) -> Callable[[bytes, Path], int]:
    def read(data: bytes, folder: Path) -> int:
        folder.mkdir()
        (folder / name).write_bytes(data)
        return read_image(folder / name)

    return read


def _micrograph(name: str) -> Callable[[bytes, Path], int]:
    def read(data: bytes, folder: Path) -> int:
        folder.mkdir()
        (folder / name).write_bytes(data)
        return read_source(MicrographSource(folder), root=folder)

    return read


def _labels(data: bytes, folder: Path) -> int:
    """A label image, the mask of each of its structures, an empty one, and all of them read."""
    folder.mkdir()
    path = folder / "labels"
    path.write_bytes(data)
    labels = read_label_image(path)
    present = labels.present()[:3]
    structures = [*(Structure(str(value), frozenset({value})) for value in present), Structure("any")]
    masks = [labels.write(labels.marked(structure)) for structure in structures]
    for number, mask in enumerate([*masks, empty_mask(ImageFile(path))]):
        assert isinstance(mask.origin, Encoded)
        file = folder / f"{number}{mask.origin.suffix}"
        file.write_bytes(mask.origin.data)
        read_image(file)
    return 1


def nifti_seeds() -> Iterator[bytes]:
    """NIfTI-1 and -2 of several types and axes, with odd but sound headers, and compressed."""
    import gzip

    import nibabel

    def image(values: Any, affine: Any = None, kind: Any = nibabel.Nifti1Image, **fields: Any) -> bytes:
        made = kind(values, np.diag([1.0, 1.0, 4.0, 1.0]) if affine is None else affine)
        made.header.set_xyzt_units("mm")
        for name, value in fields.items():
            made.header[name] = value
        return bytes(made.to_bytes())

    values = np.arange(60, dtype=np.int16).reshape(5, 4, 3)
    yield image(values)
    yield image(values.astype(np.float32), kind=nibabel.Nifti2Image)
    yield image(np.arange(64, dtype=np.uint8).reshape(4, 4, 2, 2))
    yield image(values[:, :, 0].astype(np.float64))
    yield image(values, np.array([[0, -1, 0.2, 5], [1, 0, 0.1, 6], [0, 0.3, 2, 7], [0, 0, 0, 1.0]]))
    yield image(values, scl_slope=0.5, scl_inter=-3)
    yield image(values, sform_code=0, qform_code=1)
    yield image(values, sform_code=0, qform_code=0)
    yield gzip.compress(image(values.astype(np.uint16)), mtime=0)
    coloured = np.zeros((3, 4, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    yield image(coloured)
    swapped = nibabel.Nifti1Image(values, np.eye(4), nibabel.Nifti1Header(endianness=">"))
    yield bytes(swapped.to_bytes())


def raster_seeds() -> Iterator[bytes]:
    """Pictures of every format in every mode that it has, with orientation, transparency and several frames."""
    rng = _RNG()
    pixels = rng.integers(0, 255, (9, 7, 4), dtype=np.uint8)
    picture = Picture.fromarray(pixels)
    modes = {
        "PNG": ("RGBA", "RGB", "LA", "L", "P", "1", "I;16"),
        "JPEG": ("RGB", "L", "CMYK"),
        "GIF": ("P", "L"),
        "BMP": ("RGB", "L", "P", "1"),
        "WEBP": ("RGB", "RGBA"),
    }
    for form, names in modes.items():
        for mode in names:
            yield _saved(picture.convert(mode), form)
    yield _saved(picture.convert("RGB"), "JPEG", progressive=True, exif=_turned(6))
    yield _saved(picture.convert("RGB"), "PNG", exif=_turned(5))
    yield _saved(picture.convert("P"), "PNG", transparency=3)
    others = [picture.convert("P"), picture.rotate(180).convert("P")]
    yield _saved(picture.convert("P"), "GIF", save_all=True, append_images=others)
    yield _saved(picture, "PNG", save_all=True, append_images=[picture.rotate(180)])
    yield _saved(picture, "WEBP", save_all=True, append_images=[picture.rotate(180)])
    import imagecodecs

    for channels in ((), (2,), (3,), (4,)):
        deep = rng.integers(0, 65535, (5, 6, *channels), dtype=np.uint16)
        yield bytes(imagecodecs.png_encode(deep))


def _saved(picture: Any, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format=form, **options)
    return stream.getvalue()


def _turned(orientation: int) -> Any:
    exif = Picture.Exif()
    exif[0x0112] = orientation
    return exif


def tiff_seeds() -> Iterator[bytes]:
    """TIFFs of every compression, colour and layout, and as ImageJ, OME, microscopes and slide scanners write them."""
    for options in _TIFF_OPTIONS:
        for shape in ((8, 6), (3, 8, 6)):
            yield _tiff(_RNG().integers(0, 999, shape).astype(np.uint16), **options)
    colours = _RNG().integers(0, 255, (16, 16, 4), dtype=np.uint8)
    yield _tiff(colours[..., :3], photometric="rgb", compression="jpeg")
    yield _tiff(colours, photometric="rgb", extrasamples=["unassalpha"])
    yield _tiff(colours, photometric="separated")
    yield _tiff(np.moveaxis(colours[..., :3], -1, 0), photometric="rgb", planarconfig="separate")
    yield _tiff(colours[..., 0], photometric="palette", colormap=np.arange(768, dtype=np.uint16).reshape(3, 256))
    yield _tiff(colours[..., 0] > 100, photometric="miniswhite")
    yield _tiff(colours[..., 0].astype(np.float32), photometric="miniswhite")
    yield _tiff(colours[..., 0].astype(np.complex64))
    yield _pyramid()
    for extra in _OF_MICROSCOPES:
        yield _tiff(colours[..., 0], extratags=[extra], metadata=None)
    for said in _DESCRIPTIONS:
        yield _tiff(colours[..., 0], description=said, metadata=None)
    pictures = [Picture.fromarray(colours[..., 0]), Picture.fromarray(colours[..., 1])]
    for compression in (None, "tiff_lzw", "tiff_deflate", "packbits"):
        yield _saved(pictures[0], "TIFF", compression=compression, save_all=True, append_images=pictures[1:])


_TIFF_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"compression": "zlib"},
    {"imagej": True, "resolution": (2.0, 2.0), "metadata": {"unit": "um", "spacing": 3.0}},
    {"ome": True, "metadata": {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}},
    {"tile": (16, 16)},
    {"bigtiff": True},
    {"compression": "lzw", "predictor": True},
    {"compression": "packbits"},
    {"byteorder": ">", "rowsperstrip": 3},
    {"resolution": (50000, 50000), "resolutionunit": "CENTIMETER"},
    {"extratags": [(274, "H", 1, 6)]},
)
_OF_MICROSCOPES: tuple[tuple[int, str, int, Any], ...] = (
    (34682, "s", 0, "[Scan]\r\nPixelWidth=1e-09\r\nPixelHeight=1e-09\r\n"),
    (34118, "s", 0, "AP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 9.921 nm\r\nAP_WIDTH\r\nWidth = 10.16 um\r\n"),
    (65009, "d", 1, 0.5),
    (34680, "s", 0, "<Root><Metadata><Optics/></Metadata></Root>"),
    (50431, "s", 0, "[MAIN]\r\nPixelSizeX=1e-9\r\n"),
    (65420, "I", 1, 1),
)
_DESCRIPTIONS = (
    "Aperio Image Library v12\r\n16x16 [0,0 16x16] |AppMag = 20|MPP = 0.5",
    "ImageJ=1.53\nimages=1\nunit=micron\nspacing=2\nmin=0\nmax=9\n",
    '{"shape": [16, 16], "axes": "YX"}',
    "<MetaData><PlaneInfo/></MetaData>",
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
    '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="16" SizeY="16" SizeZ="1" SizeC="1" SizeT="1" '
    'PhysicalSizeX="0.5" PhysicalSizeY="0.5"><TiffData IFD="0" PlaneCount="1"/></Pixels></Image></OME>',
)


def _tiff(values: Any, **options: Any) -> bytes:
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def _pyramid() -> bytes:
    import tifffile

    stream = io.BytesIO()
    values = _RNG().integers(0, 255, (32, 32), dtype=np.uint8)
    with tifffile.TiffWriter(stream) as writer:
        writer.write(values, subifds=1, tile=(16, 16))
        writer.write(values[::2, ::2], subfiletype=1, tile=(16, 16))
        writer.write(values.T)
    return stream.getvalue()


def mrc_seeds() -> Iterator[bytes]:
    """A plane and a volume of each kind of values, in both byte orders."""
    for order in "<>":
        for mode, size in ((0, 1), (1, 2), (2, 4), (6, 2), (12, 2)):
            for planes in (1, 2):
                head = bytearray(1024)
                head[:16] = struct.pack(f"{order}4i", 4, 3, planes, mode)
                head[28:52] = struct.pack(f"{order}3i3f", 4, 3, planes, 40.0, 30.0, 10.0)
                head[64:76] = struct.pack(f"{order}3i", 1, 2, 3)
                head[88:92] = struct.pack(f"{order}i", planes - 1)
                head[208:214] = b"MAP " + (b"\x44\x44" if order == "<" else b"\x11\x11")
                yield bytes(head) + bytes(12 * planes * size)


def _label_seeds() -> Iterable[bytes]:
    labels = np.arange(63, dtype=np.uint8).reshape(9, 7) % 4
    yield _saved(Picture.fromarray(labels), "PNG")
    yield _saved(Picture.fromarray(labels).convert("P"), "PNG")
    yield _saved(Picture.fromarray(np.stack([labels] * 3, axis=-1)), "PNG")
    yield _tiff(labels.astype(np.float32))
    yield _tiff(np.stack([labels] * 3), photometric="minisblack")
    yield from list(nifti_seeds())[:4]


_TIFF_WORDS = tuple(struct.pack("<H", tag) for tag in (254, 256, 258, 262, 273, 277, 284, 317, 320, 330, 338, 339))

NIFTI = Reader(_named("a.nii"), nifti_seeds)
RASTER = Reader(_named("a.png"), raster_seeds, (b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"eXIf", b"VP8X", b"ANMF"))
TIFF = Reader(_named("a.tif"), tiff_seeds, _TIFF_WORDS)
TIFF_IMAGES = Reader(_micrograph("a.tif"), tiff_seeds, _TIFF_WORDS)
LABELS = Reader(_labels, _label_seeds)
MRC = Reader(_micrograph("a.mrc"), mrc_seeds)
