"""`lexiscope classify`: the value of one attribute of an image or a case."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Prediction


class Method(StrEnum):
    """How a class is told."""

    PROBE = "probe"
    PROMPTS = "prompts"
    EVIDENTIAL = "evidential"


app = typer.Typer(add_completion=False)


@app.command()
def classify(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    asked: Annotated[
        str, typer.Argument(metavar="INPUT", help="Image file, folder of sequences, DICOM study, or a case's id.")
    ],
    *,
    attribute: Annotated[str, typer.Option(help="What to tell.")],
    corpus: Annotated[Path | None, typer.Option(help="The corpus that holds the case INPUT.")] = None,
    learned_from: Annotated[
        Path | None, typer.Option(help="Learn from this corpus instead of the model's own.")
    ] = None,
    method: Annotated[
        Method,
        typer.Option(
            help="probe: fitted on labelled cases; prompts: the classes in words; evidential: what each modality "
            "believes and how little it knows, combined."
        ),
    ] = Method.PROBE,
    shots: Annotated[int | None, typer.Option(min=1, help="Learn from so many cases of each class only.")] = None,
    prompt: Annotated[list[str] | None, typer.Option(help="VALUE=WORDING, how to say a class. Repeatable.")] = None,
    modality: Annotated[
        str | None, typer.Option(help="What the image shows, when the model reads several modalities.")
    ] = None,
    rare: Annotated[int, typer.Option(min=0, help="Values of fewer groups than this become one, 'other'.")] = 0,
    mirror: Annotated[
        bool | None,
        typer.Option("--mirror/--sides", help="See images also mirrored; by itself where nothing tells the sides."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=0, help="Nearest cases to show.")] = 5,
    seed: Annotated[int, typer.Option(help="Of folds and draws.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say which value of an attribute an image or a case has, with probabilities and the cases that speak for it.

    Only images are read, never the case's texts. The probe learns from what the model was trained on.
    """
    from lexiscope.tasks.classify.classify import classify as tell

    with progress_bar() as progress:
        found = tell(
            model,
            asked,
            attribute=attribute,
            corpus=corpus,
            learned_from=learned_from,
            method=method.value,
            shots=shots,
            prompts=read_prompts(prompt or ()),
            modality=modality,
            min_groups=rare,
            mirror=mirror,
            k=k,
            seed=seed,
            progress=progress,
        )[0]
    if json:
        print_json(found.to_dict())
        return
    _print(found)


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


def _print(found: Prediction) -> None:
    chances = sorted(found.value["probabilities"].items(), key=lambda item: -item[1])
    title = f"{found.value['attribute']} of {found.case}"
    print_table(title, ("value", "probability"), [(value, f"{chance:.3f}") for value, chance in chances])
    opinions = [
        (name, f"{sum(opinion['belief'].values()):.2f}", f"{opinion['uncertainty']:.2f}")
        for name, opinion in found.value.get("opinions", {}).items()
    ]
    if opinions:
        print_table("opinions", ("modality", "belief", "uncertainty"), opinions)
    rows = [(near.case, near.group, near.details["label"], f"{near.score:.3f}") for near in found.evidence]
    print_table("most alike, of those learned from", ("case", "group", "value", "cosine"), rows)
    say(f"uncertainty {found.uncertainty:.2f} (0 sure, 1 a guess); research use, not for diagnosis")
