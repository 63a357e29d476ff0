"""`lexiscope caption`: a sentence about an image, with the cases that were described alike."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.ask import print_evidence, shown_evidence
from lexiscope.cli.output import print_json, print_table
from lexiscope.cli.progress import progress_bar

app = typer.Typer(add_completion=False)


@app.command()
def caption(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    asked: Annotated[
        str, typer.Argument(metavar="INPUT", help="Image file, folder of sequences, DICOM study, or a case's id.")
    ],
    *,
    corpus: Annotated[Path | None, typer.Option(help="The corpus that holds the case INPUT.")] = None,
    learned_from: Annotated[
        Path | None, typer.Option(help="Take evidence from this corpus instead of the one learned from.")
    ] = None,
    modality: Annotated[
        str | None, typer.Option(help="What the image shows, when the model reads several modalities.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=0, help="Nearest cases to show.")] = 3,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest caption.")] = 96,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Describe an image in words.

    A model that is aligned but was never taught to write is taught first, once, on the captions it was aligned with.
    """
    from lexiscope.tasks.caption import caption as describe

    with progress_bar() as progress:
        found = describe(
            model,
            asked,
            corpus=corpus,
            learned_from=learned_from,
            modality=modality,
            k=k,
            max_tokens=max_tokens,
            progress=progress,
        )[0]
    if json:
        evidence = shown_evidence(found)
        print_json({"input": found.case, "caption": found.value, "score": found.score, "evidence": evidence})
        return
    print_table(found.case, ("caption", "probability a word"), [(found.value, f"{found.score or 0.0:.2f}")])
    print_evidence(found)
