"""Wordings of an instruction: which questions are asked, and what an answer that follows the wording scores."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.items import ContextualQuestion, items_of
from lexiscope.evaluate.assistant.prompt_variants import checked, measure_prompt_variants, read_prompt_variants
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens


@dataclass
class _Runs:
    """Runs of a model that answers right in the first wording and always "Yes" in the second."""

    items: list[ContextualQuestion]
    texts: list[str] = field(default_factory=list)

    def answers(self, questions: Questions, **_: Any) -> list[str]:
        self.texts += questions.texts
        return [
            item.turn.answer if text.startswith("Look.") else "Yes"
            for item, text in zip(self.items, questions.texts, strict=True)
        ]


def _runs(n: int) -> _Runs:
    turns = [
        (Case(f"c{row}", f"p{row}", Provenance("by hand")), Turn("Any cracks?", "No" if row % 2 else "Yes", "closed"))
        for row in range(n)
    ]
    return _Runs(items_of(turns, lexicon=Lexicon.load()))


def _questions(runs: _Runs) -> Questions:
    n = len(runs.items)
    seen = ImageTokens({"photo": BranchTokens(torch.zeros(n, 1), torch.zeros(n, 0, 1))}, {"photo": torch.ones(n)})
    return Questions([item.turn.question for item in runs.items], seen, np.zeros((n, 1), np.float32), [set()] * n)


def test_accuracy_by_wording_and_its_spread() -> None:
    runs = _runs(8)
    found = measure_prompt_variants(
        runs,  # type: ignore[arg-type]
        {"assistant": _questions(runs)},
        wordings=["Look. {question}", "{question}"],
        lexicon=Lexicon.load(),
        seed=0,
    )
    assert found is not None
    assert found["data_sets"] == {"closed simple": 8}, "each turn once, without context"
    first, second = found["instructions"]
    assert (first["accuracy"], second["accuracy"]) == ({"assistant": 1.0}, {"assistant": 0.5})
    assert found["models"]["assistant"]["accuracy"] == 0.75
    assert found["models"]["assistant"]["best"] == {"closed simple": 1.0}
    assert found["models"]["assistant"]["stability"] == {"closed simple": 0.25}
    assert sorted(set(runs.texts)) == ["Any cracks?", "Look. Any cracks?"]


def test_too_few_questions_are_no_data_set() -> None:
    runs = _runs(2)
    wordings = ["Look. {question}", "{question}"]
    models = {"assistant": _questions(runs)}
    assert measure_prompt_variants(runs, models, wordings=wordings, lexicon=Lexicon.load(), seed=0) is None  # type: ignore[arg-type]


def test_wordings_need_a_place_for_the_question_and_a_second_one(tmp_path) -> None:
    assert len(read_prompt_variants()) >= 10
    (tmp_path / "prompt_variants.yaml").write_text("wordings: ['{question}', 'Please.']\n")
    with pytest.raises(UsageError, match=r"two different wordings, each with {question}, got .*'Please\.'"):
        read_prompt_variants(tmp_path)
    with pytest.raises(UsageError, match="at least two different wordings"):
        checked(["{question}", "{question}"])
