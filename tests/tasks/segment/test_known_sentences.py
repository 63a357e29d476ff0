"""A sentence is read as the wording of the training that it is nearest to, unless it may mean something else."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.tasks.segment.known_sentences import KnownSentences
from lexiscope.views.case_grid import CaseGrid

VECTORS = {
    "the kidney": [1.0, 0.0, 0.0],
    "renal organs": [0.8, 0.6, 0.0],
    "which pixels belong to the kidney?": [0.9, 0.0, 0.436],  # near the name alone
    "the left kidney": [0.98, 0.199, 0.0],
    "the spleen": [0.6, 0.0, 0.8],  # nearer to what training asked for in vain
    "bright, on the left side": [0.0, 1.0, 0.0],
    "a balloon": [0.0, 0.0, 1.0],
}
FOREIGN, INSTRUCTIONS = np.array([[0.5, 0.0, 0.866]], np.float32), np.array([[0.0, 1.0, 0.0]], np.float32)


@pytest.fixture
def content() -> SegmenterContent:
    segmenter: Any = SimpleNamespace(embed=lambda texts: torch.tensor([VECTORS[text] for text in texts]))
    structures = {"kidney": Structure(("the kidney", "renal organs"))}
    grid = CaseGrid(channels={"ct": 1})
    return SegmenterContent(segmenter, grid, (16, 16), structures, instructions=INSTRUCTIONS, foreign=FOREIGN)


@pytest.mark.parametrize(
    ("sentence", "wording"),
    [
        ("which pixels belong to the kidney?", "the kidney"),
        ("the kidney", None),  # a wording itself
        ("the left kidney", None),  # tells a place that no wording tells
        ("the spleen", None),
        ("bright, on the left side", None),  # an instruction
        ("a balloon", None),  # far from everything
    ],
)
def test_a_sentence_is_taken_for_the_nearest_wording(content: SegmenterContent, sentence: str, wording: str) -> None:
    known = KnownSentences.of(content)
    (read,) = known.read([sentence])
    assert read.wording == wording
    assert read.asked.tolist() == pytest.approx(VECTORS[wording or sentence])
    assert read.own.tolist() == pytest.approx(VECTORS[sentence])


def test_a_sentence_that_is_taken_for_a_name_tells_no_place_and_keeps_its_own_distance(
    content: SegmenterContent,
) -> None:
    known = KnownSentences.of(content)
    (read,) = known.read(["which pixels belong to the kidney?"])
    assert known.placeless(torch.stack([read.asked, read.own])).tolist() == [True, False]
    assert known.nearest(read.asked) == ("kidney", 0.0)
    assert known.distance(read) == pytest.approx(0.1, abs=1e-3)


def test_a_model_that_does_not_know_what_else_it_was_asked_takes_every_sentence_as_it_is(
    content: SegmenterContent,
) -> None:
    (read,) = KnownSentences.of(replace(content, foreign=None)).read(["which pixels belong to the kidney?"])
    assert read.wording is None
    assert torch.equal(read.asked, read.own)


def test_a_sentence_written_about_one_structure_is_never_read_as_a_wording_of_another(
    content: SegmenterContent,
) -> None:
    sentence = "which pixels belong to the kidney?"
    known = KnownSentences.of(content)
    (other,), (same,) = known.read([sentence], {sentence: "liver"}), known.read([sentence], {sentence: "kidney"})
    assert (other.wording, same.wording) == (None, "the kidney")
