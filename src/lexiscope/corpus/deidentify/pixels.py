"""Pixels of a data set that is de-identified: decoded to words, and stored again uncompressed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import decoded_words, transfer_syntax


def decoded_frames(dataset: Any) -> NDArray[Any]:
    """Words `(frame, y, x)` or `(frame, y, x, 3)` in RGB, writable, with all of their bits; the data set stays.

    Raises:
        SourceError: they cannot be decoded.
    """
    dataset.ensure_file_meta()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax(dataset)
    try:
        words = np.array(decoded_words(dataset)[0])
        colours = (3,) if int(dataset.get("SamplesPerPixel") or 1) == 3 else ()
        return words.reshape(-1, int(dataset.Rows), int(dataset.Columns), *colours)
    except Exception as error:  # on damaged pixels every decoder raises errors of its own, which may quote values
        msg = f"its pixels cannot be decoded ({type(error).__name__}), so nobody can tell whether they show text"
        raise SourceError(msg, remedy="export the file again, or leave it out") from error


def store_frames(dataset: Any, frames: NDArray[Any]) -> None:
    """Make these words the pixels of a data set, uncompressed."""
    from pydicom.uid import ExplicitVRLittleEndian

    _, little = dataset.original_encoding
    if dataset.file_meta.TransferSyntaxUID.is_compressed and not dataset.file_meta.TransferSyntaxUID.is_deflated:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if frames.ndim == 4:
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0  # decoders turn YBR into RGB
    ordered = frames.astype(frames.dtype.newbyteorder("<" if little else ">"))
    dataset.PixelData = ordered.tobytes() + bytes(ordered.nbytes % 2)
    dataset["PixelData"].VR = "OB" if ordered.dtype.itemsize == 1 else "OW"
    dataset["PixelData"].is_undefined_length = False
