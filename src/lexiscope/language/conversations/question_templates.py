"""`QuestionTemplates`: question wordings, one of which is drawn by seed, case and topic alone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lexiscope.core.errors import UsageError
from lexiscope.language.words import read_yaml

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class QuestionTemplates:
    """Question wordings by name.

    Args:
        wordings: Name -> questions with {slots}, from `question_templates.yaml`.
        seed: Seed by which one of several wordings is drawn.

    Example:
        >>> templates = QuestionTemplates({"kind": ["what is this {thing}?"]})
        >>> templates.question("kind", "case-1", "topic", thing="map")
        'What is this map?'
    """

    wordings: Mapping[str, Sequence[str]]
    seed: int = 0

    @classmethod
    def load(cls, folder: Path | None = None, *, seed: int = 0) -> "QuestionTemplates":
        """Wordings of the user's folder, or of the file that comes with lexiscope."""
        return cls(read_yaml("question_templates.yaml", folder), seed)

    def question(self, name: str, case: str, topic: str, **slots: str) -> str:
        """Question in one of its wordings, with its slots filled.

        Args:
            name: Name of the wordings.
            case: Id of the case that is asked about.
            topic: Thing that is asked.
            slots: Slot -> words that fill it.

        Raises:
            UsageError: the file has no such wording, or one with an unknown slot.
        """
        try:
            return capitalised(self.one_of(self.wordings[name], case, topic).format(**slots))
        except (KeyError, IndexError, TypeError, ZeroDivisionError) as error:  # the last: an empty list of wordings
            msg = (
                f"expected wordings of {name!r} with the slots {', '.join(slots) or 'none'} in question_templates.yaml"
            )
            raise UsageError(f"{msg}, got {error}; compare with the one that comes with lexiscope") from error

    def one_of(self, items: Sequence[_Item], case: str, topic: str) -> _Item:
        """One of several items, in every run the same for the same case and topic."""
        return items[draw(self.seed, case, topic) % len(items)]


def draw(seed: int, case: str, topic: str) -> int:
    """64 random bits that follow from seed, case and topic.

    Example:
        >>> draw(0, "case-1", "crack") == draw(0, "case-1", "crack") != draw(1, "case-1", "crack")
        True
    """
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{case}\0{topic}".encode(), digest_size=8).digest(), "big")


def capitalised(text: str) -> str:
    """Text with a capital first letter, but "pH" and "nm" as they are written.

    Example:
        >>> capitalised("temporal lobe"), capitalised("pH map")
        ('Temporal lobe', 'pH map')
    """
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return text if first[1:] != first[1:].lower() else text[:1].upper() + text[1:]


def listed(items: Sequence[str]) -> str:
    """Items as a list in words.

    Example:
        >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
        ('a', 'a and b', 'a, b and c')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
