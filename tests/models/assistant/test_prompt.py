"""Prompts: evidence first, then what is known, then the question, each on its line."""

from lexiscope.models.assistant.prompt import write_prompt


def test_everything_stands_on_its_line_and_the_question_last() -> None:
    prompt = write_prompt("Is there a crack?", evidence=["a pore", "a crack"], context="annealed at 600 C")
    assert prompt.splitlines() == [
        "Similar case: a pore",
        "Similar case: a crack",
        "Known: annealed at 600 C",
        "Is there a crack?",
    ]


def test_what_is_not_known_leaves_no_line() -> None:
    assert write_prompt("Why?") == write_prompt("Why?", evidence=(), context="") == "Why?"
