"""`CorpusStatistics`: values and kinds that occur in a corpus, so that a question can be answered by no with reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lexiscope.core.case import Scalar
from lexiscope.language.text.attributes import AttributePhrases, plain_name
from lexiscope.language.text.lexicon import Concept
from lexiscope.language.text.reading import CaseReading

MAX_VALUES = 12  # of an attribute that is asked about
LIST_MARK = ";"  # separates the members of a list in one value


@dataclass
class CorpusStatistics:
    """Counts over the cases of a corpus.

    Args:
        kinds: Kind of image -> number of cases of this kind alone.
        values: Attribute -> value, or member of a list -> number of cases.
        stated: Attribute -> number of cases whose texts state its value.
        lists: Names of attributes that hold lists.
    """

    kinds: Counter[Concept] = field(default_factory=Counter)
    values: Mapping[str, Counter[Scalar]] = field(default_factory=lambda: defaultdict(Counter))
    stated: Counter[str] = field(default_factory=Counter)
    lists: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, readings: Iterable[CaseReading], phrases: AttributePhrases) -> "CorpusStatistics":
        """Statistics of cases, each read once.

        Args:
            readings: Sentences and attributes of every case.
            phrases: Ways to say the attributes, by which texts are searched.
        """
        statistics = cls()
        for reading in readings:
            statistics.add(reading, phrases)
        return statistics

    def add(self, reading: CaseReading, phrases: AttributePhrases) -> None:
        """Count one case."""
        if len(reading.kinds) == 1:
            self.kinds.update(reading.kinds.keys())
        for name, value in reading.case.attributes.items():
            self._count(name, value)
            pattern = phrases.of(name).stating(value)
            self.stated[name] += any(pattern.search(sentence.text) for sentence in reading.describing)

    def asks_about(self, name: str, phrases: AttributePhrases) -> bool:
        """True for an attribute that is asked about: the file knows it, or it has few words that texts mostly state."""
        values = self.values.get(name, Counter())
        if plain_name(name) in phrases.unseen or len(values) < 2:
            return False
        if plain_name(name) in phrases.known:
            return True
        if len(values) > MAX_VALUES:
            return False
        words = all(isinstance(value, str) for value in values)
        return words and values.total() >= 2 * len(values) and 2 * self.stated[name] >= values.total()

    def _count(self, name: str, value: Scalar) -> None:
        counts = self.values[name]
        if isinstance(value, str) and LIST_MARK in value:
            self.lists.add(name)
        for member in members(value):
            if member in counts or len(counts) <= MAX_VALUES:
                counts[member] += 1


def members(value: Scalar) -> list[Scalar]:
    """Members of a list in one value, or the value itself.

    Example:
        >>> members("oxide; crack;"), members(3)
        (['oxide', 'crack'], [3])
    """
    if not isinstance(value, str):
        return [value]
    return [part.strip() for part in value.split(LIST_MARK) if part.strip()]
