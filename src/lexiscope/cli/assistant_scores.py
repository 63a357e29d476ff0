"""What `evaluate --task interpret` and `benchmark run` have in common: their options, and their numbers for people."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.output import interval, number, print_table, say

if TYPE_CHECKING:
    from lexiscope.evaluate.judges.choose import JudgeOptions

Row = tuple[str, str, str, str, str, str]


def judge_options(
    *, model: str | None, url: str | None, key_env: str | None, prompts: Path | None, allow_download: bool
) -> "JudgeOptions":
    """What a judge is given."""
    from lexiscope.evaluate.judges.choose import JudgeOptions

    return JudgeOptions(model, url, key_env, prompts, allow_download=allow_download)


def print_assistant(result: dict[str, Any]) -> None:
    """The scores of the model with their parts, those of the baselines, and the verdicts."""
    rows = [row for name, found in result["metrics"].items() for row in _with_parts(name, found)]
    rows += [_row("", name, found) for name, found in result["similarity"].items()]
    columns = ("score", "of", "value", "95 % interval", "chance", "answers")
    print_table(f"interpret, judged by {result['judge']}", columns, rows)
    others = {name: found.get("metrics", {}) for name, found in result["judges"].items()}
    others = {f"judged by {name}": metrics for name, metrics in others.items() if metrics} | result["baselines"]
    shown = [_row(name, score, found) for name, metrics in others.items() for score, found in metrics.items()]
    print_table("beside it", ("score", "of", "value", "95 % interval", "chance", "answers"), shown)
    for line in _lines(result):
        say(line)


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield from result["verdicts"]
    for name, found in result["judges"].items():
        if found["not_judged"]:
            yield f"{name} judged {found['judged']} answers and gave no usable mark for {found['not_judged']}"
    for name, why in result["left_out_baselines"].items():
        yield f"{name.replace('_', ' ')} left out: {why}"
    for pair in result["agreement"]:
        yield f"agreement of {' and '.join(pair['judges'])}: " + ", ".join(
            f"{name.replace('_', ' ')} {number(found['value'])} ({interval(found)}, n {found['n']})"
            for name, found in pair.items()
            if name != "judges"
        )
    if result["wordings"]:
        own = result["wordings"]["models"]["assistant"]
        spread = ", ".join(f"{name} {value:.3f}" for name, value in own["stability"].items())
        count = len(result["wordings"]["instructions"])
        yield f"over {count} wordings of yes-or-no questions: accuracy {own['accuracy']:.3f}; spread {spread}"
    if result["sheet_lines"] is not None:
        yield f"{result['sheet_lines']} answers to be judged by hand were written; read them back with --sheet"
    if result["contexts_shortened"]:
        yield f"{result['contexts_shortened']} contexts were longer than the language model reads, and shortened"
    asked = f"{result['turns']} of {result['of_turns']} turns at {len(result['contexts'])} levels of context"
    yield f"{result['split']}: {asked}, {result['cases']} cases in {result['groups']} groups; corpus {result['corpus']}"
    yield result["rule"]


def _with_parts(name: str, found: dict[str, Any]) -> list[Row]:
    parts = {**found.get("by_level", {}), **found.get("by_context", {})}
    extra = {key: found[key] for key in ("balanced", "feature_identification", "defect_accuracy") if key in found}
    whole = [_row("", name, found)]
    return whole + [
        _row(part.replace("_", " "), name, one) for part, one in {**parts, **extra}.items() if one["value"] is not None
    ]


def _row(of: str, name: str, found: dict[str, Any]) -> Row:
    words = (name.replace("_", " "), of.replace("_", " "))
    if found["value"] is None:
        return (*words, "not asked", "", "", "0")
    chance = "" if found["chance"] is None else number(found["chance"])
    return (*words, number(found["value"]), interval(found), chance, str(found["n"]))
