"""`lexiscope evaluate`: measure a model on one split of a corpus."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    corpus: Annotated[Path, typer.Argument(help="Corpus directory.")],
    *,
    task: Annotated[str, typer.Option(help="What to measure: search.")] = "search",
    split: Annotated[str, typer.Option(help="Split to measure on; any name the corpus has.")] = "test",
    accept_leak: Annotated[
        str | None, typer.Option(help="Go on although training and this split overlap; the reason is printed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure a model on one split of a corpus, after checking that training did not see it.

    Exit 1 when training and the split share a group, an image or a describing text.
    """
    from lexiscope.corpus import Corpus
    from lexiscope.evaluate import EVALUATIONS
    from lexiscope.models.directory import ModelDirectory

    measure = EVALUATIONS.load(task)
    with progress_bar(quiet=as_json) as progress:
        result = measure(
            ModelDirectory(model),
            Corpus.open(corpus),
            split=split,
            accept_leak=accept_leak,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print_json(result)
        return
    _print(result)


def _print(result: dict[str, Any]) -> None:
    sections = {"all texts": result["metrics"], **result["by_text_column"]}
    for name, directions in sections.items():
        rows = [
            (direction.replace("_", " "), metric, _number(m["value"]), _interval(m), _number(m["chance"]))
            for direction, metrics in directions.items()
            for metric, m in metrics.items()
        ]
        print_table(
            f"{name}{_caveat(result['audit'])}", ("direction", "metric", "value", "95 % interval", "chance"), rows
        )
    say(f"{result['split']}: {result['n']} cases in {result['groups']} groups; corpus {result['corpus']}")
    say(result["rule"])
    _warn(result["audit"])


def _caveat(audit: dict[str, Any]) -> str:
    return f" (leak accepted: {audit['accepted']})" if audit["accepted"] else ""


def _warn(audit: dict[str, Any]) -> None:
    if not audit["checked"]:
        say(f"not audited: {audit['note']}")
        return
    if audit["accepted"]:
        say(f"leak accepted ({audit['refused']}): {audit['accepted']}")
    if audit["left_out"]:
        say(f"{len(audit['left_out'])} texts that training also has were left out")


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _interval(metric: dict[str, float | None]) -> str:
    if metric["low"] is None or metric["high"] is None:
        return "one group"
    return f"{_number(metric['low'])} to {_number(metric['high'])}"
