"""Panel letters among words, and the box around slanted corners."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from lexiscope.core.errors import MissingExtraError
from lexiscope.sources.papers.figures.words import Word, panel_letters, word_reader


@pytest.mark.parametrize(
    ("text", "is_letter"), [("a", True), ("(b)", True), ("A.", False), ("a) grains", True), ("ab", False), ("c", False)]
)
def test_letters_are_those_that_the_caption_names(text, is_letter):
    found = panel_letters([Word(text, (10, 20, 30, 40), 0.9)], ["a", "b"])
    assert found == ([(10.0, 30.0)] if is_letter else [])


def engine(readings):
    module = ModuleType("rapidocr")
    module.RapidOCR = lambda: lambda pixels, use_cls: readings
    return module


def test_words_have_boxes_around_their_corners(monkeypatch):
    corners = [[1.4, 2.6], [9.2, 1.5], [9.9, 5.1], [1.2, 6.3]]
    readings = SimpleNamespace(boxes=[corners], txts=["2 µm"], scores=[0.75])
    monkeypatch.setitem(sys.modules, "rapidocr", engine(readings))
    assert word_reader()(np.zeros((8, 8, 3), np.uint8)) == [Word("2 µm", (1, 1, 10, 7), 0.75)]


def test_a_picture_without_words_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", engine(SimpleNamespace(boxes=None)))
    assert word_reader()(np.zeros((8, 8, 3), np.uint8)) == []


def test_without_the_package_the_install_line_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[ocr\]'"):
        word_reader()
