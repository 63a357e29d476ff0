"""How a model uses its inputs, in the form that the page shows: findings, charts, numbers, and their limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A drawn chart.

    Args:
        caption: What it shows, in plain words.
        source: The picture as a data URI.
    """

    caption: str
    source: str


@dataclass(frozen=True, slots=True)
class ShownResult:
    """What one method found.

    Args:
        method: Name of the method.
        question: What was asked, in plain words.
        assumes: What must hold for the numbers to mean what they say.
        cannot_tell: What they cannot say even so.
        findings: Sentences that the numbers support.
        charts: Charts in their order.
        columns: Names of the numbers.
        rows: Their texts, one tuple a row.
        left_out: Number of further rows that the page does not show.
        formulas: Name of a number -> its definition.
        sample: Which cases it looked at, where not all; empty where all.
    """

    method: str
    question: str
    assumes: str
    cannot_tell: str
    findings: Sequence[str] = ()
    charts: Sequence[ShownChart] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    left_out: int = 0
    formulas: Mapping[str, str] = field(default_factory=dict)
    sample: str = ""


@dataclass(frozen=True, slots=True)
class ShownSubject:
    """A part of a model with what was found in it.

    Args:
        name: What it is, in words.
        lead: Its inputs, its score and the cases it was interpreted on, in a sentence.
        results: What each method found.
        left_out: Methods that could not be used, each with its reason.
    """

    name: str
    lead: str
    results: Sequence[ShownResult] = ()
    left_out: Sequence[tuple[str, str]] = ()
