"""`draw_bar`: the scale bar of a micrograph and its label, burnt into the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

_OVERSAMPLING = 8  # times as many pixels while the bar is drawn, so that it ends on parts of a pixel
_STRIP = 30  # pixels of a data bar
_MARGIN = 7
_MU = "µ", "μ"  # the micro sign and the Greek letter; Pillow's own typeface has neither


@dataclass(frozen=True, slots=True)
class Bar:
    """Scale bar as it was drawn.

    Args:
        box: Left, top, right and bottom edge of the bar in pixels.
        label: Words beside the bar, such as "2 µm".
    """

    box: tuple[float, float, float, float]
    label: str


def draw_bar(
    pixels: NDArray[np.uint8], *, nm: float, nm_per_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Bar]:
    """Draw a scale bar in a random corner, plain, on a box or in a data bar below the picture.

    Args:
        pixels: (y, x) grey picture.
        nm: Length that the bar stands for, in nanometres.
        nm_per_px: Length of a pixel in nanometres.
        rng: Source of place and style.
    """
    picture = Pillow.fromarray(pixels)
    label, font = _label(nm, rng), _font(int(rng.integers(15, 22)))
    length, thick = nm / nm_per_px, float(rng.integers(3, 6))
    wide, high = _text_size(label, font)
    style = str(rng.choice(["plain", "box", "strip"], p=[0.3, 0.3, 0.4]))
    white = bool(rng.random() < 0.65)
    paper, ink = (0, 255) if white else (255, 0)
    pen = ImageDraw.Draw(picture)
    if style == "strip":
        top = float(picture.height - _STRIP)
        pen.rectangle((0, top, picture.width, picture.height), fill=paper)
        left = _MARGIN if rng.random() < 0.5 else picture.width - length - wide - 3 * _MARGIN
        text = (left + length + _MARGIN, top + (_STRIP - high) / 2)
        box = (left, top + (_STRIP - thick) / 2, left + length, top + (_STRIP + thick) / 2)
    else:
        block = (max(length, wide), high + thick + 5)
        left = _MARGIN if rng.random() < 0.5 else picture.width - block[0] - _MARGIN
        top = picture.height - block[1] - _MARGIN if rng.random() < 0.8 else float(_MARGIN)
        if style == "box":
            pen.rectangle((left - 5, top - 5, left + block[0] + 5, top + block[1] + 5), fill=paper)
        else:
            behind = pixels[int(top) : int(top + block[1]), max(0, int(left)) : int(left + block[0])]
            ink = 255 if behind.mean() < 128 else 0
        middle = left + block[0] / 2
        text = (middle - wide / 2, top)
        box = (middle - length / 2, top + high + 5, middle + length / 2, top + block[1])
    _write(picture, text, label, font, ink)
    _paste(picture, box, ink)
    return np.asarray(picture), Bar(box, label)


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The typeface inside Pillow, so that a bar looks the same on every machine."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _label(nm: float, rng: np.random.Generator) -> str:
    value, units = (f"{nm:g}", ("nm",)) if nm < 1e3 else (f"{nm / 1e3:g}", (*_MU, "u"))
    unit = str(rng.choice(units))
    return f"{value}{rng.choice(['', ' '])}{unit if unit == 'nm' else unit + 'm'}"


def _text_size(label: str, font: ImageFont.FreeTypeFont) -> tuple[float, float]:
    left, top, right, bottom = font.getbbox(_latin(label))
    return right - left, bottom - top


def _latin(label: str) -> str:
    return label.replace(_MU[0], "u").replace(_MU[1], "u")


def _write(picture: Pillow.Image, at: tuple[float, float], label: str, font: ImageFont.FreeTypeFont, ink: int) -> None:
    """The label; a mu is a u whose left stem goes below the line."""
    pen, drawn = ImageDraw.Draw(picture), _latin(label)
    x, y = at[0], at[1] - font.getbbox(drawn)[1]
    pen.text((x, y), drawn, fill=ink, font=font)
    place = next((place for place, letter in enumerate(label) if letter in _MU), None)
    if place is not None:
        stem = font.getmask("l").getbbox()
        left = x + font.getlength(drawn[:place]) + font.getbbox("u")[0] + 1
        foot = y + font.getbbox("u")[3]
        thick = max(1, stem[2] - stem[0] - 1) if stem else 2
        pen.rectangle((left, y + font.getbbox("u")[1] + 1, left + thick - 1, foot + 0.22 * font.size), fill=ink)


def _paste(picture: Pillow.Image, box: tuple[float, float, float, float], ink: int) -> None:
    left, top, right, bottom = (int(box[0]) - 1, int(box[1]) - 1, int(box[2]) + 3, int(box[3]) + 3)
    mask = Pillow.new("L", ((right - left) * _OVERSAMPLING, (bottom - top) * _OVERSAMPLING))
    x0, y0, x1, y1 = ((value - start) * _OVERSAMPLING for value, start in zip(box, (left, top, left, top), strict=True))
    ImageDraw.Draw(mask).rectangle((round(x0), round(y0), round(x1) - 1, round(y1) - 1), fill=255)
    picture.paste(ink, (left, top), mask.resize((right - left, bottom - top), Pillow.Resampling.BOX))
