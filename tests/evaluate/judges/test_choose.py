"""Judges by name, and the judge that would score itself."""

from dataclasses import dataclass

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.evaluate.judges.choose import JudgeOptions, open_judge, require_impartial


@dataclass
class _Judge:
    """As much of a judge as its names are."""

    name: str
    author: str | None
    draws: int = 1
    limit: int = 1

    def scores(self, answers, *, progress=None):
        raise AssertionError("nothing is judged here")


_MODEL = _Judge("local:smollm2", "lexiscope-local:smollm2")


@pytest.mark.parametrize("author", ["lexiscope-local:smollm2", "lexiscope-endpoint:SmolLM2", "org/SmolLM-2"])
def test_the_writer_of_the_turns_is_no_judge_whoever_served_it(author):
    with pytest.raises(UsageError, match=r"the judge must not be the writer: local:smollm2 wrote 3 of 5 turns"):
        require_impartial(_MODEL, authors={author: 3, "human": 2}, judged=[])


def test_the_model_that_answers_is_no_judge():
    with pytest.raises(UsageError, match="the judge must not be the one judged"):
        require_impartial(_MODEL, authors={"human": 2}, judged=["HuggingFaceTB/SmolLM2"])


def test_others_may_judge_and_rules_always():
    require_impartial(_MODEL, authors={"lexiscope-local:qwen": 9, "human": 1}, judged=["org/other"])
    require_impartial(_Judge("rules", None), authors={"rules": 9}, judged=["rules"])


def test_an_unknown_judge_names_those_there_are():
    with pytest.raises(UsageError, match=r"unknown judge 'rule'\. Did you mean 'rules'\?"):
        open_judge("rule", JudgeOptions())
    with pytest.raises(UsageError, match="needs a folder for its completions, got none"):
        open_judge("local", JudgeOptions(model="somewhere"))
