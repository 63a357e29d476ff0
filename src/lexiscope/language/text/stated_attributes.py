"""`StatedAttributes`: the values of attributes that captions state in words, and how many of them are right."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lexiscope.core.case import Case
from lexiscope.corpus.wording import normalise
from lexiscope.language.text.attributes import AttributePhrases, plain_name

_MOST_VALUES = 50  # an attribute with more values than this is a name or a measurement, not a class
_CLAUSE = re.compile(r"[.;,()\n]+")
_ABSENT = r"\b(?:no|without)(?: (?:any|focal|visible))* {thing}s?\b"  # in normalised words
_OFTEN = 0.1  # share of the captions about an attribute that state it, from which on captions are about it


@dataclass(frozen=True, slots=True)
class DescribedCase:
    """A case with its reference captions.

    Args:
        case: The case.
        references: Captions that are right.
    """

    case: Case
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A value that a reference caption states, and whether the written caption states it, too.

    Args:
        attribute: Name of the attribute.
        row: Place of the case.
        right: True where the written caption states this value of the attribute and no other.
    """

    attribute: str
    row: int
    right: bool


@dataclass(frozen=True, slots=True)
class StatedAttributes:
    """Attributes that captions can be read for.

    Args:
        values: Attribute -> its values as normalised words.
        absent: (attribute, value) -> pattern of words that say the same, where the value is that something is absent.
    """

    values: Mapping[str, tuple[str, ...]]
    absent: Mapping[tuple[str, str], re.Pattern[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: Iterable[Case]) -> "StatedAttributes":
        """Every attribute of cases whose values are words, two to fifty of them; never one that no image shows."""
        phrases, values = AttributePhrases.load(), dict[str, set[str]]()
        for case in cases:
            for name, value in case.attributes.items():
                if isinstance(value, str) and normalise(value) and plain_name(name) not in phrases.unseen:
                    values.setdefault(name, set()).add(_in_words(value))
        read = {name: tuple(sorted(some)) for name, some in values.items() if 2 <= len(some) <= _MOST_VALUES}
        absent = {
            (name, value): re.compile(_ABSENT.format(thing=re.escape(_in_words(phrases.of(name).seen or name))))
            for name, some in read.items()
            for value in some
            if phrases.is_none(value)
        }
        return cls(read, absent)

    def stated(self, attribute: str, caption: str) -> str | None:
        """The one value of an attribute that a caption states in words; None when it states none or several.

        A value inside a longer one does not count for itself: "left" in "left frontal" when both are values. Nor does
        one that several attributes have where the clause names another of them: "none" in "atrophy: none" is no side.
        Where the value is that something is absent, "no atrophy" states it as well.
        """
        words = f" {normalise(caption)} "
        stated = [value for value in self.values[attribute] if self._says(words, attribute, value)]
        longest = [value for value in stated if not any(value != other and value in other for other in stated)]
        own = [value for value in longest if not self._is_of_another(attribute, value, caption)]
        return own[0] if len(own) == 1 else None

    def true_values(self, case: Case, references: Sequence[str]) -> dict[str, str]:
        """Attribute -> true value, for those that one of a case's reference captions states."""
        values = {}
        for name in self.values.keys() & case.attributes.keys():
            true = _in_words(str(case.attributes[name]))
            if any(self.stated(name, text) == true for text in references):
                values[name] = true
        return dict(sorted(values.items()))

    def facts(self, described: Sequence[DescribedCase], captions: Sequence[str]) -> Iterator[StatedFact]:
        """Every value that references state, with whether the captions of the same cases state it."""
        for row, (one, caption) in enumerate(zip(described, captions, strict=True)):
            for name, true in self.true_values(one.case, one.references).items():
                yield StatedFact(name, row, self.stated(name, caption) == true)

    def often_stated(self, described: Sequence[DescribedCase]) -> tuple[str, ...]:
        """Attributes that captions are about: at least a tenth of those of cases that have one state it."""
        stated = [self.true_values(one.case, one.references) for one in described]
        counts = {name: sum(name in one.case.attributes for one in described) for name in self.values}
        return tuple(
            name
            for name, count in sorted(counts.items())
            if count and sum(name in values for values in stated) >= _OFTEN * count
        )

    def _says(self, words: str, attribute: str, value: str) -> bool:
        absent = self.absent.get((attribute, value))
        return f" {value} " in words or (absent is not None and bool(absent.search(words)))

    def _is_of_another(self, attribute: str, value: str, caption: str) -> bool:
        """True where each clause with the value names another attribute that has it, and not this one."""
        others = [name for name, values in self.values.items() if name != attribute and value in values]
        clauses = [f" {normalise(clause)} " for clause in _CLAUSE.split(caption)] if others else []
        holding = [clause for clause in clauses if f" {value} " in clause]
        own = f" {_in_words(attribute)} "
        return bool(holding) and all(
            own not in clause and any(f" {_in_words(name)} " in clause for name in others) for clause in holding
        )


def _in_words(value: str) -> str:
    return normalise(value.replace("_", " "))
