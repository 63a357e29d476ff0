"""`lexiscope train`: the stages that make a model grow. Each is one public function of the training room."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli import pretrain
from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar

app = typer.Typer(no_args_is_help=True, help="Train the parts of a model.")
app.add_typer(pretrain.app, name="pretrain")


@app.callback()
def _train() -> None:
    pass


@app.command()
def align(  # noqa: PLR0917 - options, filled by name
    corpus: Annotated[Path, typer.Argument(help="The corpus to learn from.")],
    out: Annotated[Path, typer.Option(help="The model directory; made, or its joint space replaced.")],
    config: Annotated[Path | None, typer.Option(help="Settings in YAML; options here go before them.")] = None,
    image: Annotated[str | None, typer.Option(help="Image tower: a name, a directory, 'vit' or 'cnn'.")] = None,
    text: Annotated[str | None, typer.Option(help="Text tower: a name, a directory, or 'bert'.")] = None,
    modality: Annotated[list[str] | None, typer.Option(help="Use these images only; repeatable.")] = None,
    text_column: Annotated[list[str] | None, typer.Option(help="Learn from these passages only; repeatable.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of a prepared image in pixels; smaller is faster.")] = None,
    objective: Annotated[str | None, typer.Option(help="Loss: clip or siglip.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the cases.")] = None,
    batch: Annotated[int | None, typer.Option(help="Cases a step, over all processes together.")] = None,
    chunk: Annotated[int | None, typer.Option(help="Cases in memory at once when towers train.")] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate of the heads.")] = None,
    seed: Annotated[int | None, typer.Option(help="The only source of chance.")] = None,
    label: Annotated[str | None, typer.Option(help="An attribute; cases that share its value agree too.")] = None,
    label_weight: Annotated[float | None, typer.Option(help="How much that agreement counts.")] = None,
    unfreeze: Annotated[bool | None, typer.Option("--unfreeze/--freeze", help="Train the towers too.")] = None,
    bf16: Annotated[bool | None, typer.Option("--bf16/--fp32", help="Compute in bfloat16.")] = None,
    allow_download: Annotated[bool, typer.Option("--allow-download", help="Fetch weights that are not here.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Bring the images and the words of a corpus into one space, so that each finds the other.

    Run the same command again after any interruption: it goes on where it was. Several processes: torchrun
    --nproc-per-node=N --no-python lexiscope train align ...
    """
    from lexiscope.training.align.align import align as run
    from lexiscope.training.align.config import AlignConfig

    given = {
        "image": image,
        "text": text,
        "modalities": tuple(modality) if modality else None,
        "text_columns": tuple(text_column) if text_column else None,
        "size": size,
        "objective": objective,
        "epochs": epochs,
        "batch": batch,
        "chunk": chunk,
        "lr": lr,
        "seed": seed,
        "label": label,
        "label_weight": label_weight,
        "unfreeze": unfreeze,
        "bf16": bf16,
        "allow_download": allow_download or None,
    }
    settings = AlignConfig.read(config, **given)
    speaks = os.environ.get("RANK", "0") == "0"  # of several processes one talks
    with progress_bar() as progress:
        result = run(corpus, out, config=settings, progress=progress)
    if speaks:
        _show(result.to_dict(), title=f"aligned {out}", counts={"texts": result.texts}, json=json)


@app.command()
def instruct(  # noqa: PLR0917 - options, filled by name
    corpus: Annotated[Path, typer.Argument(help="The corpus whose questions and captions are learned.")],
    out: Annotated[Path, typer.Option(help="The model directory; aligned first where it has no joint space.")],
    config: Annotated[Path | None, typer.Option(help="Settings in YAML; options here go before them.")] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language model: 'tiny', 'smollm2', a directory or a hub name; also one that sees."),
    ] = None,
    lora: Annotated[bool | None, typer.Option("--lora", help="Train an adapter beside a pretrained one.")] = None,
    text_column: Annotated[list[str] | None, typer.Option(help="Learn to write these passages; repeatable.")] = None,
    evidence: Annotated[int | None, typer.Option(help="Similar cases read beside a question; 0 for none.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the questions.")] = None,
    batch: Annotated[int | None, typer.Option(help="Questions a step, over all processes together.")] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="The only source of chance.")] = None,
    bf16: Annotated[bool | None, typer.Option("--bf16/--fp32", help="Compute in bfloat16.")] = None,
    allow_download: Annotated[bool, typer.Option("--allow-download", help="Fetch weights that are not here.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Teach a model to answer questions about images and to describe them.

    Run the same command again after any interruption: it goes on where it was.
    """
    from lexiscope.training.instruct.config import InstructConfig
    from lexiscope.training.instruct.instruct import instruct as run

    given = {
        "language": language,
        "lora": lora,
        "text_columns": tuple(text_column) if text_column else None,
        "evidence": evidence,
        "epochs": epochs,
        "batch": batch,
        "lr": lr,
        "seed": seed,
        "bf16": bf16,
        "allow_download": allow_download or None,
    }
    settings = InstructConfig.read(config, **given)
    speaks = os.environ.get("RANK", "0") == "0"  # of several processes one talks
    with progress_bar() as progress:
        result = run(corpus, out, config=settings, progress=progress).to_dict()
    if not speaks:
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in result["examples"].items())
    _show(
        result,
        title=f"trained an assistant in {out}",
        counts={"examples": kinds, "weights trained": result["trained"]},
        json=json,
    )


@app.command()
def merge(
    model: Annotated[Path, typer.Argument(help="A model that was taught with --lora.")],
    out: Annotated[Path, typer.Option(help="The new model directory.")],
) -> None:
    """Add a model's adapter into the language model that it stands beside: the same answers, faster, without PEFT."""
    from lexiscope.training.instruct.merge import merge as run

    run(model, out)
    say(f"merged the adapter of {model} into {out}")


def _show(result: dict[str, Any], *, title: str, counts: dict[str, Any], json: bool) -> None:
    if json:
        print_json(result)
        return
    for note in result["notes"]:
        say(f"note: {note}")
    measured = {"loss": f"{result['loss']:.4f} (chance {result['chance']:.4f})"} if result["loss"] is not None else {}
    shown = {
        "cases": result["cases"],
        **counts,
        "steps": result["steps"],
        **measured,
        **{f"val {name}": f"{value:.3f}" for name, value in result["validation"].items()},
        "seconds": f"{result['seconds']:.1f}",
    }
    print_table(title, ("what", "value"), shown.items())
