"""`bounded`: a value for a reader with little room: shortened, without paths of this machine or control characters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lexiscope.core.plain import plain

MOST_CHARACTERS = 4000  # of one text
MOST_ITEMS = 50  # of one list or mapping
_DIGITS = 6  # of a number; more say nothing of a score or a size, and take as much room as a word
_PLACES = ("path", "file")  # fields that name files of this machine


@dataclass(frozen=True, slots=True)
class Bounded:
    """A value of JSON types, and in words what was left out of it.

    Args:
        value: The value.
        cut: One sentence for each text or list that was longer.
    """

    value: Any
    cut: list[str] = field(default_factory=list)


def bounded(value: Any) -> Bounded:
    """Cut long texts and lists, round numbers, and drop the fields that name files.

    Args:
        value: A value of JSON types.

    Example:
        >>> bounded({"text": "a\\x1b[2J", "path": "/srv/a.png"}).value
        {'text': 'a\\\\x1b[2J'}
        >>> bounded([0.6237378894583141, 4.3137822169266645e-05, 123456789]).value
        [0.623738, 4.31378e-05, 123456789]
        >>> bounded({"hits": list(range(60))}).cut
        ['hits: the first 50 of 60']
    """
    cut: list[str] = []
    return Bounded(_within(value, "result", cut), cut)


def _within(value: Any, name: str, cut: list[str]) -> Any:
    if isinstance(value, str):
        return _text(value, name, cut)
    if isinstance(value, Mapping):
        shown = {key: item for key, item in value.items() if key not in _PLACES}
        kept = _first(list(shown.items()), name, cut)
        return {_text(key, name, cut): _within(item, key, cut) for key, item in kept}
    if isinstance(value, list | tuple):
        return [_within(item, name, cut) for item in _first(list(value), name, cut)]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _text(text: str, name: str, cut: list[str]) -> str:
    if len(text) <= MOST_CHARACTERS:
        return plain(text)
    _say(cut, f"{plain(name[:80])}: the first {MOST_CHARACTERS} of {len(text)} characters")
    return plain(text[:MOST_CHARACTERS]) + "…"


def _first(items: list[Any], name: str, cut: list[str]) -> list[Any]:
    if len(items) > MOST_ITEMS:
        _say(cut, f"{plain(name[:80])}: the first {MOST_ITEMS} of {len(items)}")
    return items[:MOST_ITEMS]


def _say(cut: list[str], sentence: str) -> None:
    if len(cut) < MOST_ITEMS:
        cut.append(sentence)
