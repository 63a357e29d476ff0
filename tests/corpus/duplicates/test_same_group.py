"""A patient is known again by name and by image file."""

from dataclasses import replace
from pathlib import Path

from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups, groups_with
from lexiscope.testing import make_corpus


def with_twin(path: Path) -> Corpus:
    corpus = make_corpus(path, 6)
    corpus.upsert([replace(corpus["case-0000"], id="twin", group="elsewhere", split="test")])
    return corpus


def test_groups_that_hold_the_same_file_are_ones_own(tmp_path: Path) -> None:
    corpus = with_twin(tmp_path / "corpus")
    cases = corpus.take(["case-0000", "case-0001", "case-0002", "twin"])
    both = {"group-0000", "elsewhere"}
    assert excluded_groups(corpus, cases) == [both, {"group-0000"}, {"group-0001"}, both]


def test_cases_of_another_corpus_keep_their_own_name(tmp_path: Path) -> None:
    corpus, other = with_twin(tmp_path / "corpus"), make_corpus(tmp_path / "other", 2)
    stranger = replace(other["case-0000"], group="stranger")
    assert excluded_groups(corpus, [stranger]) == [
        {"stranger", "group-0000", "elsewhere"}
    ]  # the same picture, drawn again
    assert groups_with(corpus, [(), ["0" * 64]]) == [frozenset(), frozenset()]


def test_a_family_is_whole_however_its_groups_hang_together() -> None:
    own = [frozenset(groups) for groups in (["d"], ["c", "d"], ["a", "c"], ["b"], ["b", "e"], ["e"])]
    assert connected_groups(own) == ["a", "a", "a", "b", "b", "b"]
