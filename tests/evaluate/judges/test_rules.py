"""The judge by rules: what it scores, and that it scores the same answer once."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.evaluate.judges.choose import JudgeOptions, open_judge
from lexiscope.evaluate.judges.judge import JudgedAnswer, JudgeScore
from lexiscope.evaluate.judges.rules import RulesJudge
from lexiscope.language.text.lexicon import Lexicon


def _answer(answer: str, reference: str, *, features: bool = False, texts: str = "") -> JudgedAnswer:
    return JudgedAnswer("case", "Which defects are seen?", None, answer, reference, texts, features)


@pytest.fixture
def judge() -> RulesJudge:
    return RulesJudge(Lexicon.load())


def test_the_reference_itself_is_perfect_and_nothing_is_worth_nothing(judge: RulesJudge) -> None:
    perfect, empty = judge.scores([_answer("Two pores.", "Two pores.", features=True), _answer("", "Two pores.")])
    assert perfect == JudgeScore(100.0, 4)
    assert empty == JudgeScore(0.0, None)


def test_features_are_scored_where_they_are_asked_for(judge: RulesJudge) -> None:
    some, none, unasked = judge.scores(
        [
            _answer("A pore.", "Pores and a crack.", features=True),
            _answer("A scratch.", "Pores and a crack.", features=True),
            _answer("A pore.", "Pores and a crack."),
        ]
    )
    assert some.features == 3
    assert none.features == 1
    assert unasked.features is None


def test_what_the_texts_say_is_not_wrong(judge: RulesJudge) -> None:
    made_up, known = judge.scores(
        [_answer("A pore and a crack.", "A pore."), _answer("A pore and a crack.", "A pore.", texts="It has a crack.")]
    )
    assert made_up.quality < known.quality


def test_each_answer_is_scored_once(judge: RulesJudge) -> None:
    calls: list[tuple[int, int | None]] = []
    answers = [_answer("A pore.", "A crack."), _answer("A crack.", "A crack."), _answer("A pore.", "A crack.")]
    first = judge.scores(answers, progress=lambda done, total, _: calls.append((done, total)))
    assert calls == [(1, 2), (2, 2)]
    assert judge.scores(answers[1:], progress=lambda *_: pytest.fail("scored again")) == first[1:]


def test_options_of_a_language_model_are_refused() -> None:
    with pytest.raises(UsageError, match="--url belongs to --judge local or endpoint, got --judge rules"):
        open_judge("rules", JudgeOptions(url="http://127.0.0.1:1"))
