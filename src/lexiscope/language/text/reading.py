"""`CaseReading`: the sentences about a case that a writer may use, and what they state."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from lexiscope.core.case import Case
from lexiscope.core.turn import Span
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.language.text.context import passages_at
from lexiscope.language.text.lexicon import DRAWN, KINDS, Concept, Lexicon
from lexiscope.language.text.sentences import Sentence, sentences_of
from lexiscope.sources.papers.jats.mentions import mentioned, name_of_label


@dataclass(frozen=True, slots=True)
class Presence:
    """That something is there or not, and the words that say so.

    Args:
        spans: Stretches that state it; empty when an attribute or a mask does.
        rests_on: "text", "attribute" or "mask".
    """

    present: bool
    spans: tuple[Span, ...] = ()
    rests_on: str = "text"


@dataclass(frozen=True)
class CaseReading:
    """What is written of a case, at a level of context.

    Args:
        level: See `lexiscope.language.text.context`.
    """

    case: Case
    lexicon: Lexicon
    level: str = "full"

    @cached_property
    def describing(self) -> list[Sentence]:
        """Sentences of the passages that describe the image."""
        return self._sentences(lambda place: self.case.texts[place].kind in DESCRIBING)

    @cached_property
    def mentions(self) -> list[Sentence]:
        """Sentences elsewhere that name this figure and no other; a case without a figure's label has none."""
        name = name_of_label(str(self.case.provenance.locator.get("label", "")))
        if name is None:
            return []
        found = self._sentences(lambda place: self.case.texts[place].kind == "mention")
        return [sentence for sentence in found if mentioned(sentence.text) == [name]]

    @cached_property
    def kinds(self) -> dict[Concept, tuple[Span, ...]]:
        """The kinds of images that the describing sentences name."""
        stated = self._stated(self.describing)
        named = {concept: found for concept, found in stated.items() if concept.kind in (KINDS, DRAWN)}
        hidden = {name for concept in named for name in concept.hides}
        return {
            concept: found[0].spans
            for concept, found in named.items()
            if concept.name not in hidden and all(one.present for one in found)
        }

    @cached_property
    def is_drawn(self) -> bool:
        """Whether it is a chart or a drawing and nothing else."""
        return bool(self.kinds) and all(concept.kind == DRAWN for concept in self.kinds)

    @cached_property
    def presences(self) -> dict[Concept, list[Presence]]:
        """What the sentences state to be there, or not, in the image itself; none for charts and drawings."""
        if self.is_drawn:
            return {}
        stated = self._stated([*self.describing, *self.mentions])
        return {concept: found for concept, found in stated.items() if concept.kind not in (KINDS, DRAWN)}

    @cached_property
    def subject(self) -> str:
        """All that is written of the case, whatever the level: it says which words are meant how, and nothing else."""
        return " ".join(passage.text for passage in self.case.texts)

    def _sentences(self, wanted: Callable[[int], bool]) -> list[Sentence]:
        places = [place for place in passages_at(self.case, self.level) if wanted(place)]
        return [sentence for place in places for sentence in sentences_of(self.case, place)]

    def _stated(self, sentences: list[Sentence]) -> dict[Concept, list[Presence]]:
        found: dict[Concept, list[Presence]] = defaultdict(list)
        for sentence in sentences:
            for stated in self.lexicon.read(sentence.text):
                presence = Presence(stated.present, (sentence.span,))
                found[stated.concept].append(presence)
                if stated.present:
                    for concept in self.lexicon.implied(stated.concept):
                        found[concept].append(presence)
        return found
