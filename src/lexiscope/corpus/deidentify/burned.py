"""Text that is part of the picture: found by OCR and blanked, or the picture is refused."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lexiscope.core.errors import SourceError
from lexiscope.core.extras import need
from lexiscope.corpus.deidentify.pixels import decoded_frames, store_frames

Box: TypeAlias = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""
FindText: TypeAlias = Callable[[NDArray[np.uint8]], list[Box]]
"""(y, x, 3) -> where text stands."""

_MARGIN = 2  # pixels around a line of text, where its edges fade
_LOOKS = 3  # blanking one line can uncover another; after this many looks the picture is refused
_AROUND = 41  # pixels of a square whose mean and spread even a picture out: more than a letter, less than an organ
_FAINT = 0.002  # of the range of values: less spread than this is grain and stays faint
_EVENED = 40.0, 128.0  # grey levels of one standard deviation, and of the mean
_LEGIBLE = re.compile(r"\w.*\w")  # a single letter is a marker of a side, or grain that looks like one


def is_flagged(dataset: Any) -> bool:
    """True when the header says that text is burned in."""
    return str(dataset.get("BurnedInAnnotation") or "").strip().upper() == "YES"


def may_show_text(dataset: Any) -> bool:
    """True when text can be searched and blanked in the pixels: 8 bits or more, whole numbers."""
    return "PixelData" in dataset and int(dataset.get("BitsAllocated") or 0) >= 8


def ocr() -> FindText:
    """Text finder of the package rapidocr, whose models come with it: words of two letters or digits and more.

    It reads what it finds with a confidence of at least one half. Some of that is grain or anatomy that looks like
    letters, and is blanked too.

    Raises:
        MissingExtraError: it is not installed.
    """
    need("onnxruntime", extra="ocr")
    engine = need("rapidocr", extra="ocr").RapidOCR(params={"Global.log_level": "critical"})

    def find(picture: NDArray[np.uint8]) -> list[Box]:
        readings = engine(picture)
        if readings.boxes is None:
            return []
        lines = zip(readings.boxes, readings.txts, strict=True)
        return [_box(np.asarray(corners)) for corners, text in lines if _LEGIBLE.search(text)]

    return find


def blank_text(dataset: Any, find_text: FindText) -> int:
    """Blank the text in every frame of a data set; when there is some, its pixels are stored uncompressed after.

    Returns:
        Stretches of text that were blanked.

    Raises:
        SourceError: the pixels cannot be decoded, text is still read after blanking, or the header says that text is
            burned in and none was found.
    """
    frames = decoded_frames(dataset)
    count = sum(_blank(frame, dataset, find_text) for frame in frames)
    if count:
        store_frames(dataset, frames)
        dataset.BurnedInAnnotation = "NO"
    elif is_flagged(dataset):
        msg = "the header says that text is burned into the picture, and no text was found in it"
        raise SourceError(msg, remedy="look at it; blank the text, or set BurnedInAnnotation to NO")
    return count


def _blank(frame: NDArray[Any], dataset: Any, find_text: FindText) -> int:
    count = 0
    for _ in range(_LOOKS):
        boxes = _text_in(frame, dataset, find_text)
        if not boxes:
            return count
        for top, bottom, left, right in boxes:
            frame[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) : right + _MARGIN] = frame.min()
        count += len(boxes)
    if not _text_in(frame, dataset, find_text):
        return count
    raise SourceError(f"text is still read in the picture after it was blanked {_LOOKS} times", remedy="look at it")


def _text_in(frame: NDArray[Any], dataset: Any, find_text: FindText) -> list[Box]:
    """Text of the picture as it is, and of it evened out: beside bright tissue, dark letters are too faint to be read.

    What the second look finds within the first one's boxes is the same text.
    """
    picture = _picture(frame, dataset)
    first = find_text(picture.round().astype(np.uint8))
    second = find_text(_evened(picture))
    return [*first, *(box for box in second if not any(_is_within(box, other) for other in first))]


def _is_within(box: Box, other: Box) -> bool:
    spans = ((box[:2], other[:2]), (box[2:], other[2:]))
    return all(a >= low - _MARGIN and b <= high + _MARGIN for (a, b), (low, high) in spans)


def _picture(frame: NDArray[Any], dataset: Any) -> NDArray[np.float32]:
    """The frame in colours, from 0 to 255, (y, x, 3)."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        from pydicom.pixels import apply_color_lut

        frame = apply_color_lut(frame, dataset)
    low, high = float(frame.min()), float(frame.max())
    values = (frame.astype(np.float32) - low) * np.float32(255 / max(high - low, 1e-6))
    return values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=-1)


def _evened(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture in grey, each pixel in standard deviations from the mean of what is around it."""
    grey = picture.mean(axis=-1)
    mean = ndimage.uniform_filter(grey, _AROUND)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(grey * grey, _AROUND) - mean * mean, 0))
    scale, middle = _EVENED
    even = (grey - mean) / (spread + 255 * _FAINT) * scale + middle
    return np.repeat(even.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)


def _box(corners: NDArray[Any]) -> Box:
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return int(top), int(bottom) + 1, int(left), int(right) + 1
