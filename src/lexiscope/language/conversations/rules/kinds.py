"""What kind of image it is: asked openly, and by yes and no against the kinds that the corpus has elsewhere."""

from collections.abc import Iterator

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate import NO, YES, Proposal
from lexiscope.language.conversations.phrasing import Voice, capitalised, listed
from lexiscope.language.conversations.statistics import Survey
from lexiscope.language.text.lexicon import Concept, with_article
from lexiscope.language.text.reading import Reading


def ask_kind(reading: Reading, survey: Survey, voice: Voice) -> Iterator[Proposal]:
    """A kind named in the text excludes another only where it is the only one named."""
    kinds = reading.kinds
    if not kinds:
        return
    case, spans = reading.case.id, tuple(dict.fromkeys(span for found in kinds.values() for span in found))
    answer = capitalised(listed([with_article(kind.name) for kind in kinds])) + "."
    yield Proposal(Turn(voice.ask("kind", case, "kind"), answer, "open", "simple", AUTHOR, spans), "kind")
    if len(kinds) > 1:
        return
    own = next(iter(kinds))
    others = sorted(survey.kinds.keys() - kinds.keys(), key=lambda kind: kind.name)
    asked = [(own, YES), *([(voice.one_of(others, case, "other kind"), NO)] if others else [])]
    for kind, said in asked:
        yield Proposal(_closed(kind, said, case, voice, spans), f"kind:{kind.name}")


def _closed(kind: Concept, said: str, case: str, voice: Voice, spans: tuple[Span, ...]) -> Turn:
    question = voice.ask("is_kind", case, kind.name, a_kind=with_article(kind.name))
    return Turn(question, said, "closed", "simple", AUTHOR, spans)
