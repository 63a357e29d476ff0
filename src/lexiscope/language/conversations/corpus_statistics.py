"""`CorpusStatistics`: what a corpus holds elsewhere, so that a question can be answered by no with reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lexiscope.core.case import Scalar
from lexiscope.language.text.attributes import AttributePhrases, plain_name
from lexiscope.language.text.lexicon import Concept
from lexiscope.language.text.reading import CaseReading

MOST_VALUES = 12  # of an attribute that is asked about
LIST_MARK = ";"  # separates the members of a list in one value


@dataclass
class CorpusStatistics:
    """Counts over the cases of a corpus.

    Args:
        kinds: Kind of image -> cases of this kind alone.
        values: Attribute -> value, or member of a list -> cases.
        stated: Attribute -> cases whose texts state its value.
        lists: Attributes that hold lists.
    """

    kinds: Counter[Concept] = field(default_factory=Counter)
    values: Mapping[str, Counter[Scalar]] = field(default_factory=lambda: defaultdict(Counter))
    stated: Counter[str] = field(default_factory=Counter)
    lists: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, readings: Iterable[CaseReading], facts: AttributePhrases) -> "CorpusStatistics":
        """Read every case once."""
        survey = cls()
        for reading in readings:
            survey.add(reading, facts)
        return survey

    def add(self, reading: CaseReading, facts: AttributePhrases) -> None:
        """Count one case."""
        if len(reading.kinds) == 1:
            self.kinds.update(reading.kinds.keys())
        for name, value in reading.case.attributes.items():
            self._count(name, value)
            pattern = facts.of(name).stating(value)
            self.stated[name] += any(pattern.search(sentence.text) for sentence in reading.describing)

    def asks_about(self, name: str, facts: AttributePhrases) -> bool:
        """Whether an attribute is asked about: one of few words that the file knows, or that texts mostly state."""
        values = self.values.get(name, Counter())
        if plain_name(name) in facts.unseen or len(values) < 2:
            return False
        if plain_name(name) in facts.known:
            return True
        if len(values) > MOST_VALUES:
            return False
        words = all(isinstance(value, str) for value in values)
        return words and values.total() >= 2 * len(values) and 2 * self.stated[name] >= values.total()

    def _count(self, name: str, value: Scalar) -> None:
        seen = self.values[name]
        if isinstance(value, str) and LIST_MARK in value:
            self.lists.add(name)
        for member in members(value):
            if member in seen or len(seen) <= MOST_VALUES:
                seen[member] += 1


def members(value: Scalar) -> list[Scalar]:
    """The members of a list in one value ("oxide;crack"), or the value itself."""
    if not isinstance(value, str):
        return [value]
    return [part.strip() for part in value.split(LIST_MARK) if part.strip()]
