"""`compose`: an interpretation as the nouns of the report page."""

from collections.abc import Iterable

from lexiscope.evaluate.report.interpreted import ShownChart, ShownResult, ShownSubject
from lexiscope.evaluate.report.page import Page, Tile
from lexiscope.interpret.drawing import chart_source
from lexiscope.interpret.interpretation import Interpretation, InterpretedSubject
from lexiscope.interpret.result import Result, cell

NUMBERS = "report.json"
_ROWS = 100  # of a table; the file of numbers has them all


def compose(interpretation: Interpretation) -> Page:
    """The page of an interpretation.

    Raises:
        MissingExtraError: matplotlib is missing.
    """
    found, subjects = interpretation.findings, interpretation.subjects
    left_out = [f"The part {one.name} was left out: {one.reason}" for one in interpretation.left_out]
    return Page(
        title="What the inputs contribute",
        lead="How a model uses what it is given, how its inputs work together, and what the numbers cannot tell.",
        tiles=(
            Tile(str(max((subject.cases for subject in subjects), default=0)), "cases"),
            Tile(str(max((subject.groups for subject in subjects), default=0)), "groups"),
            Tile(str(sum(len(subject.results) for subject in subjects)), "results"),
            Tile(str(len(found)), "sentences that intervals support"),
        ),
        subjects=tuple(map(shown_subject, subjects)),
        numbers=NUMBERS,
        provenance=dict(_provenance("", interpretation.about)),
        notes=(*interpretation.notes, *left_out),
    )


def shown_subject(subject: InterpretedSubject) -> ShownSubject:
    """A subject with its charts drawn.

    Raises:
        MissingExtraError: matplotlib is missing.
    """
    fusion = f", {subject.fusion} fusion" if subject.fusion else ""
    inputs = [f"{name} ({of})" if (of := subject.meanings.get(name)) else name for name in subject.inputs]
    return ShownSubject(
        name=subject.name,
        lead=f"Inputs: {', '.join(inputs)}{fusion}. Score: {subject.score}. {subject.cases} cases of "
        f"{subject.groups} groups{f': {subject.drawn}' if subject.drawn else ''}.",
        results=tuple(map(_shown, subject.results)),
        left_out=tuple((one.name, one.reason) for one in subject.left_out),
    )


def _shown(result: Result) -> ShownResult:
    columns = list(result.rows[0]) if result.rows else []
    return ShownResult(
        method=result.method,
        question=result.title,
        assumes=result.assumes,
        cannot_tell=result.cannot_tell,
        sample=result.sample,
        findings=result.findings,
        charts=[ShownChart(chart.title, chart_source(chart)) for chart in result.charts],
        columns=columns,
        rows=[[cell(row[name]) for name in columns] for row in result.rows[:_ROWS]],
        left_out=max(0, len(result.rows) - _ROWS),
        formulas=result.formula,
    )


def _provenance(name: str, value: object) -> Iterable[tuple[str, str]]:
    """Leaves of what an interpretation is about, by the names on the way to each."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _provenance(f"{name} {key}".strip(), one)
    elif isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from _provenance(f"{name} {number}", one)
    elif value is not None:
        yield name.replace("_", " "), str(value)
