"""The JSON of `lexiscope evaluate`: its reference page, written from the code, and the check of a document.

python -m lexiscope.evaluate.report.schema > docs/reference/report.md
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, get_origin

from lexiscope.core.docstrings import argument_texts, summary_of
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.evaluation import Evaluation
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.statistics import Estimate

_ENDS = ("value", "low", "high", "chance")
_PLAIN = (str, int, float, bool, type(None))
_INTRODUCTION = """# The report of an evaluation

What `lexiscope evaluate NAME --json`, `lexiscope benchmark run --json` and `evaluate_model(...).to_dict()` give. This
page is written from the code by `python -m lexiscope.evaluate.report.schema > docs/reference/report.md`; a test holds
the two together, and holds every evaluation to it.

`Report.from_dict` reads the JSON again, also files of earlier versions: the evaluation `assistant` was called
`interpret` then, and estimates had no counts.
"""


def report_page() -> str:
    """Write the reference page as Markdown.

    Example:
        >>> report_page().splitlines()[0]
        '# The report of an evaluation'
    """
    report, estimate = argument_texts(Report.__doc__), argument_texts(Estimate.__doc__)
    own = [one.name for one in fields(Report) if one.name != "sections"]
    parts = [
        _INTRODUCTION.strip(),
        "## Every report",
        _table(("name", "what it holds"), [(f"`{name}`", report[name]) for name in own]),
        "Whatever else stands at the top level is a section of one evaluation alone, see below.",
        "## An estimate",
        "Every number under `metrics`, `baselines` and `differences`, to any depth of names:",
        _table(("name", "what it holds"), [(f"`{name}`", text) for name, text in estimate.items() if name != "parts"]),
        "Parts of an estimate, such as `by_level`, stand beside `value`.",
        *_evaluations(),
    ]
    return "\n\n".join(parts) + "\n"


def faults_of(record: Any) -> list[str]:
    """List what keeps a JSON document from being a report; an empty list is a report.

    Args:
        record: A document as `json.loads` gives it.

    Example:
        >>> faults_of({"task": "search"})[0]
        "expected 'split', found nothing"
    """
    if not isinstance(record, Mapping):
        return [f"expected an object, got {type(record).__name__}"]
    return [*_field_faults(record), *_tree_faults(record), *_value_faults(record, "")]


def _field_faults(record: Mapping[str, Any]) -> Iterator[str]:
    for one in (one for one in fields(Report) if one.name != "sections"):
        if one.name not in record:
            yield f"expected {one.name!r}, found nothing"
        elif not isinstance(record[one.name], kind := _json_type(one.type)):
            yield f"{one.name}: expected {kind.__name__}, got {type(record[one.name]).__name__}"


def _json_type(annotation: Any) -> type:
    """The type in JSON of a field of `Report`."""
    if annotation in (str, int):
        return annotation
    return list if get_origin(annotation) is tuple else dict


def _tree_faults(record: Mapping[str, Any]) -> Iterator[str]:
    """Faults under metrics, baselines and differences: everything there ends in estimates."""
    for name in ("metrics", "baselines", "differences"):
        if isinstance(record.get(name), Mapping):
            yield from _branch_faults(record[name], name)


def _branch_faults(branch: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, value in branch.items():
        here = f"{path}.{name}"
        if not isinstance(value, Mapping):
            yield f"{here}: expected an estimate or estimates by name, got {type(value).__name__}"
        elif "value" in value:
            yield from _estimate_faults(value, here)
        else:
            yield from _branch_faults(value, here)


def _estimate_faults(estimate: Mapping[str, Any], path: str) -> Iterator[str]:
    missing = [name for name in (*_ENDS, "n", "groups") if name not in estimate]
    if missing:
        yield f"{path}: an estimate without {', '.join(missing)}"
        return
    value, low, high, chance = (estimate[name] for name in _ENDS)
    if not all(isinstance(one, int | float | None) for one in (value, low, high, chance)):
        yield f"{path}: an estimate holds numbers or null"
    elif low is not None and high is not None and not low <= high:
        yield f"{path}: the interval {low} to {high} is turned round"


def _value_faults(value: Any, path: str) -> Iterator[str]:
    """Plain JSON types throughout."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _value_faults(one, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for row, one in enumerate(value):
            yield from _value_faults(one, f"{path}[{row}]")
    elif not isinstance(value, _PLAIN):
        yield f"{path}: expected plain JSON types, got {type(value).__name__}"


def _evaluations() -> Iterator[str]:
    for name in sorted(EVALUATIONS):
        evaluation: Evaluation = EVALUATIONS.load(name)
        yield f"## {name}"
        yield f"{summary_of(evaluation.__doc__)}\n\n{evaluation.rule}"
        rows = [(f"`{section}`", text) for section, text in evaluation.sections.items()]
        yield _table(("section", "what it holds"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(report_page())
