"""A language model as judge: it reads everything but who answered, is checked by a schema, and judges once."""

import json

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.evaluate.judges.choose import JudgeOptions, open_judge, require_impartial
from lexiscope.evaluate.judges.judge import JudgedAnswer, JudgeScore
from lexiscope.testing.endpoint import completion, fake_endpoint

_OPEN = JudgedAnswer(
    "c1", "Which defects are visible?", "Annealed.", "Cracks.", "Cracks and pores.", "Two pores.", True
)
_CLOSED = JudgedAnswer("c2", "Is it odd?", None, "", "No", "", False)


def _reply(number, body):
    text = " ".join(message["content"] for message in body["messages"])
    assert "Answer to judge" in body["messages"][1]["content"], "examples come first"
    if "(no answer)" in text:
        return 200, completion("I would say it is bad.")
    if number == 0:
        return 200, completion('{"quality": 170}')
    return 200, completion('Sure. {"quality": 60, "features": 2, "why": "half"}')


def test_scores_are_checked_requested_again_and_kept(tmp_path):
    with fake_endpoint(_reply) as served:
        options = JudgeOptions(model="tiny", url=served.url, kept=tmp_path)
        scores = open_judge("endpoint", options).scores([_OPEN, _OPEN])
        assert scores == [JudgeScore(60.0, 2)] * 2
        requests = len(served.requests)
        assert requests == 2, "once refused by the schema, once taken"
        again = open_judge("endpoint", options).scores([_OPEN])
        assert again == scores[:1]
        assert len(served.requests) == requests, "what was said is on disk"
    text = json.dumps(served.requests[0])
    assert all(words in text for words in ("Cracks and pores.", "Two pores.", "Answer to judge: Cracks."))


def test_a_judge_that_never_answers_in_form_gives_no_score(tmp_path):
    with fake_endpoint(_reply) as served:
        judge = open_judge("endpoint", JudgeOptions(model="tiny", url=served.url, kept=tmp_path))
        assert judge.scores([_CLOSED]) == [None]


@pytest.mark.parametrize(
    ("authors", "judged", "fault"),
    [
        ({"lexiscope-endpoint:org/Big-2": 3, "human": 1}, [], "endpoint:big2 wrote 3 of 4 turns"),
        ({"human": 1}, ["Org/BIG_2"], "endpoint:big2 is the language model that answers"),
    ],
)
def test_the_judge_is_neither_the_writer_nor_the_one_judged(tmp_path, authors, judged, fault):
    judge = open_judge("endpoint", JudgeOptions(model="big2", url="http://127.0.0.1:1", kept=tmp_path))
    with pytest.raises(UsageError, match=f"{fault}; take another model with --judge-model"):
        require_impartial(judge, authors=authors, judged=judged)
    require_impartial(judge, authors={"lexiscope-template": 5}, judged=["smollm2"])


def test_rules_judge_anybody_and_take_no_model(tmp_path):
    judge = open_judge("rules", JudgeOptions())
    require_impartial(judge, authors={"lexiscope-template": 5}, judged=["smollm2"])
    with pytest.raises(UsageError, match="--judge-model belongs to --judge local or endpoint, got --judge rules"):
        open_judge("rules", JudgeOptions(model="smollm2"))
    with pytest.raises(UsageError, match="pass --judge-model NAME"):
        open_judge("endpoint", JudgeOptions(url="http://127.0.0.1:1", kept=tmp_path))
    with pytest.raises(UsageError, match=r"unknown judge 'rulse'. Did you mean 'rules'"):
        open_judge("rulse", JudgeOptions())
