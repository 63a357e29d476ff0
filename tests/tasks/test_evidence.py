"""Cases as evidence: who must not be cited, which conditions hold, and in which order the nearest come."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core import Case, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.corpus.part import CorpusPart
from lexiscope.tasks.evidence import EvidenceCases, admitted, nearest_rows
from lexiscope.tasks.inputs import read_input
from lexiscope.testing import make_corpus
from lexiscope.views import choose_views

CASES = [
    Case(f"c{row}", f"g{row // 2}", Provenance("by hand"), attributes={"age": 40 + row, "odd": row % 2 == 1})
    for row in range(6)
]


def test_a_case_is_cited_with_its_image_and_one_of_words_without(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 4)
    cases, case = EvidenceCases.of(CorpusPart(corpus, None)), next(iter(corpus))
    evidence = cases.evidence(case, score=0.5, text="A disc.", image_cosine=0.5)
    assert Path(evidence.details["path"]) == corpus.object_path(case.images["photo"])
    assert (evidence.case, evidence.group, evidence.details["licence"]) == (case.id, case.group, "CC0-1.0")
    assert cases.evidence(replace(case, images={}), score=0.5).details["path"] is None


def test_groups_are_excluded_by_name_and_by_file_in_any_split(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 6)
    views, case = choose_views(corpus, size=32), next(corpus.cases("train"))
    corpus.upsert([replace(case, id="twin", group="elsewhere", split="test")])
    cases = EvidenceCases.of(CorpusPart(corpus, "train"))
    given_case = read_input(case.id, views=views, corpus=corpus)
    assert cases.excluded_groups(given_case) == {case.group, "elsewhere"}
    stranger = replace(given_case, group="new", contents=frozenset({"0" * 64}))
    assert cases.excluded_groups(stranger) == {"new"}
    assert cases.excluded_groups(replace(stranger, group=None)) == frozenset()


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ((), [0, 1, 2, 3, 4, 5]),
        (("attributes.age>=43",), [3, 4, 5]),
        (("group=g0", "attributes.odd=true"), [1]),
        (("case in c1, c4",), [1, 4]),
        (("split=test",), []),
    ],
)
def test_conditions_hold_together(where: tuple[str, ...], rows: list[int]) -> None:
    assert np.flatnonzero(admitted(CASES, where)).tolist() == rows


def test_an_attribute_that_no_case_has_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'attributes\.age'"):
        admitted(CASES, ("attributes.agee>3",))


@given(
    cosines=st.lists(st.sampled_from([-0.5, 0.0, 0.25, 0.5]), min_size=6, max_size=6),
    k=st.integers(0, 8),
    excluded=st.sets(st.sampled_from(["g0", "g1", "g2"])),
)
def test_the_nearest_rows_are_the_largest_cosines_of_other_groups(
    cosines: list[float], k: int, excluded: set[str]
) -> None:
    rows = nearest_rows(np.array(cosines), CASES, k=k, excluded_groups=excluded)
    allowed = [row for row in range(6) if CASES[row].group not in excluded]
    assert rows == sorted(allowed, key=lambda row: (-cosines[row], row))[:k]
