"""Splits go by group, keep what looks or reads the same together, and depend on the seed alone."""

from collections import Counter
from pathlib import Path

import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.splits import split_corpus
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, jpeg, picture, png


def make(path: Path, drafts: list) -> Corpus:
    build_corpus(path, DraftSource(drafts))
    return Corpus.open(path)


def splits(corpus: Corpus) -> dict[str, str | None]:
    return {case.id: case.split for case in corpus}


def test_groups_stay_whole_and_fractions_are_met(tmp_path: Path) -> None:
    drafts = [draft(f"c{n:03d}", group=f"g{n // 3}", images={}) for n in range(300)]
    corpus = make(tmp_path / "one", drafts)
    report = split_corpus(corpus, seed=1)
    assert report.cases == {"train": 240, "val": 30, "test": 30}
    assert report.groups == {"train": 80, "val": 10, "test": 10}
    assert audit_corpus(corpus).ok
    assert len({(case.group, case.split) for case in corpus}) == 100


def test_seed_decides_and_order_does_not(tmp_path: Path) -> None:
    drafts = [draft(f"c{n}", images={}) for n in range(60)]
    found = []
    for place, (given, seed) in enumerate([(drafts, 0), (drafts[::-1], 0), (drafts, 1)]):
        corpus = make(tmp_path / str(place), given)
        split_corpus(corpus, fractions={"a": 0.5, "b": 0.5}, seed=seed)
        found.append((splits(corpus), corpus.version))
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_same_look_and_same_text_stay_together(tmp_path: Path) -> None:
    text = (Passage("report", "A crack runs from the notch to the weld toe."),)
    twins = [draft(f"png{n}", images={"sem": png(picture(n))}) for n in range(12)]
    twins += [draft(f"jpg{n}", images={"sem": jpeg(picture(n))}) for n in range(12)]
    twins += [draft(f"text{n}", texts=text) for n in range(2)]
    corpus = make(tmp_path / "corpus", twins)
    report = split_corpus(corpus, fractions={"train": 0.5, "test": 0.5})
    found = splits(corpus)
    assert report.joined == 26
    assert all(found[f"png{n}"] == found[f"jpg{n}"] for n in range(12))
    assert found["text0"] == found["text1"]
    assert audit_corpus(corpus).ok


def test_given_splits_are_kept_and_attract(tmp_path: Path) -> None:
    drafts = [
        draft("old", split="heldout", images={"sem": png(picture(1))}),
        draft("twin", images={"sem": jpeg(picture(1))}),
        draft("kin", group="group-old"),
        *(draft(f"new{n}") for n in range(10)),
    ]
    corpus = make(tmp_path / "corpus", drafts)
    split_corpus(corpus)
    found = splits(corpus)
    assert (found["old"], found["twin"], found["kin"]) == ("heldout", "heldout", "heldout")
    assert Counter(found.values()) == {"heldout": 3, "train": 8, "val": 1, "test": 1}
    before = corpus.version
    split_corpus(corpus, seed=9)
    assert corpus.version == before


def test_torn_groups_are_counted(tmp_path: Path) -> None:
    drafts = [draft("a", group="g", split="train"), draft("b", group="g", split="test")]
    assert split_corpus(make(tmp_path / "corpus", drafts)).conflicts == 1


@pytest.mark.parametrize("fractions", [{}, {"train": 0.5}, {"train": 1.2, "test": -0.2}])
def test_fractions_must_make_sense(tmp_path: Path, fractions: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="add up to 1"):
        split_corpus(make(tmp_path / "corpus", [draft("a")]), fractions=fractions)


def test_no_state_in_between_is_ever_committed(tmp_path: Path) -> None:
    """A process killed at any moment finds all cases with a split or none, so the next deal is the first one."""
    corpus = Corpus.create(tmp_path / "corpus")
    for start in range(0, 1200, 300):
        cases = range(start, start + 300)
        corpus.upsert(Case(f"v{n:04d}", f"p{n // 3}", Provenance("table")) for n in cases)
    first = corpus._dataset.version
    split_corpus(corpus)
    states = [entry["version"] for entry in corpus._dataset.versions() if entry["version"] >= first]
    without = [corpus._dataset.checkout_version(state).count_rows("split IS NULL") for state in states]
    assert set(without) == {0, 1200}
    assert without == sorted(without, reverse=True)
    assert [case.id for case in corpus] == [f"v{n:04d}" for n in range(1200)]
    assert len({corpus.version, split_corpus(corpus) and Corpus.open(corpus.path).version}) == 1


@pytest.mark.parametrize("share", [float("nan"), float("inf"), -0.5])
def test_shares_are_finite_numbers_from_0(share: float, tmp_path: Path) -> None:
    corpus = make(tmp_path / "corpus", [draft("a", images={})])
    with pytest.raises(UsageError, match="fractions must be at least 0 and add up to 1"):
        split_corpus(corpus, fractions={"train": share, "test": 1.0})
