"""Text that is part of the picture: found by OCR and blanked, or the picture is refused."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.core.extras import need
from lexiscope.sources.dicom.decode import transfer_syntax

Box: TypeAlias = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""
FindText: TypeAlias = Callable[[NDArray[np.uint8]], list[Box]]
"""(y, x, 3) -> where text stands."""

_MARGIN = 2  # pixels around a line of text, where its edges fade


def is_flagged(dataset: Any) -> bool:
    """Whether the header says that text is burned in."""
    return str(dataset.get("BurnedInAnnotation") or "").strip().upper() == "YES"


def ocr() -> FindText:
    """Text finder of the package rapidocr.

    Raises:
        MissingExtraError: it is not installed.
    """
    engine = need("rapidocr", extra="ocr").RapidOCR()

    def find(picture: NDArray[np.uint8]) -> list[Box]:
        boxes = engine(picture).boxes
        return [] if boxes is None else [_box(np.asarray(corners)) for corners in boxes]

    return find


def blank_text(dataset: Any, find_text: FindText) -> int:
    """Blank the text in every frame of a data set; when there is some, its pixels are stored uncompressed after.

    Returns:
        Stretches of text that were blanked.

    Raises:
        SourceError: the header says that text is burned in, and none was found.
    """
    stored = _frames(dataset)
    boxes = [find_text(_picture(frame)) for frame in stored]
    count = sum(map(len, boxes))
    if count == 0:
        if is_flagged(dataset):
            msg = "the header says that text is burned into the picture, and no text was found in it"
            raise SourceError(msg, remedy="look at it; blank the text, or set BurnedInAnnotation to NO")
        return 0
    for frame, found in zip(stored, boxes, strict=True):
        for top, bottom, left, right in found:
            frame[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) : right + _MARGIN] = frame.min()
    dataset.PixelData = stored.tobytes() + bytes(stored.nbytes % 2)
    dataset.BurnedInAnnotation = "NO"
    return count


def _frames(dataset: Any) -> NDArray[Any]:
    """(frame, y, x) or (frame, y, x, 3), writable; the data set is decompressed on the way."""
    if transfer_syntax(dataset).is_compressed:
        dataset.decompress(generate_instance_uid=False)
    stored = np.array(dataset.pixel_array)
    if int(dataset.get("NumberOfFrames") or 1) == 1 and stored.shape[0] == dataset.Rows:
        stored = stored[None]
    if stored.ndim == 4:
        dataset.PlanarConfiguration = 0
    if dataset.BitsAllocated < 8:
        raise SourceError("text in pictures of one bit cannot be blanked", remedy="leave the file out")
    return stored


def _picture(frame: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = float(frame.min()), float(frame.max())
    grey = ((frame.astype(np.float32) - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    return grey if grey.ndim == 3 else np.repeat(grey[..., None], 3, axis=-1)


def _box(corners: NDArray[Any]) -> Box:
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return int(top), int(bottom) + 1, int(left), int(right) + 1
