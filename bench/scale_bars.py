"""Scale bars read from simulated micrographs of known scale, and from real figures whose bars were measured by hand.

    python bench/scale_bars.py [--data FOLDER] [--pictures 80] [--seed 0]

Right means nanometres a pixel within 5 % of the truth; precision is right over read, recall right over pictures. One in
five simulated pictures has no bar or a label without one. Backgrounds are filtered noise and crops of real micrographs;
fonts, units, places, white and black bars, end caps, boxes behind them and JPEG quality vary. `data/scale_bars.json`
holds the real sample: panels of papers_cc_by, what their labels say and how long their bars are, read off the pixels.
Needs the extra `ocr`.
"""

import argparse
import io
import json
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from scipy import ndimage

from lexiscope.sources.papers.figures.scale_bar import ScaleBar, read_labels, scale_bar
from lexiscope.sources.papers.figures.words import word_reader

_DATA = Path(__file__).parent / "data"
_FONTS = Path("/usr/share/fonts")
_TARGET = {"precision": 0.9}
_RIGHT = 0.05
_LABELS = (("nm", 1.0), (" nm", 1.0), ("µm", 1e3), (" µm", 1e3), (" um", 1e3), ("μm", 1e3), (" mm", 1e6))
_VALUES = (1, 2, 5, 10, 20, 25, 50, 100, 150, 200, 500)


def main() -> None:
    """Score both samples; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--pictures", type=int, default=80)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--verbose", action="store_true")
    asked = options.parse_args()
    read = word_reader()
    micrographs = sorted((asked.data / "materials_sem_seg" / "images").glob("*.jpg"))
    simulated, start = [], time.perf_counter()
    for number in range(asked.pictures):
        pixels, truth = simulate(micrographs, np.random.default_rng([asked.seed, number]))
        simulated.append((scale_bar(pixels, words=read_labels(pixels, read=read)).bar, truth))
        if asked.verbose:
            print(number, truth, simulated[-1][0])
    seconds = time.perf_counter() - start
    real = []
    for item in json.loads((_DATA / "scale_bars.json").read_text()):
        picture = Pillow.open(asked.data / "papers_cc_by" / item["image"]).convert("RGB").crop(item["box"])
        pixels = np.asarray(picture)
        real.append((scale_bar(pixels, words=read_labels(pixels, read=read)).bar, item["label_nm"] / item["length_px"]))
        if asked.verbose:
            print(item["image"], item["box"], real[-1])
    print(
        json.dumps(
            {
                "name": "scale_bars",
                "simulated": _score(simulated),
                "real": _score(real),
                "s_a_picture": round(seconds / asked.pictures, 2),
                "target": _TARGET,
            }
        )
    )


def simulate(micrographs: list[Path], chance: np.random.Generator) -> tuple[NDArray[np.uint8], float | None]:
    """A micrograph with a scale bar, and its nanometres a pixel; None where there is no bar."""
    height, width = int(chance.integers(300, 700)), int(chance.integers(350, 900))
    picture = Pillow.fromarray(_background(micrographs, height, width, chance)).convert("RGB")
    unit, size = _LABELS[chance.integers(len(_LABELS))]
    value = _VALUES[chance.integers(len(_VALUES))]
    length = float(chance.uniform(0.08, 0.4) * width)
    font = _font(int(chance.integers(13, 34)), chance)
    white = bool(chance.random() < 0.6)
    no_bar = chance.random() < 0.2
    if not (no_bar and chance.random() < 0.5):
        _draw(picture, f"{value}{unit}", length=0.0 if no_bar else length, font=font, white=white, chance=chance)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=int(chance.integers(75, 97)))
    return np.asarray(Pillow.open(stream)), None if no_bar else value * size / length


def _draw(
    picture: Pillow.Image,
    words: str,
    *,
    length: float,
    font: ImageFont.FreeTypeFont,
    white: bool,
    chance: np.random.Generator,
) -> None:
    ink, paper = ((255, 255, 255), (0, 0, 0)) if white else ((0, 0, 0), (255, 255, 255))
    thick = float(chance.integers(3, 9))
    left, top, right, bottom = font.getbbox(words)
    wide, high = max(length, right - left) + 24, (bottom - top) + thick + 26
    x = float(chance.choice([8.0, picture.width - wide - 8.0]))
    y = float(chance.choice([8.0, picture.height - high - 8.0], p=[0.2, 0.8]))
    draw = ImageDraw.Draw(picture)
    if chance.random() < 0.5:
        draw.rectangle((x, y, x + wide, y + high), fill=paper)
    middle, above = x + wide / 2, chance.random() < 0.5
    text_y = y + 6 if above else y + thick + 14
    bar_y = y + (bottom - top) + 16 if above else y + 6
    draw.text((middle - (right - left) / 2 - left, text_y - top), words, fill=ink, font=font)
    if length:
        start = middle - length / 2
        _bar(picture, (start, bar_y, start + length, bar_y + thick), ink=ink, caps=chance.random() < 0.3)


def _bar(
    picture: Pillow.Image, box: tuple[float, float, float, float], *, ink: tuple[int, int, int], caps: bool
) -> None:
    """A bar with ends on parts of a pixel: drawn eight times as large and made smaller."""
    x0, y0, x1, y1 = box
    k, pad = 8, 8
    left, top = int(x0) - pad, int(y0) - pad
    size = (int(x1 - x0) + 2 * pad + 2, int(y1 - y0) + 2 * pad + 2)
    mask = Pillow.new("L", (size[0] * k, size[1] * k))
    draw = ImageDraw.Draw(mask)
    large = ((x0 - left) * k, (y0 - top) * k, (x1 - left) * k - 1, (y1 - top) * k - 1)
    draw.rectangle(large, fill=255)
    if caps:
        draw.rectangle((large[0], large[1] - 4 * k, large[0] + 2 * k, large[3] + 4 * k), fill=255)
        draw.rectangle((large[2] - 2 * k, large[1] - 4 * k, large[2], large[3] + 4 * k), fill=255)
    picture.paste(ink, (left, top), mask.resize(size, Pillow.Resampling.BOX))


def _background(micrographs: list[Path], height: int, width: int, chance: np.random.Generator) -> NDArray[np.uint8]:
    if chance.random() < 0.5:
        picture = Pillow.open(micrographs[chance.integers(len(micrographs))]).convert("L")
        return np.asarray(picture.resize((width, height)))
    noise = ndimage.gaussian_filter(chance.normal(size=(height, width)), float(chance.uniform(1, 12)))
    scaled = (noise - noise.min()) / (noise.max() - noise.min())
    low, high = sorted(chance.uniform(0, 255, size=2))
    return (low + scaled * max(high - low, 40)).clip(0, 255).astype(np.uint8)


def _font(size: int, chance: np.random.Generator) -> ImageFont.FreeTypeFont:
    files = sorted(_FONTS.rglob("*.ttf")) if _FONTS.is_dir() else []
    files = [file for file in files if file.stem.startswith(("DejaVuS", "Liberation")) and "Math" not in file.stem]
    return ImageFont.truetype(str(files[chance.integers(len(files))]), size) if files else ImageFont.load_default(size)


def _score(pairs: list[tuple[ScaleBar | None, float | None]]) -> dict[str, float | int]:
    with_bar = sum(truth is not None for _, truth in pairs)
    found = [(bar, truth) for bar, truth in pairs if bar is not None]
    right = sum(truth is not None and abs(bar.nm_per_pixel / truth - 1) <= _RIGHT for bar, truth in found)
    return {
        "pictures": len(pairs),
        "with_bar": with_bar,
        "read": len(found),
        "precision": round(right / max(1, len(found)), 4),
        "recall": round(right / max(1, with_bar), 4),
    }


if __name__ == "__main__":
    main()
