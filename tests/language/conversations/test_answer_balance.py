"""Questions that can be answered without looking are found, and yes and no are made equally frequent."""

from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.turn import Turn
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.filters import TEXT_ANSWERABLE, UNBALANCED


def _kept(answers: list[str]) -> list[str]:
    balance = AnswerBalance()
    candidates = [CandidateTurn(Turn("Is there a crack?", answer), "present:crack") for answer in answers]
    for place, candidate in enumerate(candidates):
        balance.add(str(place), [candidate])
    balance.close()
    return [
        candidate.turn.answer
        for place, candidate in enumerate(candidates)
        if not balance.refusal(str(place), candidate)
    ]


def test_yes_and_no_are_equally_frequent():
    kept = _kept(["Yes"] * 8 + ["No"] * 3)
    assert (kept.count("Yes"), kept.count("No")) == (3, 3)


def test_one_answer_for_all_needs_no_image():
    assert _kept(["Yes"] * 3) == []
    assert _kept(["Yes"] * 19 + ["No"]) == []
    assert _kept(["Glass"] * 19 + ["Steel"]) == []
    assert len(_kept(["Glass"] * 9 + ["Steel"])) == 10
    assert len(_kept(["Glass"] * 3)) == 3


def test_reasons_say_the_counts():
    balance = AnswerBalance()
    candidate = CandidateTurn(Turn("Is there a crack?", "Yes"), "crack")
    balance.add("a", [candidate])
    balance.close()
    assert balance.refusal("a", candidate) == (TEXT_ANSWERABLE, "1 of 1 answers are 'yes'")
    balance = AnswerBalance()
    for case in "abc":
        balance.add(case, [candidate])
    balance.add("d", [CandidateTurn(Turn("Is there a crack?", "No"), "crack")])
    balance.close()
    assert [balance.refusal(case, candidate) for case in "abc"].count((UNBALANCED, "3 yes, 1 no")) == 2


_COUNTS = st.dictionaries(
    st.sampled_from(["crack", "pore", "lesion"]), st.lists(st.sampled_from(["Yes", "No"]), max_size=30), min_size=1
)


@given(_COUNTS, st.integers(0, 3))
def test_for_each_thing_asked_as_many_yes_as_no_stay(answers, seed):
    balance = AnswerBalance(seed=seed)
    candidates = [
        (f"case-{number}", CandidateTurn(Turn(f"Is there a {topic}?", answer), topic))
        for topic, each in answers.items()
        for number, answer in enumerate(each)
    ]
    for case, candidate in candidates:
        balance.add(case, [candidate])
    balance.close()
    for topic, each in answers.items():
        kept = [c.turn.answer for case, c in candidates if c.topic == topic and balance.refusal(case, c) is None]
        assert kept.count("Yes") == kept.count("No")
        share = max(each.count("Yes"), each.count("No")) / max(1, len(each))
        if share <= 0.9:
            assert len(kept) == 2 * min(each.count("Yes"), each.count("No"))
