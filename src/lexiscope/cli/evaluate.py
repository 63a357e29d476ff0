"""`lexiscope evaluate`: measure a model on one split of a corpus."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.output import print_json
from lexiscope.cli.progress import progress_bar
from lexiscope.cli.scores import print_report
from lexiscope.core.errors import UsageError

app = typer.Typer(add_completion=False)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    corpus: Annotated[Path, typer.Argument(help="Corpus directory.")],
    *,
    task: Annotated[
        str, typer.Option(help="What to measure: search, classify, caption, answer or assistant.")
    ] = "search",
    split: Annotated[str, typer.Option(help="Split to measure on; any name the corpus has.")] = "test",
    accept_leak: Annotated[
        str | None, typer.Option(help="Go on although training and this split overlap; the reason is printed.")
    ] = None,
    attribute: Annotated[str | None, typer.Option(help="classify: the attribute to predict.")] = None,
    learned_from: Annotated[
        Path | None, typer.Option(help="classify: learn from this corpus instead of what the model was trained on.")
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option(help="classify: VALUE=WORDING, how to say a class. Repeatable.")
    ] = None,
    rare: Annotated[
        int, typer.Option(min=0, help="classify: values of fewer groups than this, in training, become 'other'.")
    ] = 0,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--sides",
            help="classify: see images also mirrored; by itself where no text or attribute tells the sides.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="classify: fit with so many seeds, from --seed on; the mean, and each.")
    ] = 1,
    most: Annotated[
        int | None, typer.Option(min=1, help="assistant: ask so many turns at most, drawn by --seed.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="assistant: who judges: rules (default), local or endpoint (a language model).")
    ] = None,
    judge_model: Annotated[
        str | None, typer.Option(help="assistant: name, directory or hub name of the judge.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="assistant: of the judge's endpoint.")] = None,
    key_env: Annotated[
        str | None, typer.Option(help="assistant: environment variable with the endpoint's key.")
    ] = None,
    sheet_out: Annotated[Path | None, typer.Option(help="assistant: write a CSV sheet to judge by hand.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="assistant: read a filled sheet as a second judge.")] = None,
    prompts: Annotated[
        Path | None, typer.Option(help="assistant: folder with your own words in place of ours.")
    ] = None,
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="assistant: fetch a judge by hub name.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap and of what is drawn.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure a model on one split of a corpus, after checking that training did not see it.

    Exit 1 when training and the split share a group, an image or a describing text.
    """
    from lexiscope.evaluate import EVALUATIONS
    from lexiscope.evaluate.run import evaluate_model

    given = {
        "attribute": attribute,
        "learned_from": learned_from,
        "prompts": read_prompts(prompt) if prompt else None,
        "min_groups": rare or None,
        "mirror": mirror,
        "seeds": seeds if seeds > 1 else None,
        "limit": most,
        "judge": judge,
        "judge_model": judge_model,
        "url": url,
        "key_env": key_env,
        "sheet": sheet,
        "sheet_out": sheet_out,
        "allow_download": allow_download or None,
    }
    if prompts is not None:
        given["prompts"] = prompts
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    known = EVALUATIONS.load(task).Options.model_fields
    if extra := [name for name in options if name not in known]:
        raise UsageError(f"--{extra[0].replace('_', '-')} belongs to another task, got --task {task}; drop it")
    if "attribute" in known and attribute is None:
        raise UsageError("--task classify needs --attribute NAME, got none; see the names with: lexiscope corpus info")
    with progress_bar() as progress:
        report = evaluate_model(
            model, corpus, task=task, split=split, accept_leak=accept_leak, seed=seed, progress=progress, **options
        )
    if json:
        print_json(report.to_dict())
        return
    print_report(report)


def read_prompts(given: Sequence[str]) -> dict[str, list[str]]:
    """Value -> wordings, from VALUE=WORDING.

    Raises:
        UsageError: no "=", or nothing on one of its sides.
    """
    found: dict[str, list[str]] = {}
    for line in given:
        value, _, wording = line.partition("=")
        if not value.strip() or not wording.strip():
            raise UsageError(f"a prompt reads VALUE=WORDING, got {line!r}; for example: 'glioma=a scan with a glioma'")
        found.setdefault(value.strip(), []).append(wording.strip())
    return found
