"""`AttributePhrases`: how the attributes of cases are asked about, and which words state them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.case import Scalar
from lexiscope.core.errors import UsageError
from lexiscope.language.words import read_yaml

_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class AttributePhrase:
    """How one attribute is asked about.

    Args:
        names: Of the attribute, as `plain_name` gives them.
        ask: Open questions.
        closed: Questions for yes and no, with {value} or {a_value}.
        seen: The concept that is there when the value is none of `AttributePhrases.none`.
        values: Value -> how an answer says it, then other ways to state it.
        many: Values that hold others, so that they exclude nothing.
        level: Of the turns.
    """

    names: tuple[str, ...]
    ask: tuple[str, ...]
    closed: tuple[str, ...] = ()
    seen: str | None = None
    values: Mapping[str, tuple[str, ...]] | None = None
    many: tuple[str, ...] = ()
    level: str = "simple"

    def say(self, value: Scalar) -> str:
        """A value in the words of an answer: "left", "temporal lobe", "two"."""
        known = (self.values or {}).get(str(value))
        if known:
            return known[0]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _COUNTED[int(value)] if value in range(len(_COUNTED)) else f"{value:g}"
        return " ".join(str(value).replace("_", " ").split())

    def stating(self, value: Scalar) -> re.Pattern[str]:
        """What a text that states the value matches."""
        words = {self.say(value), str(value).replace("_", " "), *(self.values or {}).get(str(value), ())}
        return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(words, key=len))})(?!\w)", re.I)


@dataclass(frozen=True)
class AttributePhrases:
    """How attributes are asked about, from `attributes.yaml`.

    Args:
        known: Plain name -> fact.
        unseen: Plain names that no image shows.
        none: Values, case-folded, that say that something is not there.
        background: Members of lists that nobody asks about.
    """

    known: Mapping[str, AttributePhrase]
    unseen: frozenset[str]
    none: frozenset[str]
    background: frozenset[str]

    @classmethod
    def load(cls, folder: Path | None = None) -> "AttributePhrases":
        """From the user's folder, or the file that comes with lexiscope.

        Raises:
            UsageError: an entry without names or questions.
        """
        found = read_yaml("attributes.yaml", folder)
        facts = [_fact(entry) for entry in found.get("ask") or ()]
        known = {plain_name(name): fact for fact in facts for name in fact.names}
        listed = {
            part: frozenset(map(plain_name, map(str, found.get(part) or ()))) for part in ("unseen", "background")
        }
        none = frozenset(str(value).casefold() for value in found.get("none") or ())
        return cls(known, listed["unseen"], none, listed["background"])

    def is_none(self, value: Scalar) -> bool:
        """Whether a value says that something is not there."""
        return value is False or str(value).casefold() in self.none

    def of(self, name: str) -> AttributePhrase:
        """How an attribute is asked about; plainly where the file does not know it."""
        known = self.known.get(plain_name(name))
        if known is not None:
            return known
        words = " ".join(name.replace("_", " ").split())
        return AttributePhrase((name,), (f"What is the {words}?",), (f"Is the {words} {{value}}?",))


def plain_name(name: str) -> str:
    """A name without case, spaces and underscores."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def _fact(entry: Any) -> AttributePhrase:
    try:
        return AttributePhrase(
            names=tuple(entry["names"]),
            ask=tuple(entry["ask"]),
            closed=tuple(entry.get("closed", ())),
            seen=entry.get("seen"),
            values={str(value): tuple(map(str, ways)) for value, ways in entry.get("values", {}).items()},
            many=tuple(map(str, entry.get("many", ()))),
            level=entry.get("level", "simple"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"expected names and ask of every entry of attributes.yaml, got {entry!r}"
        raise UsageError(f"{msg}; compare with the one that comes with lexiscope") from error
