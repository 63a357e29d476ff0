"""What a corpus can store: text that UTF-8 can write, names of bearable length, finite numbers of 64 bits."""

import math
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from lexiscope.core.errors import CaseError

LONGEST_NAME = 4096  # characters of an id, a group, a modality, an attribute's name
_WHOLE = 2**63


def check_text(what: str, text: object) -> None:
    """Refuse what is no text, or text that no file can hold.

    Args:
        what: Name of the field, as it stands in the message.
        text: Value of the field.

    Raises:
        CaseError: it is no text, or holds half a character (a lone surrogate).

    Example:
        >>> check_text("answer", 3)
        Traceback (most recent call last):
        lexiscope.core.errors.CaseError: answer must be text, got int 3; write it as text or leave it out
    """
    if not isinstance(text, str):
        raise CaseError(f"{what} must be text, got {_shown(text)}; write it as text or leave it out")
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"{what} must be text that UTF-8 can write, got half a character at {error.start} of {text!r:.80}"
        raise CaseError(f"{msg}; repair its encoding") from error


def check_name(what: str, name: object) -> None:
    """Refuse what cannot be a name: as `check_text`, and none with a NUL or of more than `LONGEST_NAME` characters.

    Raises:
        CaseError: it is none.

    Example:
        >>> check_name("id", "a" * 5000)
        Traceback (most recent call last):
        lexiscope.core.errors.CaseError: id must have at most 4,096 characters, got 5,000; shorten it
    """
    check_text(what, name)
    text = str(name)
    if len(text) > LONGEST_NAME:
        raise CaseError(f"{what} must have at most {LONGEST_NAME:,} characters, got {len(text):,}; shorten it")
    if "\0" in text:
        raise CaseError(f"{what} must hold no NUL character, got {text!r:.80}; remove it")


def check_fact(what: str, value: object) -> None:
    """Refuse what is no text, number or truth value, and numbers that 64 bits do not hold.

    Raises:
        CaseError: it is none.

    Example:
        >>> check_fact("age", float("nan"))
        Traceback (most recent call last):
        lexiscope.core.errors.CaseError: age must be a finite number, got nan; leave it out where it is not known
    """
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        if not -_WHOLE <= value < _WHOLE:
            raise CaseError(f"{what} must fit 64 bits, got a number of {value.bit_length()} bits; write it as text")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise CaseError(f"{what} must be a finite number, got {value}; leave it out where it is not known")
    elif isinstance(value, str):
        check_text(what, value)
    else:
        raise CaseError(f"{what} must be text, a number, true or false, got {_shown(value)}; write it as one of these")


def check_facts(what: str, facts: object, *, lists: bool = False) -> None:
    """Refuse what is no mapping of names to facts.

    Args:
        what: Name of the field, as it stands in the message.
        facts: Value of the field.
        lists: Allow lists of facts as values, too.

    Raises:
        CaseError: it is none.

    Example:
        >>> check_facts("locator", {"page": 3, "box": [0.0, 1.5]}, lists=True)
    """
    if not isinstance(facts, Mapping):
        raise CaseError(f"{what} must be names with their values, got {_shown(facts)}; write an object")
    for name, value in facts.items():
        check_name(f"a name in {what}", name)
        values: Iterable[Any] = value if lists and isinstance(value, list | tuple) else (value,)
        for item in values:
            check_fact(f"{what} {name!r:.80}", item)


def check_whole(what: str, number: object) -> None:
    """Refuse what is no whole number of 32 bits.

    Raises:
        CaseError: it is none.

    Example:
        >>> check_whole("channels", "3")
        Traceback (most recent call last):
        lexiscope.core.errors.CaseError: channels must be a whole number, got str '3'; write it as one
    """
    if isinstance(number, bool) or not isinstance(number, Integral) or abs(int(number)) >= 2**31:
        raise CaseError(f"{what} must be a whole number, got {_shown(number)}; write it as one")


def check_all(what: str, items: object, kind: type) -> None:
    """Refuse what is no sequence of one kind of thing.

    Raises:
        CaseError: it is none.

    Example:
        >>> check_all("texts", "abc", dict)
        Traceback (most recent call last):
        lexiscope.core.errors.CaseError: texts must be a list of dict, got str 'abc'; write a list
    """
    if not isinstance(items, list | tuple):
        raise CaseError(f"{what} must be a list of {kind.__name__}, got {_shown(items)}; write a list")
    for item in items:
        if not isinstance(item, kind):
            raise CaseError(f"{what} must be a list of {kind.__name__}, got one with {_shown(item)}; correct the entry")
        if isinstance(item, str):
            check_text(what, item)


def _shown(value: object) -> str:
    """Type and start of a value; a huge number is not written out, which Python refuses."""
    if isinstance(value, int) and abs(value) >= _WHOLE:
        return f"a number of {value.bit_length()} bits"
    return f"{type(value).__name__} {value!r:.60}"
