"""Compound figures cut into panels: composed ones with known boxes, and real ones whose boxes were drawn by hand.

    python bench/panels.py [--data FOLDER] [--figures 200] [--seed 0]

A figure is cut right when there are as many panels as there should be and each overlaps its own by IoU >= 0.7. Composed
figures put real single images (micrographs, nuclei, textbook figures) into rows with varied gutters, labels, sizes and
JPEG qualities. Of the real figures, `data/panel_boxes.json` holds two samples: boxes "drawn" by hand on a grid, among
them every figure whose cut looked wrong, and the others, whose cuts were "checked" by eye; both together are all the
compound figures that papers_cc_by holds whole. Their captions tell the number of panels. With `--ocr` the letters of
the drawn ones that gutters alone cut wrongly are read too.
"""

import argparse
import io
import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from lexiscope.sources.papers.figures.panels import Box, split_panels
from lexiscope.sources.papers.figures.subcaptions import split_caption
from lexiscope.sources.papers.figures.words import ReadWords, panel_letters, word_reader

_DATA = Path(__file__).parent / "data"
_TARGET = 0.8
_GOOD = 0.7
_PARTS = re.compile(
    r"\([a-zA-Z]\)|\b(?:left|right|top|bottom|panels?|images|two|three|both|various|types)\b", re.IGNORECASE
)
_SETS = ("materials_sem_seg/images", "nuclei_dsb2018/images", "openstax_figures/images")


@dataclass(frozen=True)
class Composed:
    """A made compound figure and the boxes of its panels, row after row."""

    pixels: NDArray[np.uint8]
    boxes: tuple[Box, ...]


def main() -> None:
    """Score both samples; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--figures", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--ocr", action="store_true", help="read panel letters where gutters alone were wrong")
    asked = options.parse_args()
    files = single_images(asked.data)
    right, panels, seconds = 0, [], 0.0
    for number in range(asked.figures):
        made = compose(files, np.random.default_rng([asked.seed, number]))
        start = time.perf_counter()
        found = split_panels(made.pixels, count=len(made.boxes)).boxes
        seconds += time.perf_counter() - start
        scores = overlaps(found, made.boxes)
        panels += scores
        right += min(scores) >= _GOOD
    read = word_reader() if asked.ocr else None
    samples = json.loads((_DATA / "panel_boxes.json").read_text())
    drawn, missed = _real(asked.data / "papers_cc_by", samples["drawn"], read)
    checked, _ = _real(asked.data / "papers_cc_by", samples["checked"], None)
    result = {
        "name": "panels",
        "composed": asked.figures,
        "composed_right": round(right / asked.figures, 4),
        "composed_panels_right": round(float(np.mean([score >= _GOOD for score in panels])), 4),
        "ms_a_figure": round(1000 * seconds / asked.figures, 1),
        "real_drawn": len(drawn),
        "real_drawn_right": round(float(np.mean(drawn)), 4),
        "real": len(drawn + checked),
        "real_right": round(float(np.mean(drawn + checked)), 4),
        "missed": missed,
        "target": _TARGET,
    }
    print(json.dumps(result))


def single_images(root: Path) -> dict[str, list[Path]]:
    """Images by set; of the textbook figures those whose captions name no parts."""
    files = {name: sorted((root / name).rglob("*.*g")) for name in _SETS}
    pairs = map(json.loads, (root / "openstax_figures" / "pairs.jsonl").read_text().splitlines())
    captions = {Path(pair["image"]).name: pair["caption"] for pair in pairs}
    files[_SETS[-1]] = [file for file in files[_SETS[-1]] if not _PARTS.search(captions.get(file.name, "(a)"))]
    return files


def compose(files: dict[str, list[Path]], chance: np.random.Generator) -> Composed:
    """A figure of 2 to 9 panels in rows of one height."""
    name = list(files)[chance.integers(len(files))]
    counts = [int(chance.integers(1, 5)) for _ in range(chance.integers(1, 4))]
    if sum(counts) < 2:
        counts = [2]
    gutter, width = int(chance.integers(3, 31)), int(chance.integers(500, 1400))
    style = ("none", "inside", "boxed", "above", "below")[chance.integers(5)]
    size = int(chance.integers(14, 30))
    strip = size + 8 if style in ("above", "below") else 0
    rows, top, boxes = [], gutter, []
    for count in counts:
        images = [_image(files[name], chance) for _ in range(count)]
        ratios = [image.width / image.height for image in images]
        height = int((width - gutter * (count + 1)) / sum(ratios))
        height = min(height, width)
        left, y = gutter, top + (strip if style == "above" else 0)
        for image, ratio in zip(images, ratios, strict=True):
            wide = int(height * ratio)
            rows.append((image.resize((wide, height)), left, y))
            boxes.append((left, y, left + wide, y + height))
            left += wide + gutter
        top += height + strip + gutter
    sheet = Pillow.new("RGB", (width, top), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=size)
    for (image, left, y), letter in zip(rows, "abcdefghijkl", strict=False):
        sheet.paste(image, (left, y))
        _label(draw, f"({letter})", (left, y, left + image.width, y + image.height), style=style, font=font, size=size)
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=int(chance.integers(70, 96)))
    return Composed(np.asarray(Pillow.open(stream)), tuple(boxes))


def overlaps(found: Sequence[Box], truth: Sequence[Box]) -> list[float]:
    """For each true panel the best IoU with a found one; zeros when their numbers differ."""
    if len(found) != len(truth):
        return [0.0] * len(truth)
    return [max(_iou(box, other) for other in found) for box in truth]


def _image(files: list[Path], chance: np.random.Generator) -> Pillow.Image:
    while True:
        image = Pillow.open(files[chance.integers(len(files))]).convert("RGB")
        if 0.4 < image.width / image.height < 2.5:
            image.thumbnail((900, 900))
            return image


def _label(
    draw: ImageDraw.ImageDraw, words: str, box: Box, *, style: str, font: ImageFont.FreeTypeFont, size: int
) -> None:
    left, top, right, bottom = box
    if style == "boxed":
        draw.rectangle((left, top, left + 2 * size, top + size + 6), fill="white")
    if style in ("inside", "boxed"):
        draw.text((left + 4, top + 2), words, fill="black" if style == "boxed" else "yellow", font=font)
    if style == "above":
        draw.text((left, top - size - 6), words, fill="black", font=font)
    if style == "below":
        draw.text(((left + right) // 2 - size, bottom + 2), words, fill="black", font=font)


def _real(root: Path, sample: dict[str, dict[str, list[Box]]], read: ReadWords | None) -> tuple[list[bool], list[str]]:
    right, missed = [], []
    for paper, figures in sample.items():
        known = {
            figure["label"]: figure for figure in json.loads((root / paper / "figures.json").read_text())["figures"]
        }
        for label, boxes in figures.items():
            figure = known[label]
            pixels = np.asarray(Pillow.open(root / paper / figure["image"]).convert("RGB"))
            letters = split_caption(figure["caption"]).letters
            found = split_panels(pixels, count=len(letters)).boxes
            if read is not None and min(overlaps(found, boxes)) < _GOOD:
                places = panel_letters(read(pixels), letters)
                found = split_panels(pixels, count=len(letters), letters=places).boxes
            right.append(min(overlaps(found, boxes)) >= _GOOD)
            missed += [] if right[-1] else [f"{paper} {label}"]
    return right, missed


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


if __name__ == "__main__":
    main()
