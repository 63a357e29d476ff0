"""`Filter`: which cases a search may return, as people write it: `split=test`, `attributes.age>=50`."""

import csv
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from lexiscope.core.errors import UsageError

FIELDS = ("case", "group", "split", "licence", "source", "modalities")
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "in")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_ORDERED = tuple(_ORDER)
_SIGNS = frozenset("=!<>")
_OPERATOR = re.compile(r"!=|>=|<=|=|>|<|(?<=\s)in(?=\s)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field.

    Args:
        field: One of `FIELDS`, or `attributes.NAME`.
        operator: One of `OPERATORS`. `=` and `in` compare words as written and numbers by value; a field of several
            values (modalities) satisfies them with any of its values. `!=` also holds where the field is missing;
            the others need it. `>`, `>=`, `<` and `<=` compare numbers.
        values: The right side: one value, several for `in`.

    Raises:
        UsageError: an unknown field or operator, no value, or an order between words.
    """

    field: str
    operator: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise UsageError(f"filter operator must be one of {' '.join(OPERATORS)}, got {self.operator!r}")
        if self.field not in FIELDS and not _is_attribute(self.field):
            raise UsageError(_unknown_field(self.field))
        if not self.values or (self.operator != "in" and len(self.values) > 1):
            msg = f"filter on {self.field} with {self.operator!r} needs one value (several for 'in'), got {self.values}"
            raise UsageError(msg)
        if self.operator in _ORDERED and as_number(self.values[0]) is None:
            msg = (
                f"filter {self.field}{self.operator} needs a number, got {self.values[0]!r}; compare words with = != in"
            )
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold.

    Example:
        >>> parse_filter(["split=test", "attributes.age>=50"]).conditions[1]
        Condition(field='attributes.age', operator='>=', values=('50',))
    """

    conditions: tuple[Condition, ...]

    def require_known(self, fields: Iterable[str]) -> None:
        """Refuse an attribute that no case of the index has: a misspelt name would silently match nothing.

        Raises:
            UsageError: such an attribute; the message proposes the nearest one.
        """
        known = set(fields)
        for condition in self.conditions:
            if _is_attribute(condition.field) and condition.field not in known:
                raise UsageError(_unknown_field(condition.field, known))

    def admits(self, fields: Mapping[str, str | int | float | Sequence[str]]) -> bool:
        """True when a case satisfies every condition.

        Args:
            fields: Field -> its value, or its values; a field that the case lacks is left out.

        Example:
            >>> where = parse_filter(["modalities=flair", "attributes.age>=50"])
            >>> where.admits({"modalities": ["t1", "flair"], "attributes.age": 61})
            True
            >>> where.admits({"attributes.age": 61})
            False
        """
        return all(_holds(condition, fields.get(condition.field)) for condition in self.conditions)


def parse_filter(conditions: Iterable[str]) -> Filter:
    """Read conditions such as `split=test`, `group!=p7`, `attributes.age>=50` or `split in train, val`.

    In a list a value in double quotes may hold commas, and a quote twice: `group in "Doe, J.", "the ""first"" one"`.

    Raises:
        UsageError: a condition that cannot be read, or on an unknown field.

    Example:
        >>> parse_filter(["split in train, val"]).conditions
        (Condition(field='split', operator='in', values=('train', 'val')),)
        >>> parse_filter(['group in "Doe, J.", Roe']).conditions[0].values
        ('Doe, J.', 'Roe')
    """
    return Filter(tuple(_parse(condition) for condition in conditions))


def as_number(text: str) -> float | None:
    """The number that a word stands for, None when it stands for none (nan and inf included).

    Example:
        >>> as_number("1e3"), as_number("nan"), as_number("left")
        (1000.0, None, None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def plain_values(attributes: Mapping[str, str | int | float | bool]) -> dict[str, str | int | float]:
    """Attributes as an index stores them: yes-or-no values become the words "true" and "false".

    The embedded engine reads a Python bool as a number and then matches nothing.

    Example:
        >>> plain_values({"fed": True, "age": 3, "site": "left"})
        {'fed': 'true', 'age': 3, 'site': 'left'}
    """
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in attributes.items()}


def _holds(condition: Condition, present: str | int | float | Sequence[str] | None) -> bool:
    if present is None:
        return condition.operator == "!="
    values = [present] if isinstance(present, str | int | float) else list(present)
    if condition.operator in _ORDERED:
        bound = as_number(condition.values[0])
        numbers = [value for value in values if not isinstance(value, str)]  # words have no order
        return bound is not None and any(_ORDER[condition.operator](number, bound) for number in numbers)
    same = any(_equal(value, wanted) for value in values for wanted in condition.values)
    return not same if condition.operator == "!=" else same


def _equal(value: str | int | float, wanted: str) -> bool:
    return str(value) == wanted or (not isinstance(value, str) and as_number(wanted) == value)


def _parse(text: str) -> Condition:
    match = _OPERATOR.search(text)  # searched for, since a pattern of the whole tries every way to part its spaces
    field, right = ("", "") if match is None else (text[: match.start()].strip(), text[match.end() :].strip())
    if match is None or not field or _SIGNS & set(field) or right[:1] in ("", *_SIGNS):
        operators = " ".join(OPERATORS)
        msg = f"a filter reads FIELD OPERATOR VALUE (operators: {operators}), got {text!r}; for example split=test"
        raise UsageError(msg)
    values = _listed(right) if match[0] == "in" else [right]
    return Condition(field, match[0], tuple(values))


def _listed(text: str) -> list[str]:
    """Values between commas, such as hold commas in double quotes."""
    lines = text.splitlines(keepends=True)  # what is quoted may go on in another line
    try:
        return [value.strip() for row in csv.reader(lines, skipinitialspace=True) for value in row]
    except csv.Error as error:
        raise UsageError(f"expected values between commas, got a list that cannot be read: {error}") from error


def _is_attribute(field: str) -> bool:
    return field.startswith("attributes.") and len(field) > len("attributes.") and '"' not in field


def _unknown_field(field: str, known: Iterable[str] = ()) -> str:
    names = sorted({*FIELDS, *known})
    near = get_close_matches(field, names, n=1) or get_close_matches(f"attributes.{field}", names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"unknown filter field {field!r}.{hint} Fields: {', '.join(names)}{'' if known else ', attributes.NAME'}"
