"""`Result`: what a method of interpretation found, with what it assumes and what it cannot tell."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lexiscope.core.json_types import to_json
from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Chart, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """What a method found in a model and its cases.

    Args:
        method: Name of the method in `lexiscope.interpret.METHODS`.
        title: What was asked, in plain words.
        rows: The numbers, one mapping a row, every row with the same keys: names, and numbers or `Estimate`s.
        findings: Sentences that the numbers support; none where intervals hold the null.
        charts: The same in pictures, plain captions in their titles.
        assumes: What must hold for the numbers to mean what they say.
        cannot_tell: What they cannot say even so.
        about: Model, data version, split, number of cases and groups, seed, and choices of the method.
        formula: Definition of a number of our own or of a paper, by name.
        sample: Which cases were looked at where not all were, how many of how many and by which seed, in words.
    """

    method: str
    title: str
    rows: Sequence[Row]
    assumes: str
    cannot_tell: str
    findings: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    formula: Mapping[str, str] = field(default_factory=dict)
    sample: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; charts are left out, for they show the rows."""
        return {
            "method": self.method,
            "title": self.title,
            "findings": list(self.findings),
            "rows": to_json(list(self.rows)),
            "assumes": self.assumes,
            "cannot_tell": self.cannot_tell,
            "sample": self.sample,
            "formula": dict(self.formula),
            "about": to_json(self.about),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def table(self) -> str:
        """The rows as plain text, numbers with their intervals.

        Example:
            >>> print(Result("m", "t", [{"input": "T1", "share": Estimate(0.5, 0.4, 0.6, 0.25)}], "", "").table())
            input  share
            T1     0.500 [0.400, 0.600] (chance 0.250)
        """
        if not self.rows:
            return "nothing measured"
        names = list(self.rows[0])
        lines = [names, *([cell(row[name]) for name in names] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join("  ".join(line).rstrip() for line in padded)

    def plot(self) -> "Figure":
        """All charts, one below the other.

        Raises:
            MissingExtraError: matplotlib is missing; the message says how to get it.
        """
        from lexiscope.interpret.drawing import draw

        return draw(self.charts)


def cell(value: object) -> str:
    """A value of a row as text.

    Example:
        >>> cell(Estimate(0.5, None, None, None)), cell(0.25), cell("T1"), cell(None)
        ('0.500', '0.250', 'T1', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, Estimate | float):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if value.value is None:
        return "-"
    interval = "" if value.low is None or value.high is None else f" [{number(value.low)}, {number(value.high)}]"
    chance = "" if value.chance is None else f" (chance {number(value.chance)})"
    return f"{number(value.value)}{interval}{chance}"
