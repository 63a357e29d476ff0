"""Pixels of a DICOM file: `(plane, y, x)` or `(plane, y, x, 3)` in RGB, values as stored, ready to be rescaled."""

import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.cut_pixels import refuse_cut_pixels
from lexiscope.sources.scans.dicom.files import quietly, read_dataset
from lexiscope.sources.scans.dicom.instance import Instance, RawPixels
from lexiscope.sources.scans.dicom.stored_bits import StoredBits, widest_precision
from lexiscope.sources.steady import open_input

_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_REMEDY = "export the file again, or convert it with another program"


def read_planes(instance: Instance) -> NDArray[Any]:
    """Decode the planes of a file, or of a copy of it when the file itself cannot be decoded.

    Every decoder's words become values in the same way (`StoredBits`): bits that do not count, such as overlays, are
    cut off. Then palettes and YBR become RGB, a modality table is applied, a picture in MONOCHROME1 is inverted, the
    tiles of a mosaic are taken apart.

    Raises:
        SourceError: neither can be decoded, or the file changed since its header was read.
    """
    try:
        return _read_unchanged(instance)
    except SourceError:
        for copy in instance.copies:
            try:
                return _read(instance, copy)
            except SourceError:
                continue
        raise


def transfer_syntax(dataset: Any) -> Any:
    """The transfer syntax of a data set: as stated, or as it was parsed when nothing is stated.

    Raises:
        SourceError: several are stated.
    """
    from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    stated = getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")
    if stated and not isinstance(stated, str):
        raise SourceError("the header states several transfer syntaxes", remedy="export the file again")
    if stated:
        return UID(stated)
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _read_unchanged(instance: Instance) -> NDArray[Any]:
    try:
        stored = _read(instance, instance.path)
    except SourceError:
        _require_unchanged(instance)
        raise
    _require_unchanged(instance)
    return stored


def _require_unchanged(instance: Instance) -> None:
    """Refuse a file whose pixels are no longer those of the header that was read."""
    if instance.state is not None:
        instance.state.require(instance.path)


def _read(instance: Instance, path: Path) -> NDArray[Any]:
    if instance.raw is not None and path == instance.path:
        stored = _read_raw(instance, instance.raw)
    else:
        stored = _read_encoded(instance, path)
    if instance.inverted:
        stored = _inverted(stored, instance.bits.stored)
    return _untiled(stored, instance.tiles) if instance.tiles else stored


def _read_raw(instance: Instance, raw: RawPixels) -> NDArray[Any]:
    frames = _frames(instance)
    wanted = frames * math.prod(instance.shape)
    with open_input(instance.path) as stream:
        stream.seek(raw.offset)
        stored = np.fromfile(stream, raw.dtype, wanted)
    if stored.size < wanted:
        refuse_cut_pixels(instance.path)
        msg = f"its header claims {wanted:,} pixels, its pixel data hold {stored.size:,}"
        raise SourceError(msg, remedy=_REMEDY)
    return instance.bits.values(stored).reshape(frames, *instance.shape)


def _frames(instance: Instance) -> int:
    return 1 if instance.tiles else len(instance.planes)


def _read_encoded(instance: Instance, path: Path) -> NDArray[Any]:
    try:
        dataset, _ = read_dataset(path, pixels=True)
        with quietly():
            stored = _decoded(dataset, instance.bits)
    except SourceError:
        refuse_cut_pixels(path)
        raise
    except Exception as error:  # on damaged pixels every decoder raises errors of its own
        refuse_cut_pixels(path)
        with quietly():
            kind = transfer_syntax(dataset).name
        msg = f"the pixels ({kind}) cannot be decoded: {_reason(error)}"
        raise SourceError(msg, remedy=_REMEDY) from error
    grey = stored.size == _frames(instance) * math.prod(instance.shape)
    try:
        return stored.reshape((-1, *instance.shape) if grey else (-1, *instance.shape, stored.shape[-1]))
    except ValueError as error:
        msg = f"the pixels have shape {stored.shape}, its header claims {instance.shape}"
        raise SourceError(msg, remedy=_REMEDY) from error


def _decoded(dataset: Any, bits: StoredBits) -> NDArray[Any]:
    from pydicom.pixels import apply_color_lut, apply_modality_lut

    stored = decoded_values(dataset, bits)
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR" and "SegmentSequence" not in dataset:
        return _eight_bits(apply_color_lut(stored, dataset), dataset)
    return apply_modality_lut(stored, dataset) if "ModalityLUTSequence" in dataset else stored


def _eight_bits(colours: NDArray[Any], dataset: Any) -> NDArray[Any]:
    """Colours of a palette in 8 bits; entries of 16 bits that all lie below 256 were 8 bits wide from the start."""
    if colours.dtype != np.uint16:
        return colours
    palettes = [dataset.get(f"{name}PaletteColorLookupTableData", b"") for name in ("Red", "Green", "Blue")]
    narrow = not any(np.frombuffer(table, np.uint16, len(table) // 2).max(initial=0) > 255 for table in palettes)
    return (colours if narrow and any(palettes) else colours >> 8).astype(np.uint8)


def decoded_values(dataset: Any, bits: StoredBits) -> NDArray[Any]:
    """Values of all pixels of a data set, by whatever decoder its transfer syntax needs; colours become RGB."""
    dataset.ensure_file_meta()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax(dataset)
    words, precision = decoded_words(dataset)
    return bits.values(words, precision=precision)


def decoded_words(dataset: Any) -> tuple[NDArray[Any], int | None]:
    """Words of all pixels as the decoder gives them, and how many bits of each a compressed stream holds."""
    from pydicom.pixels import pixel_array

    kind = dataset.file_meta.TransferSyntaxUID
    if kind == _DEFLATED_FRAMES:
        return _inflated(dataset), None
    if not kind.is_encapsulated:
        return pixel_array(dataset, correct_unused_bits=False), None
    precision = widest_precision(dataset, frames=max(1, int(dataset.get("NumberOfFrames") or 1)))
    whole = max(
        precision or int(dataset.BitsAllocated), int(dataset.BitsStored)
    )  # some decoders cut, in the wrong place
    return pixel_array(dataset, correct_unused_bits=False, bits_stored=whole), precision


def _inflated(dataset: Any) -> NDArray[Any]:
    """Deflated image frames (DICOM PS3.5, 8.2.16): each frame a raw deflate stream of its native bytes."""
    from pydicom.encaps import generate_frames

    frames, bits = int(dataset.get("NumberOfFrames") or 1), int(dataset.BitsAllocated)
    values = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
    size = math.ceil(values * bits / 8)
    planes = []
    for data in generate_frames(dataset.PixelData, number_of_frames=frames):
        frame = np.frombuffer(zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size), np.uint8)
        if bits == 1:
            planes.append(np.unpackbits(frame, bitorder="little")[:values])
        else:
            planes.append(frame.view(f"<{'i' if dataset.PixelRepresentation else 'u'}{bits // 8}"))
    return np.stack(planes)


def _inverted(stored: NDArray[Any], bits: int) -> NDArray[Any]:
    if stored.dtype.kind == "u":
        return ((1 << bits) - 1 - stored.astype(np.int64)).clip(0).astype(stored.dtype)
    return -1 - stored if stored.dtype.kind == "i" else -stored


def _untiled(stored: NDArray[Any], tiles: int) -> NDArray[Any]:
    """(1, y, x) of the mosaic -> (tile, y, x)."""
    side = math.ceil(math.sqrt(tiles))
    y, x = stored.shape[1] // side, stored.shape[2] // side
    grid = stored[0, : y * side, : x * side].reshape(side, y, side, x)
    return grid.transpose(0, 2, 1, 3).reshape(-1, y, x)[:tiles]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
