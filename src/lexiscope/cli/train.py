"""`lexiscope train`: a command for each entry of `lexiscope.training.STAGES`; a dash in a name is a space here."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.groups import Command, lazy_group, new_app, single
from lexiscope.cli.options import Config, CorpusPath, Json, ModelPath, read_settings, takes, written_in
from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.training import STAGES

_GROUPS = {"pretrain": "Train a tower on images or texts alone, before anything pairs them."}
_OF_THE_RUN = ("model", "corpus", "notes", "validation", "seconds", "resumed_at", "best_epoch", "epochs", "chance")
_AGAIN = """
Run the same command again after any interruption: it goes on where it was. Several processes: torchrun
--nproc-per-node=N --no-python lexiscope train {name} ...
"""

Out = Annotated[Path, typer.Option(help="Directory of the model; made, or this part of it replaced.")]


def stage_app(name: str) -> typer.Typer:
    """App of one stage, with the options of its settings.

    Args:
        name: Name of the stage in `lexiscope.training.STAGES`.
    """
    stage = STAGES.load(name)

    @takes(stage.Config)
    def train(
        corpus: CorpusPath, *, given: dict[str, Any], out: Out, config: Config = None, json: Json = False
    ) -> None:
        settings = read_settings(stage.Config, written_in(config), given)  # refused before torch is loaded
        from lexiscope.training.run import run_stage

        with progress_bar() as progress:
            result = run_stage(stage(), corpus, out, settings, progress=progress).to_dict()
        if json:
            print_json(result)
            return
        for note in result["notes"]:
            say(f"note: {note}")
        print_table(f"the {stage.part} part of {out}", ("what", "value"), result_rows(result))

    return single(train, help=f"{stage.summary}\n{_AGAIN.format(name=name.replace('-', ' '))}")


def result_rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Rows of a table about a training: what was counted, the loss beside its chance level, the validation.

    Example:
        >>> list(result_rows({"cases": 3, "loss": 0.5, "chance": 1.0, "validation": {"r1": 0.25}, "seconds": 2.0}))
        [('cases', '3'), ('loss', '0.5000 (chance 1.0000)'), ('val r1', '0.250'), ('seconds', '2.0')]
    """
    for name, value in result.items():
        if name == "loss" and value is not None:
            yield name, f"{value:.4f} (chance {result['chance']:.4f})"
        elif name not in _OF_THE_RUN and value is not None:
            yield name.replace("_", " "), _in_words(value)
    yield from ((f"val {name}", f"{value:.3f}") for name, value in result["validation"].items())
    yield "seconds", f"{result['seconds']:.1f}"


def _in_words(value: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, Mapping) else str(value)


def _group_lines(group: str) -> dict[str, str]:
    """Stages of one group by what follows the group's word; with "" those whose name is one word, and the groups."""
    lines: dict[str, str] = {}
    for name, stage in STAGES.load_all().items():
        first, _, rest = name.partition("-")
        if group and first == group:
            lines[rest.replace("-", " ")] = stage.summary
        elif not group:
            lines[first] = _GROUPS.get(first, f"Stages of {first}.") if rest else stage.summary
    return lines


def _load(name: str) -> typer.Typer:
    if name in STAGES:
        return stage_app(name)
    group = lazy_group(lambda: _group_lines(name), lambda rest: stage_app(f"{name}-{rest}"))
    return new_app(_group_lines("")[name], cls=group)


app = new_app("Train the parts of a model.", cls=lazy_group(lambda: _group_lines(""), _load))


@app.command(cls=Command)
def merge(
    model: ModelPath,
    *,
    out: Annotated[Path, typer.Option(help="New directory for the merged model.")],
    json: Json = False,
) -> None:
    """Add a model's adapter into the language model that it stands beside: the same answers, faster, without PEFT."""
    from lexiscope.training.instruct.merge import merge as run

    run(model, out)
    if json:
        print_json({"model": str(out)})
    else:
        say(f"merged the adapter of {model} into {out}")
