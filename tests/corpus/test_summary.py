"""Counts of a corpus, by hand."""

import numpy as np

from lexiscope.core import Case, Image, Passage, Provenance, Turn
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.rejections import log_rejections
from lexiscope.corpus.summary import summarise
from lexiscope.sources import Rejected
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, png


def image(modality):
    return Image("a" * 64, modality, "png", (4, 4))


def test_everything_is_counted(tmp_path):
    corpus = Corpus.create(tmp_path / "corpus")
    both = {"t1": image("t1"), "flair": image("flair")}
    caption, column = Passage("caption", "A pore."), Passage("caption", "B.", column="notes")
    turn = Turn("Open?", "yes", "closed")
    corpus.upsert(
        [
            Case("a", "p1", Provenance("table", "CC0-1.0"), images=both, texts=(caption, column), split="train"),
            Case("b", "p1", Provenance("table", "CC0-1.0"), images={"t1": image("t1")}, turns=(turn,), split="train"),
            Case("c", "p2", Provenance("table"), masks={"pore": image("pore")}, attributes={"age": 3, "sex": "F"}),
        ]
    )
    with log_rejections(corpus.path, "table") as rejections:
        rejections.add(Rejected("a.csv:3", "no image", "name one"))
    summary = summarise(corpus).to_dict()
    assert summary.pop("version") == corpus.version
    assert summary == {
        "cases": 3,
        "groups": 2,
        "images": {"flair": 1, "t1": 2},
        "missing": {"flair": 1},
        "patterns": {"flair+t1": 1, "none": 1, "t1": 1},
        "without_image": 1,
        "masks": {"pore": 1},
        "structures": {"pore": {"present": 0, "absent": 0, "not annotated": 2, "not counted": 1}},
        "texts": {"caption": 2},
        "text_columns": {"caption": 1, "notes": 1},
        "turns": {"closed": 1},
        "splits": {"train": {"cases": 2, "groups": 1}, "unsplit": {"cases": 1, "groups": 1}},
        "licences": {"CC0-1.0": 2, "unknown": 1},
        "attributes": {"age": 1, "sex": 1},
        "rejected": 1,
        "unread": 0,
    }


def test_structures_are_present_absent_or_not_annotated(tmp_path):
    blank, pore = np.zeros((64, 64), np.uint8), np.eye(64, dtype=np.uint8)
    drafts = [
        draft("a", masks={"pore": png(pore), "crack": png(blank)}),
        draft("b", masks={"pore": png(blank)}),
        draft("c"),
    ]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    corpus = Corpus.open(tmp_path / "corpus")
    assert summarise(corpus).structures == {
        "crack": {"present": 0, "absent": 1, "not annotated": 2},
        "pore": {"present": 1, "absent": 1, "not annotated": 1},
    }
    assert [corpus["a"].masks[name].marked for name in ("pore", "crack")] == [64, 0]
    assert corpus["a"].images["sem"].marked is None


def test_an_empty_corpus_is_counted_too(tmp_path):
    summary = summarise(Corpus.create(tmp_path / "corpus"))
    assert (summary.cases, summary.groups, summary.images, summary.rejected) == (0, 0, {}, 0)
