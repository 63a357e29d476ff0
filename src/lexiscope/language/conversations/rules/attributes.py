"""What attributes say: asked openly, and by yes and no against the values that the corpus has elsewhere."""

import re
from collections.abc import Iterator

from lexiscope.core.case import Scalar
from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.corpus_statistics import CorpusStatistics, members
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, listed
from lexiscope.language.text.attributes import AttributePhrase, AttributePhrases, plain_name
from lexiscope.language.text.lexicon import Concept, with_article
from lexiscope.language.text.reading import CaseReading, Presence
from lexiscope.language.text.sentences import whole_passage

_COUNTABLE = 10  # things that one counts at a glance, about


def ask_attributes(
    reading: CaseReading,
    survey: CorpusStatistics,
    facts: AttributePhrases,
    voice: QuestionTemplates,
    *,
    names: tuple[str, ...] | None = None,
) -> Iterator[CandidateTurn]:
    """Questions about the attributes that an image shows, or about those named."""
    for name, value in reading.case.attributes.items():
        asked = name in names if names is not None else survey.asks_about(name, facts)
        if asked and not isinstance(value, bool) and not facts.is_none(value) and _visible(value):
            if name in survey.lists:
                yield from _of_list(reading, name, value, facts, voice)
            else:
                yield from _of_value(reading, survey, name, facts, voice)


def presences(
    reading: CaseReading, survey: CorpusStatistics, facts: AttributePhrases
) -> Iterator[tuple[Concept, Presence]]:
    """What attributes say to be there or not: members of lists, and values that tell of a lesion or of none."""
    for name, value in reading.case.attributes.items():
        concept = reading.lexicon.concepts.get(facts.of(name).seen or "")
        if plain_name(name) in facts.known and concept is not None:
            yield concept, Presence(not facts.is_none(value), (), "attribute")
        if name in survey.lists:
            own = set(members(value))
            for member in survey.values[name]:
                named = concept_of(str(member), reading)
                if named is not None:
                    spans = _stated(reading, name, str(member), facts.of(name)) if member in own else ()
                    one = Presence(member in own, spans, "text" if spans else "attribute")
                    yield from (
                        (each, one) for each in (named, *(reading.lexicon.implied(named) if member in own else ()))
                    )


def concept_of(value: str, reading: CaseReading) -> Concept | None:
    """The one concept that a value names, such as "crack"; None for several or none."""
    found = {stated.concept for stated in reading.lexicon.read(value.replace("_", " ").replace("-", " "))}
    return found.pop() if len(found) == 1 else None


def _of_value(
    reading: CaseReading, survey: CorpusStatistics, name: str, facts: AttributePhrases, voice: QuestionTemplates
) -> Iterator[CandidateTurn]:
    fact, case, value = facts.of(name), reading.case.id, reading.case.attributes[name]
    spans = _stated(reading, name, value, fact)
    rests_on = "text" if spans else "attribute"
    question = voice.one_of(fact.ask, case, name)
    turn = Turn(question, capitalised(fact.say(value)), "open", fact.level, AUTHOR, spans)
    yield CandidateTurn(turn, f"attribute:{name}", rests_on)
    if not fact.closed or str(value) in fact.many or isinstance(value, int | float):
        return
    others = [other for other in sorted(survey.values[name], key=str) if _excluded(other, value, fact, facts)]
    asked = [(value, YES), *([(voice.one_of(others, case, f"other {name}"), NO)] if others else [])]
    for candidate, said in asked:
        words = fact.say(candidate)
        question = voice.one_of(fact.closed, case, f"closed {name}")
        question = question.replace("an {value}", "{a_value}").replace("a {value}", "{a_value}")
        question = question.format(value=words, a_value=with_article(words))
        yield CandidateTurn(
            Turn(question, said, "closed", fact.level, AUTHOR, spans), f"attribute:{name}={candidate}", rests_on
        )


def _of_list(
    reading: CaseReading, name: str, value: Scalar, facts: AttributePhrases, voice: QuestionTemplates
) -> Iterator[CandidateTurn]:
    fact = facts.of(name)
    own = [str(member) for member in members(value) if plain_name(str(member)) not in facts.background]
    if own:
        spans = tuple(dict.fromkeys(span for member in own for span in _stated(reading, name, member, fact)))
        turn = Turn(
            voice.one_of(fact.ask, reading.case.id, name),
            capitalised(listed([_member(member, fact, reading) for member in own])),
            "feature",
            fact.level,
            AUTHOR,
            spans,
        )
        yield CandidateTurn(turn, f"attribute:{name}", "text" if spans else "attribute")


def _member(value: str, fact: AttributePhrase, reading: CaseReading) -> str:
    concept = concept_of(value, reading)
    return concept.ask if concept is not None and concept.kind == "defect" else fact.say(value)


def _excluded(other: Scalar, value: Scalar, fact: AttributePhrase, facts: AttributePhrases) -> bool:
    """Whether a value rules another out: neither holds the other, in words or in meaning."""
    one, two = str(other).casefold(), str(value).casefold()
    apart = one not in two and two not in one
    return apart and not facts.is_none(other) and str(other) not in fact.many


def _stated(reading: CaseReading, name: str, value: Scalar, fact: AttributePhrase) -> tuple[Span, ...]:
    """Where a text states the value: a passage whose writer says so, or else the first sentence with its words."""
    pattern = fact.stating(value)
    found = [sentence.span for sentence in reading.describing if pattern.search(sentence.text)]
    words = set(re.findall(r"[^\W\d]{4,}", str(value).casefold()))
    found = found or [s.span for s in reading.describing if len(words) > 1 and words <= _words(s.text)]
    if found:
        return (found[0],)
    told = [whole_passage(place, passage) for place, passage in enumerate(reading.case.texts) if name in passage.states]
    return (told[0],) if told and reading.level != "none" else ()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _visible(value: Scalar) -> bool:
    return not isinstance(value, int | float) or (value == int(value) and abs(value) <= _COUNTABLE)
