"""Words in a picture, read by the package rapidocr, whose models come with it; nothing is fetched."""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.extras import need
from lexiscope.sources.papers.figures.panels import Box

_LETTER = re.compile(r"\(?([A-Za-z])[).]?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """One stretch of text.

    Args:
        box: (left, top, right, bottom) in pixels.
        confidence: Confidence of the reader, from 0 to 1.
    """

    text: str
    box: Box
    confidence: float


ReadWords: TypeAlias = Callable[[NDArray[np.uint8]], list[Word]]
"""(y, x, 3) -> the words in it."""


def word_reader() -> ReadWords:
    """A reader of words.

    Raises:
        MissingExtraError: rapidocr is not installed.
    """
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    engine = need("rapidocr", extra="ocr").RapidOCR()
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # the engine sets its own level when it starts

    def read(pixels: NDArray[np.uint8]) -> list[Word]:
        readings = engine(pixels, use_cls=False)
        if readings.boxes is None:
            return []
        return [
            Word(str(text), _box(np.asarray(corners)), float(score))
            for text, corners, score in zip(readings.txts, readings.boxes, readings.scores, strict=True)
        ]

    return read


def panel_letters(words: Iterable[Word], letters: Collection[str]) -> list[tuple[float, float]]:
    """Places of panel letters among words: (x, y) of the middles of their left edges.

    Args:
        letters: Panel letters that the caption names.
    """
    places = []
    for word in words:
        match = _LETTER.match(word.text)
        if match is not None and match[1] in letters:
            places.append((float(word.box[0]), (word.box[1] + word.box[3]) / 2))
    return places


def _box(corners: NDArray[Any]) -> Box:
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)
