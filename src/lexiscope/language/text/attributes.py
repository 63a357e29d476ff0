"""`AttributePhrases`: questions about the attributes of cases, and the words that state their values."""

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
    """Questions about one attribute and words for its values; the fields are those of `attributes.yaml`.

    Args:
        names: Names of the attribute, as `plain_name` gives them.
        ask: Open questions.
        closed: Questions for yes and no, with {value} or {a_value}.
        seen: Concept that is present when the value is none of `AttributePhrases.none`.
        values: Value -> words of an answer, then other ways to state it.
        many: Values that hold others, so that they exclude nothing.
        level: Level of the turns: "simple" or "complex".

    Example:
        >>> phrase = AttributePhrase(("lobe",), ("Where is it?",), values={"both": ("both sides",)})
        >>> phrase.say("both"), phrase.say("temporal_lobe"), phrase.say(2)
        ('both sides', 'temporal lobe', 'two')
        >>> bool(phrase.stating("both").search("Lesions on both sides."))
        True
    """

    names: tuple[str, ...]
    ask: tuple[str, ...]
    closed: tuple[str, ...] = ()
    seen: str | None = None
    values: Mapping[str, tuple[str, ...]] | None = None
    many: tuple[str, ...] = ()
    level: str = "simple"

    def say(self, value: Scalar) -> str:
        """Value in the words of an answer."""
        known = (self.values or {}).get(str(value))
        if known:
            return known[0]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _COUNTED[int(value)] if value in range(len(_COUNTED)) else f"{value:g}"
        return " ".join(str(value).replace("_", " ").split())

    def stating(self, value: Scalar) -> re.Pattern[str]:
        """Pattern of a text that states the value."""
        words = {self.say(value), str(value).replace("_", " "), *(self.values or {}).get(str(value), ())}
        return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(words, key=len))})(?!\w)", re.I)


@dataclass(frozen=True)
class AttributePhrases:
    """Questions about attributes and words for their values, from `attributes.yaml`.

    Args:
        known: Plain name -> questions and words of this attribute.
        unseen: Plain names of attributes that no image shows.
        none: Values, case-folded, that say that something is absent.
        background: Plain names of members of lists that nobody asks about.

    Example:
        >>> phrases = AttributePhrases.load()
        >>> phrases.of("side").ask[0], phrases.of("heat_input").ask[0]
        ('On which side is the lesion?', 'What is the heat input?')
    """

    known: Mapping[str, AttributePhrase]
    unseen: frozenset[str]
    none: frozenset[str]
    background: frozenset[str]

    @classmethod
    def load(cls, folder: Path | None = None) -> "AttributePhrases":
        """Phrases of the user's folder, or of the file that comes with lexiscope.

        Raises:
            UsageError: an entry without names or questions.
        """
        content = read_yaml("attributes.yaml", folder)
        phrases = [_phrase(entry) for entry in content.get("ask") or ()]
        known = {plain_name(name): phrase for phrase in phrases for name in phrase.names}
        listed = {
            part: frozenset(map(plain_name, map(str, content.get(part) or ()))) for part in ("unseen", "background")
        }
        none = frozenset(str(value).casefold() for value in content.get("none") or ())
        return cls(known, listed["unseen"], none, listed["background"])

    def is_none(self, value: Scalar) -> bool:
        """True for a value that says that something is absent."""
        return value is False or str(value).casefold() in self.none

    def of(self, name: str) -> AttributePhrase:
        """Questions and words of an attribute; plain ones where the file does not know it."""
        known = self.known.get(plain_name(name))
        if known is not None:
            return known
        words = " ".join(name.replace("_", " ").split())
        return AttributePhrase((name,), (f"What is the {words}?",), (f"Is the {words} {{value}}?",))


def plain_name(name: str) -> str:
    """Name without case, spaces, dashes and underscores.

    Example:
        >>> plain_name("Tumour_type") == plain_name("tumour type")
        True
    """
    return re.sub(r"[\s_-]+", "", name).casefold()


def _phrase(entry: Any) -> AttributePhrase:
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
