"""`lexiscope ask`: the answer to a question about an image, with its evidence."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.prediction import Prediction

app = typer.Typer(add_completion=False)


@app.command()
def ask(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    asked: Annotated[
        str, typer.Argument(metavar="INPUT", help="Image file, folder of sequences, DICOM study, or a case's id.")
    ],
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    *,
    corpus: Annotated[Path | None, typer.Option(help="The corpus that holds the case INPUT.")] = None,
    learned_from: Annotated[
        Path | None, typer.Option(help="Take evidence from this corpus instead of the one learned from.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Only evidence with this, such as 'attributes.age>=50'. Repeatable.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="What is known about the case, in words.")] = None,
    modality: Annotated[
        str | None, typer.Option(help="What the image shows, when the model reads several modalities.")
    ] = None,
    retrieval: Annotated[
        bool, typer.Option("--retrieval/--no-retrieval", help="Look for evidence, or answer from the image alone.")
    ] = True,
    k: Annotated[int, typer.Option("-k", min=0, help="Pieces of evidence to cite.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Answer a question about an image from the image and from similar cases, cite them, or abstain.

    Evidence never comes from the patient, paper or specimen that is asked about.
    """
    from lexiscope.tasks.answer import ask as answer

    with progress_bar() as progress:
        found = answer(
            model,
            asked,
            question,
            corpus=corpus,
            learned_from=learned_from,
            where=where or (),
            context=context,
            modality=modality,
            retrieve=retrieval,
            k=k,
            progress=progress,
        )[0]
    if json:
        print_json({**found.value, "score": found.score, "evidence": shown_evidence(found)})
        return
    if found.value["abstained"]:
        say(f"I would rather not answer: {found.score:.0%} is too unsure. My best guess follows.")
    print_table(
        found.value["question"], ("answer", "probability"), [(found.value["answer"], f"{found.score or 0.0:.2f}")]
    )
    print_evidence(found)


def shown_evidence(found: Prediction) -> list[dict[str, Any]]:
    """Evidence as JSON types: case, group, text and score, then the scores of the stages and where the image is."""
    return [
        {"case": one.case, "group": one.group, "text": one.text, "score": one.score, **one.details}
        for one in found.evidence
    ]


def print_evidence(found: Prediction) -> None:
    """Evidence as a table for people."""
    rows = [(one.case, one.text or "", f"{one.score:.2f}", one.details.get("path", "")) for one in found.evidence]
    if rows:
        print_table("evidence", ("case", "says", "score", "image"), rows)
