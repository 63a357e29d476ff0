import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from lexiscope.sources.papers.figures.scale_bar import (
    ScaleBar,
    joined,
    label_length,
    read_labels,
    reconciled,
    scale_bar,
)
from lexiscope.sources.papers.figures.words import Word

MICRO = 1000.0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2 µm", 2 * MICRO),
        ("2 μm", 2 * MICRO),
        ("500nm", 500.0),
        ("0.5 um", 500.0),
        ("0,5 µm", 500.0),
        ("5pm", 5 * MICRO),
        ("10 mm", 1e7),
        ("|— 20 µm —|", 20 * MICRO),
        ("5 Å", 0.5),
        ("WD 5 mm", None),
        ("0 nm", None),
        ("5 kV", None),
        ("nm", None),
        ("", None),
    ],
)
def test_labels(text, length):
    assert label_length(text) == (None if length is None else pytest.approx(length))


def micrograph(bars, words="50 µm", *, box=False, ink=255):
    """Noise, bars, and a label under the first; gives the pixels and the label as a reader would."""
    grey = np.random.default_rng(0).integers(60, 160, (300, 400)).astype(np.uint8)
    picture = Pillow.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=20)
    if box:
        draw.rectangle((5, 200, 395, 295), fill=(255 - ink,) * 3)
    for left, top, right, bottom in bars:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=(ink,) * 3)
    left, top, right, _ = bars[0] if bars else (200, 230, 260, 236)
    middle = (left + right) // 2
    extent = draw.textbbox((middle - 25, top + 14), words, font=font)
    draw.text((middle - 25, top + 14), words, fill=(ink,) * 3, font=font)
    return np.asarray(picture), Word(words, tuple(map(int, extent)), 0.9)


@pytest.mark.parametrize("box", [False, True])
@pytest.mark.parametrize("ink", [255, 0])
def test_nanometres_a_pixel(box, ink):
    pixels, label = micrograph([(240, 230, 360, 236)], box=box, ink=ink)
    found = scale_bar(pixels, words=[label]).bar
    assert found.nm_per_pixel == pytest.approx(50 * MICRO / 120, rel=0.01)
    assert 0.8 < found.confidence <= 0.9


def test_a_bar_that_its_label_interrupts_counts_whole():
    pixels, label = micrograph([], box=True, ink=0)
    left, top, right, bottom = label.box
    middle = (top + bottom) // 2
    pixels = pixels.copy()
    pixels[middle : middle + 3, left - 60 : left - 6] = 0
    pixels[middle : middle + 3, right + 6 : right + 60] = 0
    found = scale_bar(pixels, words=[label]).bar
    assert found.length_px == pytest.approx(right - left + 120, abs=1.5)


def test_doubts_give_a_reason_and_no_scale():
    pixels, label = micrograph([(240, 230, 360, 236)])
    two = micrograph([(240, 230, 360, 236), (260, 215, 345, 221)])
    other = Word("20 µm", label.box, 0.9)
    for picture, words, reason in (
        (pixels, [], "no label"),
        (micrograph([])[0], [label], "no bar"),
        (two[0], [two[1]], "no bar was surely found"),
        (pixels, [Word(label.text, label.box, 0.2)], "confidence"),
        (pixels, [label, other], "different scales"),
    ):
        reading = scale_bar(picture, words=words)
        assert reading.bar is None
        assert reason in reading.reason


def test_what_the_file_states_goes_first():
    bar = ScaleBar(10.0, 0.9, 100.0, 1000.0, (0, 0, 1, 1))
    assert reconciled(bar, known_nm=None)[0] == 10.0
    assert reconciled(bar, known_nm=10.2) == (10.2, pytest.approx(reconciled(bar, known_nm=10.2)[1]))
    assert "agrees" in reconciled(bar, known_nm=10.2)[1]
    spacing, note = reconciled(bar, known_nm=20.0)
    assert spacing == 20.0
    assert "contradicts" in note


def test_pieces_of_a_label_are_joined_and_words_apart_are_not():
    words = [Word("µm", (42, 1, 60, 20), 0.8), Word("200", (0, 0, 38, 20), 0.9), Word("SEM", (200, 0, 240, 20), 1.0)]
    assert [(word.text, word.box, word.confidence) for word in joined(words)] == [
        ("200 µm", (0, 0, 60, 20), 0.8), ("SEM", (200, 0, 240, 20), 1.0)
    ]  # fmt: skip


def test_small_labels_are_read_again_twice_as_large():
    seen = []

    def read(pixels):
        seen.append(pixels.shape)
        return [Word("5 µm", (20, 30, 60, 50), 0.9)] if len(seen) == 2 else []

    (word,) = read_labels(np.zeros((100, 200, 3), np.uint8), read=read)
    assert seen[:2] == [(100, 200, 3), (70, 400, 3)]
    assert word.box == (10, 80, 30, 90)  # half as large again, below the 65 rows that were left out
