"""What kind of image it is: asked openly, and by yes and no against the kinds that the corpus has elsewhere."""

from collections.abc import Iterator

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.corpus_statistics import CorpusStatistics
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, listed
from lexiscope.language.text.lexicon import Concept, with_article
from lexiscope.language.text.reading import CaseReading


def ask_kind(reading: CaseReading, survey: CorpusStatistics, voice: QuestionTemplates) -> Iterator[CandidateTurn]:
    """A kind named in the text excludes another only where it is the only one named."""
    kinds = reading.kinds
    if not kinds:
        return
    case, spans = reading.case.id, tuple(dict.fromkeys(span for found in kinds.values() for span in found))
    answer = capitalised(listed([with_article(kind.name) for kind in kinds])) + "."
    yield CandidateTurn(Turn(voice.ask("kind", case, "kind"), answer, "open", "simple", AUTHOR, spans), "kind")
    if len(kinds) > 1:
        return
    own = next(iter(kinds))
    others = sorted(survey.kinds.keys() - kinds.keys(), key=lambda kind: kind.name)
    asked = [(own, YES), *([(voice.one_of(others, case, "other kind"), NO)] if others else [])]
    for kind, said in asked:
        yield CandidateTurn(_closed(kind, said, case, voice, spans), f"kind:{kind.name}")


def _closed(kind: Concept, said: str, case: str, voice: QuestionTemplates, spans: tuple[Span, ...]) -> Turn:
    question = voice.ask("is_kind", case, kind.name, a_kind=with_article(kind.name))
    return Turn(question, said, "closed", "simple", AUTHOR, spans)
