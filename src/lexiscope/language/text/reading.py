"""`CaseReading`: sentences about a case that a generator may use, and their statements."""

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
from lexiscope.sources.papers.jats.mentions import is_dashed, mentioned, name_of_label


@dataclass(frozen=True, slots=True)
class Presence:
    """Presence or absence of a concept, and the words that state it.

    Args:
        present: Whether the concept is present.
        spans: Stretches that state it; empty when an attribute or a mask does.
        rests_on: Ground of the statement: "text", "attribute" or "mask".
    """

    present: bool
    spans: tuple[Span, ...] = ()
    rests_on: str = "text"


@dataclass(frozen=True)
class CaseReading:
    """Sentences about a case at a level of context, and their statements.

    Args:
        case: Case that is read.
        lexicon: Terms by which things are recognised.
        level: One of `lexiscope.language.text.context.LEVELS`.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> texts = (Passage("caption", "SEM image of glass without cracks."),)
        >>> reading = CaseReading(Case("f1", "paper", Provenance("by hand"), texts=texts), Lexicon.load())
        >>> [kind.name for kind in reading.kinds]
        ['scanning electron micrograph']
        >>> {concept.name: found[0].present for concept, found in reading.presences.items()}
        {'crack': False}
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
        label = str(self.case.provenance.locator.get("label", ""))
        name = name_of_label(label)
        if name is None:
            return []
        mentions = self._sentences(lambda place: self.case.texts[place].kind == "mention")
        return [sentence for sentence in mentions if mentioned(sentence.text, dashed=is_dashed(label)) == [name]]

    @cached_property
    def kinds(self) -> dict[Concept, tuple[Span, ...]]:
        """Kinds of images that the describing sentences name, with the stretches that do."""
        stated = self._stated(self.describing)
        named = {concept: presences for concept, presences in stated.items() if concept.kind in (KINDS, DRAWN)}
        hidden = {name for concept in named for name in concept.hides}
        return {
            concept: presences[0].spans
            for concept, presences in named.items()
            if concept.name not in hidden and all(presence.present for presence in presences)
        }

    @cached_property
    def is_drawn(self) -> bool:
        """True for a chart or a drawing that is nothing else."""
        return bool(self.kinds) and all(concept.kind == DRAWN for concept in self.kinds)

    @cached_property
    def presences(self) -> dict[Concept, list[Presence]]:
        """Concepts that the sentences state to be present or absent in the image; none for charts and drawings.

        Where a figure has charts beside images, nobody says which of them a word is about.
        """
        if any(concept.kind == DRAWN for concept in self.kinds):
            return {}
        stated = self._stated([*self.describing, *self.mentions])
        return {concept: presences for concept, presences in stated.items() if concept.kind not in (KINDS, DRAWN)}

    @cached_property
    def subject(self) -> str:
        """Full text of the case, whatever the level: read to tell which meaning a word has, and for nothing else."""
        return " ".join(passage.text for passage in self.case.statements)

    def _sentences(self, wanted: Callable[[int], bool]) -> list[Sentence]:
        places = [place for place in passages_at(self.case, self.level) if wanted(place)]
        return [sentence for place in places for sentence in sentences_of(self.case, place)]

    def _stated(self, sentences: list[Sentence]) -> dict[Concept, list[Presence]]:
        presences: dict[Concept, list[Presence]] = defaultdict(list)
        for sentence in sentences:
            for statement in self.lexicon.read(sentence.text):
                presence = Presence(statement.present, (sentence.span,))
                presences[statement.concept].append(presence)
                if statement.present:
                    for concept in self.lexicon.implied(statement.concept):
                        presences[concept].append(presence)
        return presences
