"""Turns are chosen case by case: those of others stay, duplicates and refused ones go, and all is counted."""

from dataclasses import replace

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span, Turn
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.choice import TurnChoice, checked_candidates
from lexiscope.language.conversations.filters import DUPLICATE, NO_ANSWER, NOT_GROUNDED, TEXT_ANSWERABLE
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading

_EVIDENCE = (Span(0, 0, 5),)
_CASE = Case("case-0", "group-0", Provenance("by hand"), texts=(Passage("caption", "Round pores."),))


class Scripted:
    """Offers the same candidates about every case, and none about those that failed."""

    author, usage = "scripted", None

    def __init__(self, *candidates: CandidateTurn, failed: tuple[str, ...] = ()) -> None:
        self.failed = dict.fromkeys(failed, "out of order")
        self._candidates = list(candidates)

    def read(self, case):
        return CaseReading(case, Lexicon.load())

    def candidates(self, cases):
        return (None if case.id in self.failed else list(self._candidates) for case in cases)


def _candidate(question, answer="Round.", evidence=_EVIDENCE, **fields):
    return CandidateTurn(Turn(question, answer, author="scripted", evidence=evidence), question, **fields)


def _choice(generator, cases):
    balance = AnswerBalance()
    for case, candidates in zip(cases, generator.candidates(cases), strict=True):
        balance.add(case.id, candidates or [])
    balance.close()
    return TurnChoice(generator, balance)


def _written(generator, *cases):
    log = []
    choice = _choice(generator, cases)
    return list(choice.with_turns(list(cases), log.append)), log, choice


def test_turns_of_others_stay_and_own_ones_are_replaced():
    human, earlier = Turn("Who made it?", "A friend."), Turn("Which shape?", "Flat.", author="scripted")
    (case,), log, choice = _written(Scripted(_candidate("Which shape?")), replace(_CASE, turns=(human, earlier)))
    assert [(turn.question, turn.answer) for turn in case.turns] == [
        ("Who made it?", "A friend."),
        ("Which shape?", "Round."),
    ]
    assert (log, choice.turns) == ([], 1)


def test_a_question_that_is_there_is_no_second_time():
    reading = CaseReading(_CASE, Lexicon.load())
    candidates = [_candidate("Which shape?"), _candidate("which  shape"), _candidate("Who made it?")]
    refusals = [refusal for _, refusal in checked_candidates(reading, candidates, [Turn("Who made it?", "A friend.")])]
    assert [refusal and refusal[0] for refusal in refusals] == [None, DUPLICATE, DUPLICATE]


def test_a_refused_question_may_be_asked_by_a_better_candidate():
    reading = CaseReading(_CASE, Lexicon.load())
    candidates = [_candidate("Which shape?", evidence=()), _candidate("Which shape?")]
    refusals = [refusal for _, refusal in checked_candidates(reading, candidates, [])]
    assert [refusal and refusal[0] for refusal in refusals] == [NOT_GROUNDED, None]


def test_what_is_refused_is_logged_and_counted():
    guessed = _candidate("Which hue?", refusal=(TEXT_ANSWERABLE, "guessed"))
    (case,), log, choice = _written(Scripted(_candidate("Which shape?"), guessed), _CASE)
    assert len(case.turns) == 1
    assert [(line.case, line.author, line.reason, line.detail) for line in log] == [
        ("case-0", "scripted", TEXT_ANSWERABLE, "guessed")
    ]
    report = choice.report(3, 1, "v1")
    assert (report.cases, report.turns, report.silent, report.rejected) == (1, 1, 2, {TEXT_ANSWERABLE: 1})
    assert (report.kinds, report.without_text, report.corpus) == ({"open": 1}, 0, "v1")


def test_a_case_about_which_nothing_was_got_stays_as_it_is():
    generator = Scripted(_candidate("Which shape?"), failed=("case-0",))
    cases, log, choice = _written(generator, _CASE, replace(_CASE, id="b"))
    assert [case.id for case in cases] == ["b"]
    assert [(line.reason, line.detail) for line in log] == [(NO_ANSWER, "out of order")]
    report = choice.report(2, 1, "v1")
    assert (report.failed, report.silent) == ({"case-0": "out of order"}, 0)
