"""`StatedAttributes`: the values of attributes that captions state in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.corpus.wording import normalise

_MOST_VALUES = 50  # an attribute with more values than this is a name or a measurement, not a class


@dataclass(frozen=True, slots=True)
class StatedAttributes:
    """Attributes that captions can be read for.

    Args:
        values: Attribute -> its values as normalised words.
    """

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, cases: Iterable[Case]) -> "StatedAttributes":
        """Every attribute of cases whose values are words, two to fifty of them."""
        values: dict[str, set[str]] = {}
        for case in cases:
            for name, value in case.attributes.items():
                if isinstance(value, str) and normalise(value):
                    values.setdefault(name, set()).add(_in_words(value))
        return cls({name: tuple(sorted(some)) for name, some in values.items() if 2 <= len(some) <= _MOST_VALUES})

    def stated(self, attribute: str, caption: str) -> str | None:
        """The one value of an attribute that a caption states in words; None when it states none or several.

        A value inside a longer one does not count for itself: "left" in "left frontal" when both are values.
        """
        words = f" {normalise(caption)} "
        stated = [value for value in self.values[attribute] if f" {value} " in words]
        longest = [value for value in stated if not any(value != other and value in other for other in stated)]
        return longest[0] if len(longest) == 1 else None

    def true_values(self, case: Case, references: Sequence[str]) -> dict[str, str]:
        """Attribute -> true value, for those that one of a case's reference captions states."""
        values = {}
        for name in self.values.keys() & case.attributes.keys():
            true = _in_words(str(case.attributes[name]))
            if any(self.stated(name, text) == true for text in references):
                values[name] = true
        return dict(sorted(values.items()))


def _in_words(value: str) -> str:
    return normalise(value.replace("_", " "))
