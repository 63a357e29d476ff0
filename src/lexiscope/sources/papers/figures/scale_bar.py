"""The scale bar of a micrograph -> nanometres a pixel, with a confidence; a reason where bar or label leave a doubt.

Own definition: the label is read as words ("2 µm", "500nm"); its own brightness tells the bar's; the bar is a run of
that brightness beside, above or below the label, the same over all its rows and ended by something else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.papers.figures.panels import Box
from lexiscope.sources.papers.figures.words import ReadWords, Word

_Edged: TypeAlias = tuple[Box, float]  # a box, and the share of its outline that stands out

UNSURE = "no spacing from a scale bar"

_UNITS = {"nm": 1.0, "um": 1e3, "mm": 1e6, "cm": 1e7, "å": 0.1}
_LABEL = re.compile(r"[\W_]*(\d{1,4}(?:[.,]\d{1,3})?)\s*(nm|[uµμp]\s?m|mm|cm|Å)[\W_]*", re.IGNORECASE)
_AROUND = 3.5  # label heights up and down within which its bar lies
_NEAR = 42  # grey values by which a bar may differ from its label
_OFF = 30  # grey values by which what surrounds a bar must differ from it
_SHORTEST = 16  # pixels; the ends of a shorter bar cannot be told to 5 %
_LEAST_LABEL = 0.45  # label widths; a bar is no shorter
_LONGEST = 0.8  # share of the picture's width
_THICKEST = 0.9  # label heights
_FLAT = 5.0  # a bar is this many times longer than high
_ENCLOSED = 0.75  # share of a bar's edge that must border on something else
_EVEN = 9.0  # standard deviation of grey values along a bar
_RIVAL = 0.6  # share of the longest candidate's length from which another is a rival
_ENLARGED = 1600  # pixels of a side up to which a picture is read twice as large
_SAME = 0.04  # relative difference of two lengths, or two scales, that agree
_LEAST = 0.5  # confidence


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A scale bar that was read.

    Args:
        nm_per_pixel: Length of a pixel in nanometres.
        confidence: Confidence from 0 to 1: how surely the label was read, times how cleanly the bar stands out.
        length_px: Length of the bar in pixels, to a part of a pixel.
        label_nm: Length that the label states, in nanometres.
        box: Box around the bar, in pixels.
    """

    nm_per_pixel: float
    confidence: float
    length_px: float
    label_nm: float
    box: Box


@dataclass(frozen=True, slots=True)
class ScaleBarReading:
    """Scale bar of a picture, or the reason why there is none to be sure of.

    Args:
        bar: Scale bar; None where there is none to be sure of.
        reason: Reason for that; empty when there is a bar.
    """

    bar: ScaleBar | None
    reason: str = ""


def read_labels(pixels: NDArray[np.uint8], *, read: ReadWords) -> list[Word]:
    """The words of a picture; where none states a length, those of its lower and upper part read twice as large."""
    words = joined(read(pixels))
    height, width = pixels.shape[:2]
    if any(label_length(word.text) is not None for word in words) or max(height, width) > _ENLARGED:
        return words
    for top, bottom in ((int(0.65 * height), height), (0, int(0.35 * height))):
        part = np.ascontiguousarray(pixels[top:bottom].repeat(2, axis=0).repeat(2, axis=1))
        for word in joined(read(part)):
            left, upper, right, lower = word.box
            box = (left // 2, upper // 2 + top, (right + 1) // 2, (lower + 1) // 2 + top)
            words.append(Word(word.text, box, word.confidence))
    return words


def joined(words: Iterable[Word]) -> list[Word]:
    """Words with those beside each other on one band as one, so that "200" and "µm" are a label.

    Example:
        >>> [word.text for word in joined([Word("µm", (42, 1, 60, 20), 0.8), Word("200", (0, 0, 38, 20), 0.9)])]
        ['200 µm']
    """
    done: list[Word] = []
    for word in sorted(words, key=lambda word: word.box[0]):
        last = next((other for other in done if _continues(other.box, word.box)), None)
        if last is None:
            done.append(word)
            continue
        done.remove(last)
        box = (last.box[0], min(last.box[1], word.box[1]), word.box[2], max(last.box[3], word.box[3]))
        done.append(Word(f"{last.text} {word.text}", box, min(last.confidence, word.confidence)))
    return done


def _continues(last: Box, box: Box) -> bool:
    high = min(last[3] - last[1], box[3] - box[1])
    shared = min(last[3], box[3]) - max(last[1], box[1])
    return shared >= 0.6 * high and -0.5 * high <= box[0] - last[2] <= 0.8 * high


def scale_bar(pixels: NDArray[np.uint8], *, words: Iterable[Word]) -> ScaleBarReading:
    """Find the scale bar of a picture.

    Args:
        pixels: (y, x, 3) or (y, x).
        words: Words that were read in the picture, by `words.word_reader` or any other reader.
    """
    grey = pixels.mean(axis=-1) if pixels.ndim == 3 else pixels.astype(np.float64)
    labels = [(word, length) for word in words if (length := label_length(word.text)) is not None]
    if not labels:
        return ScaleBarReading(None, "no label with a length was read")
    bars = [bar for word, length in labels if (bar := _best(list(_bars(grey, word, length)))) is not None]
    if not bars:
        return ScaleBarReading(None, "no bar was surely found beside the label")
    best = max(bars, key=lambda bar: bar.confidence)
    if any(abs(bar.nm_per_pixel / best.nm_per_pixel - 1) > _SAME for bar in bars):
        return ScaleBarReading(None, "bars and labels give different scales")
    if best.confidence < _LEAST:
        return ScaleBarReading(None, f"the confidence is only {best.confidence:.2f}")
    return ScaleBarReading(best)


def label_length(text: str) -> float | None:
    """The length that a label states, in nanometres; None when it states something else.

    Readers take the Greek mu for u or p; nobody draws bars of picometres.

    Example:
        >>> label_length("2 µm"), label_length("500nm"), label_length("WD 5 mm")
        (2000.0, 500.0, None)
    """
    match = _LABEL.fullmatch(text.strip())
    if match is None:
        return None
    unit = re.sub(r"\s", "", match[2].lower())
    unit = "um" if unit[0] in "uµμp" else unit
    value = float(match[1].replace(",", "."))
    return value * _UNITS[unit] if value > 0 else None


def reconciled(bar: ScaleBar | None, *, known_nm: float | None) -> tuple[float | None, str]:
    """The spacing to keep, in nanometres a pixel, and the step that says why; what the file states goes first.

    Example:
        >>> bar = ScaleBar(nm_per_pixel=10.0, confidence=0.9, length_px=100.0, label_nm=1000.0, box=(0, 0, 100, 4))
        >>> reconciled(bar, known_nm=None)
        (10.0, 'scale bar: 1000 nm over 100.0 pixels, confidence 0.90')
    """
    if bar is None:
        return known_nm, UNSURE
    read = f"scale bar: {bar.label_nm:g} nm over {bar.length_px:.1f} pixels, confidence {bar.confidence:.2f}"
    if known_nm is None:
        return bar.nm_per_pixel, read
    agrees = abs(bar.nm_per_pixel / known_nm - 1) <= 2 * _SAME
    return known_nm, f"{read}; {'agrees with' if agrees else 'contradicts'} the {known_nm:g} nm that the file states"


def _best(bars: list[ScaleBar]) -> ScaleBar | None:
    """The longest bar, if the others are much shorter: texture is full of short ones, and two long ones are a doubt."""
    if not bars:
        return None
    best = max(bars, key=lambda bar: bar.length_px)
    rivals = [bar for bar in bars if bar.length_px > _RIVAL * best.length_px]
    same = all(abs(bar.length_px / best.length_px - 1) <= _SAME for bar in rivals)
    return max(rivals, key=lambda bar: bar.confidence) if same else None


def _bars(grey: NDArray[np.float64], word: Word, length: float) -> Iterator[ScaleBar]:
    """Bars near a label, those that continue each other left and right of it as one."""
    left, top, right, bottom = word.box
    high = bottom - top
    upper, lower = max(0, int(top - _AROUND * high)), min(len(grey), int(bottom + _AROUND * high))
    tone = _tone(grey[top:bottom, left:right])
    view = grey[upper:lower]
    boxes = [
        (start, y + upper, stop, end + upper)
        for start, y, stop, end in _rectangles(np.abs(view - tone) <= _NEAR, most=_THICKEST * high)
    ]
    solid = [
        (box, edge)
        for box in boxes
        if _beside(box, word.box) and _is_even(grey, box) and (edge := _edge(grey, box, tone)) >= _ENCLOSED
    ]
    for box, edge in _joined_around(solid, word.box):
        pixels = _length(grey, box, tone)
        if max(_SHORTEST, _LEAST_LABEL * (right - left)) <= pixels <= _LONGEST * grey.shape[1]:
            yield ScaleBar(length / pixels, round(word.confidence * edge, 3), round(pixels, 2), length, box)


def _tone(label: NDArray[np.float64]) -> float:
    """Brightness of letters: the rarer side of Otsu's threshold over the label's box."""
    values = np.sort(label.ravel())
    if len(values) < 4:
        return float(values.mean()) if len(values) else 0.0
    sums = np.cumsum(values)
    counts = np.arange(1, len(values))
    low, high = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (len(values) - counts)
    split = int(np.argmax(counts * (len(values) - counts) * (high - low) ** 2))
    rare_is_low = split + 1 < len(values) / 2
    rare = values[: split + 1] if rare_is_low else values[split + 1 :]
    return float(np.percentile(rare, 15 if rare_is_low else 85))  # of the letters' middle, not of their soft edges


def _rectangles(mask: NDArray[np.bool_], *, most: float) -> Iterator[Box]:
    """Flat boxes that are full of `mask`: runs that begin and end alike, row under row, at most `most` rows."""
    open_runs: dict[tuple[int, int], int] = {}
    for y in range(len(mask) + 1):
        runs = _long_runs(mask[y : y + 1].ravel())  # none after the last row
        matched: dict[tuple[int, int], int] = {}
        for run in runs:
            known = next((old for old in open_runs if abs(old[0] - run[0]) <= 2 and abs(old[1] - run[1]) <= 2), None)
            matched[known or run] = open_runs.pop(known) if known else y
        for (start, stop), first in open_runs.items():
            if y - first <= max(2.0, most) and stop - start >= _FLAT * (y - first):
                yield start, first, stop, y
        open_runs = matched


def _long_runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= _SHORTEST // 2]


def _edge(grey: NDArray[np.float64], box: Box, tone: float) -> float:
    """Share of a box's outline, two pixels out, that is not of its brightness."""
    left, top, right, bottom = box
    height, width = grey.shape
    ring = [grey[row, left:right] for row in (top - 3, bottom + 2) if 0 <= row < height]
    ring += [grey[top:bottom, column] for column in (left - 3, right + 2) if 0 <= column < width]
    sides = [float((np.abs(values - tone) >= _OFF).mean()) for values in ring if values.size]
    return min(sides, default=0.0)


def _beside(box: Box, label: Box) -> bool:
    """True when a bar stands over or under a label, not far from its middle, or on a level with it right beside."""
    high = label[3] - label[1]
    long = box[2] - box[0]
    off = abs((box[0] + box[2]) - (label[0] + label[2])) / 2
    level = box[1] < label[3] and box[3] > label[1]
    apart = max(label[0] - box[2], box[0] - label[2], 0)
    return apart <= 2 * high if level else off <= 0.5 * max(long, label[2] - label[0]) + high


def _is_even(grey: NDArray[np.float64], box: Box) -> bool:
    """True when a bar is of one brightness along its middle row."""
    row = grey[(box[1] + box[3]) // 2, box[0] + 2 : box[2] - 2]
    return row.size > 0 and float(row.std()) <= _EVEN


def _joined_around(bars: Sequence[_Edged], label: Box) -> Iterator[_Edged]:
    """Bars as they are, and the two halves of one that its label interrupts ("|--- 2 µm ---|") as one."""
    pairs = _halves(bars, label)
    for (left, edge), (right, other_edge) in pairs:
        yield (left[0], left[1], right[2], left[3]), min(edge, other_edge)
    used = set(map(id, chain.from_iterable(pairs)))
    yield from (item for item in bars if id(item) not in used)


def _halves(bars: Sequence[_Edged], label: Box) -> list[tuple[_Edged, _Edged]]:
    """Bars left and right of a label, on a level with it, that are about as long as each other."""
    level = [item for item in bars if label[1] <= item[0][1] <= label[3]]
    lefts = [item for item in level if item[0][2] <= label[0] + 2]
    rights = [item for item in level if item[0][0] >= label[2] - 2]
    return [pair for pair in product(lefts, rights) if _are_halves(pair[0][0], pair[1][0])]


def _are_halves(left: Box, right: Box) -> bool:
    first, second = left[2] - left[0], right[2] - right[0]
    return left[1] == right[1] and abs(first - second) <= 0.25 * max(first, second)


def _length(grey: NDArray[np.float64], box: Box, tone: float) -> float:
    """Between the places where a bar's brightness falls half-way to that of its surroundings, in parts of a pixel."""
    left, top, right, bottom = box
    profile = grey[top:bottom].mean(axis=0)
    return float(_end(profile, right - 1, 1, tone) - _end(profile, left, -1, tone))


def _end(profile: NDArray[np.float64], start: int, step: int, tone: float) -> float:
    outside = min(max(start + 4 * step, 0), len(profile) - 1)
    half = (tone + profile[outside]) / 2
    place = start
    while 0 <= place + step < len(profile) and abs(place - start) < 4:
        now, then = profile[place], profile[place + step]
        if (now - half) * (then - half) <= 0 and now != then:
            return place + 0.5 + step * (now - half) / (now - then)
        place += step
    return place + 0.5 + 0.5 * step
