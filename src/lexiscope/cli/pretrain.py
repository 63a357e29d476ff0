"""`lexiscope train pretrain`: a tower learns from images or from texts alone."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar

app = typer.Typer(no_args_is_help=True, help="Train a tower on images or texts alone, before anything pairs them.")

_Corpus = Annotated[Path, typer.Argument(help="The corpus to learn from.")]
_Out = Annotated[Path, typer.Option(help="The model directory; made, or this part of it replaced.")]
_Config = Annotated[Path | None, typer.Option(help="Settings in YAML; options here go before them.")]
_Epochs = Annotated[int | None, typer.Option(help="Passes over the slices, pictures, volumes or texts.")]
_Batch = Annotated[int | None, typer.Option(help="Rows a step, over all processes together.")]
_Lr = Annotated[float | None, typer.Option(help="Peak learning rate.")]
_Seed = Annotated[int | None, typer.Option(help="The only source of chance.")]
_Bf16 = Annotated[bool | None, typer.Option("--bf16/--fp32", help="Compute in bfloat16.")]
_Download = Annotated[bool, typer.Option("--allow-download", help="Fetch weights that are not here.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def image(  # noqa: PLR0917 - options, filled by name
    corpus: _Corpus,
    out: _Out,
    config: _Config = None,
    objective: Annotated[str | None, typer.Option(help="Loss: mae, simclr, decur or comm.")] = None,
    tower: Annotated[str | None, typer.Option(help="'cnn' or 'vit' from scratch, or weights to go on from.")] = None,
    modality: Annotated[list[str] | None, typer.Option(help="Use these images only; repeatable.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of a prepared image in pixels; smaller is faster.")] = None,
    slices: Annotated[int | None, typer.Option(help="Slices of a volume, each an example of its own.")] = None,
    grid: Annotated[
        tuple[int, int, int] | None, typer.Option(help="Z Y X voxels, to read volumes whole by a 3-D tower.")
    ] = None,
    epochs: _Epochs = None,
    batch: _Batch = None,
    lr: _Lr = None,
    seed: _Seed = None,
    bf16: _Bf16 = None,
    allow_download: _Download = False,
    json: _Json = False,
) -> None:
    """Train an image encoder on the images of a corpus; `train align` then starts from it.

    Run the same command again after any interruption: it goes on where it was. Several processes: torchrun
    --nproc-per-node=N --no-python lexiscope train pretrain image ...
    """
    given = {
        "objective": objective,
        "tower": tower,
        "modalities": tuple(modality) if modality else None,
        "size": size,
        "slices": slices,
        "grid": grid,
        "epochs": epochs,
        "batch": batch,
        "lr": lr,
        "seed": seed,
        "bf16": bf16,
        "allow_download": allow_download or None,
    }
    _run(corpus, out, config=config, given=given, json=json)


@app.command()
def text(  # noqa: PLR0917 - options, filled by name
    corpus: _Corpus,
    out: _Out,
    config: _Config = None,
    tower: Annotated[str | None, typer.Option(help="'bert' from scratch, or weights to go on from.")] = None,
    text_column: Annotated[list[str] | None, typer.Option(help="Learn from these passages only; repeatable.")] = None,
    epochs: _Epochs = None,
    batch: _Batch = None,
    lr: _Lr = None,
    seed: _Seed = None,
    bf16: _Bf16 = None,
    allow_download: _Download = False,
    json: _Json = False,
) -> None:
    """Train a text tower on the words of a corpus, some of them hidden; `train align` then starts from it."""
    given = {
        "objective": "mlm",
        "tower": tower,
        "text_columns": tuple(text_column) if text_column else None,
        "epochs": epochs,
        "batch": batch,
        "lr": lr,
        "seed": seed,
        "bf16": bf16,
        "allow_download": allow_download or None,
    }
    _run(corpus, out, config=config, given=given, json=json)


def _run(corpus: Path, out: Path, *, config: Path | None, given: dict[str, Any], json: bool) -> None:
    from lexiscope.training.pretrain.config import PretrainConfig
    from lexiscope.training.pretrain.pretrain import pretrain

    settings = PretrainConfig.read(config, **given)
    speaks = os.environ.get("RANK", "0") == "0"  # of several processes one talks
    with progress_bar() as progress:
        result = pretrain(corpus, out, config=settings, progress=progress).to_dict()
    if not speaks:
        return
    if json:
        print_json(result)
        return
    for note in result["notes"]:
        say(f"note: {note}")
    measured = {"loss": f"{result['loss']:.4f} (chance {result['chance']:.4f})"} if result["loss"] is not None else {}
    shown = {
        "objective": result["objective"],
        "cases" if result["part"] == "image" else "texts": result["cases"],
        "rows": result["rows"],
        "steps": result["steps"],
        **measured,
        **{f"val {name}": f"{value:.4f}" for name, value in result["validation"].items()},
        "seconds": f"{result['seconds']:.1f}",
    }
    print_table(f"pretrained {result['part']} part of {result['model']}", ("what", "value"), shown.items())
