"""Questions about attributes: open ones, and yes or no against the values that the corpus has elsewhere."""

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
    statistics: CorpusStatistics,
    phrases: AttributePhrases,
    templates: QuestionTemplates,
    *,
    names: tuple[str, ...] | None = None,
) -> Iterator[CandidateTurn]:
    """Candidate questions about the attributes that an image shows, or about those named.

    Args:
        reading: Sentences about the case.
        statistics: Values that the corpus has elsewhere.
        phrases: Ways to ask about each attribute and to say its values.
        templates: Draws one of several wordings.
        names: Names of the attributes to ask about; None asks about all that an image shows.
    """
    for name, value in reading.case.attributes.items():
        chosen = name in names if names is not None else statistics.asks_about(name, phrases)
        if chosen and not isinstance(value, bool) and not phrases.is_none(value) and _visible(value):
            if name in statistics.lists:
                yield from _of_list(reading, name, value, phrases, templates)
            else:
                yield from _of_value(reading, statistics, name, phrases, templates)


def presences(
    reading: CaseReading, statistics: CorpusStatistics, phrases: AttributePhrases
) -> Iterator[tuple[Concept, Presence]]:
    """Concepts that attributes say to be present or absent: members of lists, and values that tell of one or of none.

    Args:
        reading: Sentences and attributes of the case.
        statistics: Members of lists that the corpus has elsewhere.
        phrases: Values that say that something is absent, and concepts that the others tell of.
    """
    for name, value in reading.case.attributes.items():
        concept = reading.lexicon.concepts.get(phrases.of(name).seen or "")
        if plain_name(name) in phrases.known and concept is not None:
            yield concept, Presence(not phrases.is_none(value), (), "attribute")
        if name in statistics.lists:
            yield from _listed_presences(reading, name, statistics, phrases)


def concept_of(value: str, reading: CaseReading) -> Concept | None:
    """The one concept that a value names, such as "crack"; None for several or none."""
    concepts = {statement.concept for statement in reading.lexicon.read(value.replace("_", " ").replace("-", " "))}
    return concepts.pop() if len(concepts) == 1 else None


def _listed_presences(
    reading: CaseReading, name: str, statistics: CorpusStatistics, phrases: AttributePhrases
) -> Iterator[tuple[Concept, Presence]]:
    """Concepts that occur in the corpus's lists of one attribute: present where the case's own list has them."""
    listed_here = set(members(reading.case.attributes[name]))
    for member in statistics.values[name]:
        concept = concept_of(str(member), reading)
        if concept is None:
            continue
        present = member in listed_here
        spans = _stated(reading, name, str(member), phrases.of(name)) if present else ()
        presence = Presence(present, spans, "text" if spans else "attribute")
        for each in (concept, *(reading.lexicon.implied(concept) if present else ())):
            yield each, presence


def _of_value(
    reading: CaseReading,
    statistics: CorpusStatistics,
    name: str,
    phrases: AttributePhrases,
    templates: QuestionTemplates,
) -> Iterator[CandidateTurn]:
    phrase, case, value = phrases.of(name), reading.case.id, reading.case.attributes[name]
    spans = _stated(reading, name, value, phrase)
    rests_on = "text" if spans else "attribute"
    question = templates.one_of(phrase.ask, case, name)
    turn = Turn(question, capitalised(phrase.say(value)), "open", phrase.level, AUTHOR, spans)
    yield CandidateTurn(turn, f"attribute:{name}", rests_on)
    if not phrase.closed or str(value) in phrase.many or isinstance(value, int | float):
        return
    others = [other for other in sorted(statistics.values[name], key=str) if _excluded(other, value, phrase, phrases)]
    other_values = [templates.one_of(others, case, f"other {name}")] if others else []
    for asked_value in (value, *other_values):
        question = _closed_question(phrase, asked_value, templates.one_of(phrase.closed, case, f"closed {name}"))
        answer = YES if asked_value is value else NO
        turn = Turn(question, answer, "closed", phrase.level, AUTHOR, spans)
        yield CandidateTurn(turn, f"attribute:{name}={asked_value}", rests_on)


def _closed_question(phrase: AttributePhrase, value: Scalar, wording: str) -> str:
    words = phrase.say(value)
    slots = wording.replace("an {value}", "{a_value}").replace("a {value}", "{a_value}")
    return slots.format(value=words, a_value=with_article(words))


def _of_list(
    reading: CaseReading, name: str, value: Scalar, phrases: AttributePhrases, templates: QuestionTemplates
) -> Iterator[CandidateTurn]:
    phrase = phrases.of(name)
    visible = [str(member) for member in members(value) if plain_name(str(member)) not in phrases.background]
    if visible:
        spans = tuple(dict.fromkeys(span for member in visible for span in _stated(reading, name, member, phrase)))
        turn = Turn(
            templates.one_of(phrase.ask, reading.case.id, name),
            capitalised(listed([_member(member, phrase, reading) for member in visible])),
            "feature",
            phrase.level,
            AUTHOR,
            spans,
        )
        yield CandidateTurn(turn, f"attribute:{name}", "text" if spans else "attribute")


def _member(value: str, phrase: AttributePhrase, reading: CaseReading) -> str:
    concept = concept_of(value, reading)
    return concept.ask if concept is not None and concept.kind == "defect" else phrase.say(value)


def _excluded(other: Scalar, value: Scalar, phrase: AttributePhrase, phrases: AttributePhrases) -> bool:
    """True when a value rules another out: neither holds the other, in words or in meaning."""
    one, two = str(other).casefold(), str(value).casefold()
    apart = one not in two and two not in one
    return apart and not phrases.is_none(other) and str(other) not in phrase.many


def _stated(reading: CaseReading, name: str, value: Scalar, phrase: AttributePhrase) -> tuple[Span, ...]:
    """Sentence that states the value: the first with its words, or else a passage whose writer says so."""
    stated = _first_stated(reading, value, phrase)
    if stated is not None:
        return (stated,)
    if reading.level == "none":
        return ()
    texts = reading.case.texts
    return tuple(whole_passage(place, text) for place, text in enumerate(texts) if name in text.states)[:1]


def _first_stated(reading: CaseReading, value: Scalar, phrase: AttributePhrase) -> Span | None:
    """First sentence with the value as answers say it, or else the first that has all words of its name."""
    pattern, words = phrase.stating(value), set(re.findall(r"[^\W\d]{4,}", str(value).casefold()))
    matches = [sentence.span for sentence in reading.describing if pattern.search(sentence.text)]
    if not matches and len(words) > 1:
        matches = [sentence.span for sentence in reading.describing if words <= _words(sentence.text)]
    return matches[0] if matches else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _visible(value: Scalar) -> bool:
    return not isinstance(value, int | float) or (value == int(value) and abs(value) <= _COUNTABLE)
