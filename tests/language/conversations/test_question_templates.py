"""Wordings are drawn by seed, case and topic alone."""

from collections import Counter

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, draw, listed


def test_the_same_case_and_topic_get_the_same_wording():
    first, again, other = (QuestionTemplates.load(seed=seed) for seed in (0, 0, 1))
    cases = [f"case-{number}" for number in range(40)]
    said = [first.question("kind", case, "kind") for case in cases]
    assert said == [again.question("kind", case, "kind") for case in cases]
    assert said != [other.question("kind", case, "kind") for case in cases]


def test_every_wording_is_used_and_none_much_more_than_others():
    templates = QuestionTemplates({"kind": ["a", "b", "c"]})
    counts = Counter(templates.question("kind", f"case-{number}", "kind") for number in range(600))
    assert counts.keys() == {"A", "B", "C"}
    assert min(counts.values()) > 140


def test_slots_are_filled():
    templates = QuestionTemplates({"panel": ["what does panel ({letter}) show?"]})
    assert templates.question("panel", "case", "a", letter="a") == "What does panel (a) show?"


@pytest.mark.parametrize("text", ["kind: ['Is it {colour}?']", "other: ['What?']", "kind: []"])
def test_a_file_without_the_wording_or_with_another_slot(tmp_path, text):
    (tmp_path / "question_templates.yaml").write_text(text)
    templates = QuestionTemplates.load(tmp_path)
    with pytest.raises(UsageError, match=r"expected wordings of 'kind' with the slots thing in question_templates"):
        templates.question("kind", "case", "topic", thing="a crack")


def test_draws_depend_on_each_part_and_parts_do_not_run_together():
    draws = {draw(0, "ab", "c"), draw(0, "a", "bc"), draw(1, "ab", "c"), draw(0, "abc", "")}
    assert len(draws) == 4
    assert all(0 <= each < 1 << 64 for each in draws)


@pytest.mark.parametrize(("text", "capital"), [("pores", "Pores"), ("pH map", "pH map"), ("", ""), ("2 nm", "2 nm")])
def test_capitals(text, capital):
    assert capitalised(text) == capital


def test_lists():
    assert listed(["a", "b", "c"]) == "a, b and c"
