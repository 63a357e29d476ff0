"""`RuleGenerator`: questions and answers by rules, from texts, attributes and masks.

The same case and the same corpus give the same turns in every run and on every machine.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.corpus_statistics import CorpusStatistics
from lexiscope.language.conversations.masks import Masks
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.attributes import ask_attributes, presences
from lexiscope.language.conversations.rules.description import ask_description, ask_mentions
from lexiscope.language.conversations.rules.kinds import ask_kind
from lexiscope.language.conversations.rules.panels import ask_panels
from lexiscope.language.conversations.rules.presence import ask_presence
from lexiscope.language.conversations.rules.subject import ask_subject
from lexiscope.language.text.attributes import AttributePhrases
from lexiscope.language.text.lexicon import Concept, Lexicon
from lexiscope.language.text.reading import CaseReading, Presence


class RuleGenerator:
    """Generator of questions by rules.

    Args:
        corpus: Read once at the start, to learn what it holds elsewhere: a question is answered by no only where
            this case rules out something that others have.
        level: Level of context that is read: "none" (attributes and masks), "caption" or "full".
        attributes: Names of the attributes to ask about; all that an image can show when None.
        prompts: Folder of the user's own word files.
        seed: Seed of the wordings.
    """

    author = AUTHOR

    def __init__(
        self,
        corpus: Corpus,
        *,
        level: str = "full",
        attributes: tuple[str, ...] | None = None,
        prompts: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.failed: dict[str, str] = {}
        self.usage = None
        self._level = level
        self._names = attributes
        self._lexicon = Lexicon.load(prompts)
        self._phrases = AttributePhrases.load(prompts)
        self._templates = QuestionTemplates.load(prompts, seed=seed)
        self._masks = Masks(corpus, self._lexicon)
        self._statistics = CorpusStatistics.of((self.read(case) for case in corpus), self._phrases)

    def read(self, case: Case) -> CaseReading:
        """Sentences about a case, at the level of this generator."""
        return CaseReading(case, self._lexicon, self._level)

    def candidates(self, cases: Iterable[Case]) -> Iterator[list[CandidateTurn]]:
        """Candidate turns about each case, in the order of the cases; none about a case without an image."""
        for case in cases:
            yield list(self._about(self.read(case))) if case.images else []

    def _about(self, reading: CaseReading) -> Iterator[CandidateTurn]:
        yield from ask_kind(reading, self._statistics, self._templates)
        yield from ask_presence(
            reading, self._known(reading), self._templates, listed_elsewhere=self._has_list(reading)
        )
        yield from ask_attributes(reading, self._statistics, self._phrases, self._templates, names=self._names)
        yield from ask_panels(reading, self._templates)
        yield from ask_subject(reading, self._templates)
        yield from ask_description(reading, self._templates)
        yield from ask_mentions(reading, self._templates)

    def _has_list(self, reading: CaseReading) -> bool:
        """True when an attribute lists all that is seen, so that the text's own list says less."""
        return bool(self._statistics.lists & reading.case.attributes.keys())

    def _known(self, reading: CaseReading) -> dict[Concept, list[Presence]]:
        known: dict[Concept, list[Presence]] = defaultdict(list)
        for concept, stated in reading.presences.items():
            known[concept.within(reading.subject)] += stated
        if not reading.is_drawn:
            for concept, presence in presences(reading, self._statistics, self._phrases):
                known[concept.within(reading.subject)].append(presence)
            for concept, presence in self._masks.presences(reading.case):
                known[concept.within(reading.subject)].append(presence)
        return known
