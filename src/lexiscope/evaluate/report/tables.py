"""Tables of estimates in a form that the command line and the HTML page both print."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate

COLUMNS = ("of", "metric", "value", "95 % interval", "chance", "n")


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate of a table.

    Args:
        of: The model, a baseline or a part of the data.
        metric: Name of the metric.
        estimate: The number with its interval and chance level.
    """

    of: str
    metric: str
    estimate: Estimate

    @property
    def cells(self) -> tuple[str, ...]:
        """Text of each of `COLUMNS`."""
        found = self.estimate
        if found.value is None:
            return (self.of, self.metric, "not asked", "", "", "0")
        chance = "" if found.chance is None else number(found.chance)
        count = "" if found.n is None else str(found.n)
        return (self.of, self.metric, number(found.value), interval(found), chance, count)


@dataclass(frozen=True, slots=True)
class Table:
    """Estimates that belong together.

    Args:
        title: Heading of the table.
        rows: Estimates in reading order.
        note: One or two sentences on what they say.
    """

    title: str
    rows: tuple[Row, ...]
    note: str = ""

    @classmethod
    def of(cls, title: str, metrics: Mapping[str, Any], *, note: str = "") -> "Table":
        """Make the table of one tree of estimates; anything else in the tree is passed over.

        Example:
            >>> [row.metric for row in Table.of("", {"recall@1": Estimate(1.0, None, None, 0.1), "k": 5}).rows]
            ['recall@1']
        """
        return cls(title, tuple(rows_of("", metrics)), note)


def rows_of(of: str, metrics: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of a tree of estimates, the names on the way to each joined by commas.

    Args:
        of: The model, a baseline or a part of the data.
        metrics: Name -> estimate, or further names; anything else is passed over.
    """
    for path, estimate in _leaves(metrics):
        yield Row(of, ", ".join(name.replace("_", " ") for name in path if not name.startswith("by_")), estimate)


def interval(estimate: Estimate) -> str:
    """Interval of an estimate as it is printed; there is none over one group.

    Example:
        >>> interval(Estimate(0.5, 0.25, 0.75, chance=0.1))
        '0.250 to 0.750'
    """
    if estimate.low is None or estimate.high is None:
        return "one group"
    return f"{number(estimate.low)} to {number(estimate.high)}"


def numbers_by_name(values: Mapping[str, Iterable[float]]) -> str:
    """Numbers in one line, by name.

    Example:
        >>> numbers_by_name({"probe": [0.5, 0.75]})
        'probe 0.500 0.750'
    """
    return "; ".join(f"{name.replace('_', ' ')} {' '.join(map(number, some))}" for name, some in values.items())


def _leaves(
    tree: Mapping[str, Any], path: tuple[str, ...] = (), *, parts: bool = False
) -> Iterator[tuple[tuple[str, ...], Estimate]]:
    """Estimates with the names on the way to each; parts of an estimate in which nothing was asked are left out."""
    for name, value in tree.items():
        here = (*path, str(name))
        if isinstance(value, Estimate):
            if value.value is not None or not parts:
                yield here, value
            yield from _leaves(value.parts, here, parts=True)
        elif isinstance(value, Mapping):
            yield from _leaves(value, here, parts=parts)
