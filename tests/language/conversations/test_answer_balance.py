"""Questions that can be answered without looking are found, and yes and no are made equally frequent."""

from lexiscope.core.turn import Turn
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.filters import TEXT_ANSWERABLE, UNBALANCED


def _kept(answers: list[str]) -> list[str]:
    tally = AnswerBalance()
    proposals = [CandidateTurn(Turn("Is there a crack?", answer), "present:crack") for answer in answers]
    for place, proposal in enumerate(proposals):
        tally.add(str(place), [proposal])
    tally.close()
    return [proposal.turn.answer for place, proposal in enumerate(proposals) if not tally.refuse(str(place), proposal)]


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
    tally = AnswerBalance()
    proposal = CandidateTurn(Turn("Is there a crack?", "Yes"), "crack")
    tally.add("a", [proposal])
    tally.close()
    assert tally.refuse("a", proposal) == (TEXT_ANSWERABLE, "1 of 1 answers are 'yes'")
    tally = AnswerBalance()
    for case in "abc":
        tally.add(case, [proposal])
    tally.add("d", [CandidateTurn(Turn("Is there a crack?", "No"), "crack")])
    tally.close()
    assert [tally.refuse(case, proposal) for case in "abc"].count((UNBALANCED, "3 yes, 1 no")) == 2
