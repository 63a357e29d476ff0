"""A source that is read again: what it does not know of a case stays, as long as the case is what it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core import Passage, Turn
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import BuildReport, build_corpus
from lexiscope.corpus.mask_names import with_masks_named
from lexiscope.corpus.splits import split_corpus
from lexiscope.sources import Draft
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, picture, png

_SENTENCE = Passage("instruction", "Outline the bright spot.", "measured", "pore")
_OWN = Passage("instruction", "Outline what I see.", "human", "pore")
_TURN = Turn("Is there a pore?", "Yes", author="rules")


def _drafts() -> list[Draft]:
    mask = np.zeros((64, 64), np.uint8)
    mask[3:9, 5:20] = 255
    return [draft(f"a{n}", masks={"mask": png(mask)}) for n in range(12)]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Cases that were dealt splits, whose masks were named, and about which something was written."""
    build_corpus(tmp_path / "corpus", DraftSource(_drafts()))
    corpus = Corpus.open(tmp_path / "corpus")
    split_corpus(corpus)
    named = [with_masks_named(case, {"mask": "pore"}) for case in corpus]
    corpus.upsert(replace(case, texts=(*case.texts, _SENTENCE, _OWN), turns=(_TURN,)) for case in named)
    return corpus


def _again(corpus: Corpus, *drafts: Draft) -> BuildReport:
    report = build_corpus(corpus.path, DraftSource(drafts))
    corpus.refresh()
    return report


def test_a_case_that_says_what_it_said_keeps_all_that_was_made_of_it(corpus: Corpus) -> None:
    version, before = corpus.version, list(corpus)
    report = _again(corpus, *_drafts())
    assert (report.added, report.updated, report.unchanged, report.outdated) == (0, 0, 12, 0)
    assert list(corpus) == before
    assert corpus.version == version
    assert {case.split for case in before} == {"train", "val", "test"}


def test_new_cases_leave_the_splits_of_others_alone(corpus: Corpus) -> None:
    before = {case.id: case.split for case in corpus}
    report = _again(corpus, *_drafts(), draft("new"))
    assert (report.added, report.unsplit) == (1, 1)
    split_corpus(corpus)
    assert {case.id: case.split for case in corpus if case.id != "new"} == before
    assert corpus["new"].split


def test_a_case_that_says_something_else_keeps_its_split_and_its_names_and_loses_what_was_written(
    corpus: Corpus,
) -> None:
    first, *others = _drafts()
    split = corpus[first.id].split
    other = Passage("caption", "Quite another text.")
    report = _again(corpus, replace(first, texts=(other,)), *others)
    assert (report.updated, report.unchanged, report.outdated) == (1, 11, 1)
    case = corpus[first.id]
    assert case.split == split
    assert case.masks.keys() == {"pore"}
    assert case.texts == (other, _OWN)
    assert case.turns == ()


def test_a_case_of_another_group_is_dealt_anew(corpus: Corpus) -> None:
    first, *others = _drafts()
    report = _again(corpus, replace(first, group="elsewhere"), *others)
    assert corpus[first.id].split is None
    assert report.unsplit == 1


def test_a_split_that_the_source_names_counts(corpus: Corpus) -> None:
    drafts = _drafts()
    _again(corpus, *[replace(one, split="test") for one in drafts])
    assert {case.split for case in corpus} == {"test"}


def test_nothing_is_out_of_date_where_nothing_was_written(tmp_path: Path) -> None:
    build_corpus(tmp_path / "corpus", DraftSource([draft("a")]))
    changed = replace(draft("a"), images={"sem": png(picture(1))})
    report = build_corpus(tmp_path / "corpus", DraftSource([changed]))
    assert (report.updated, report.outdated, report.unsplit) == (1, 0, 0)


def test_masks_of_new_cases_are_told_by_the_name_that_others_lost(corpus: Corpus) -> None:
    drafts = _drafts()
    assert _again(corpus, *drafts).unnamed == {}
    assert _again(corpus, *drafts, replace(draft("new"), masks=drafts[0].masks)).unnamed == {"mask": "pore"}


def test_a_name_that_the_source_now_gives_itself_is_not_given_twice(corpus: Corpus) -> None:
    first, *_ = _drafts()
    both = replace(first, masks={**first.masks, "pore": png(np.eye(64, dtype=np.uint8))})
    _again(corpus, both)
    assert corpus[first.id].masks.keys() == {"mask", "pore"}
