"""Questions about the kind of image: open, and yes or no against the kinds that the corpus has elsewhere."""

from collections.abc import Iterator

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.corpus_statistics import CorpusStatistics
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, listed
from lexiscope.language.text.lexicon import Concept, with_article
from lexiscope.language.text.reading import CaseReading


def ask_kind(
    reading: CaseReading, statistics: CorpusStatistics, templates: QuestionTemplates
) -> Iterator[CandidateTurn]:
    """Candidate questions about the kind of image.

    A kind named in the text excludes another only where it is the only one named.
    """
    kinds = reading.kinds
    if not kinds:
        return
    case, spans = reading.case.id, tuple(dict.fromkeys(span for spans in kinds.values() for span in spans))
    answer = capitalised(listed([with_article(kind.name) for kind in kinds])) + "."
    yield CandidateTurn(Turn(templates.question("kind", case, "kind"), answer, "open", "simple", AUTHOR, spans), "kind")
    if len(kinds) > 1:
        return
    named = next(iter(kinds))
    others = sorted(statistics.kinds.keys() - kinds.keys(), key=lambda kind: kind.name)
    answers = [(named, YES), *([(templates.one_of(others, case, "other kind"), NO)] if others else [])]
    for kind, answer in answers:
        yield CandidateTurn(_closed(kind, answer, case, templates, spans), f"kind:{kind.name}")


def _closed(kind: Concept, answer: str, case: str, templates: QuestionTemplates, spans: tuple[Span, ...]) -> Turn:
    question = templates.question("is_kind", case, kind.name, a_kind=with_article(kind.name))
    return Turn(question, answer, "closed", "simple", AUTHOR, spans)
