"""`lexiscope search`: find cases by words, by an image, or by both."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.output import print_json, print_table, say

_TEXT_SHOWN = 160


app = typer.Typer(add_completion=False)


@app.command()
def search(
    model: Annotated[Path, typer.Argument(help="Model directory with an index.")],
    query: Annotated[str | None, typer.Argument(help="Words; may be left out with --image.")] = None,
    *,
    image: Annotated[Path | None, typer.Option(help="Find what looks like this image file.")] = None,
    modality: Annotated[
        str | None, typer.Option(help="What the image shows, when the model reads several modalities.")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="Hits at most.")] = 10,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only such cases: split=test, 'attributes.age>=50', 'group in a, b'. Repeatable."),
    ] = None,
    text_weight: Annotated[
        float, typer.Option(help="Share of exact words against meaning: 0 meaning alone, 1 exact words alone.")
    ] = 0.5,
    url: Annotated[str | None, typer.Option(help="Qdrant server that was named when indexing.")] = None,
    api_key: Annotated[str | None, typer.Option(envvar="LEXISCOPE_QDRANT_API_KEY", help="Key of that server.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find cases by words, by an image, or by both.

    Words are looked for by meaning and literally; the two rankings are fused, and a score of 1 is first in both.
    """
    from lexiscope.tasks.search.search import search as find

    found = find(
        model,
        query,
        image=image,
        modality=modality,
        k=k,
        where=where or (),
        text_weight=text_weight,
        url=url,
        api_key=api_key,
    )[0]
    if json:
        print_json({"query": found.case, "hits": found.value})
        return
    _print(found.case, found.value)


def _print(query: str, hits: list[dict[str, Any]]) -> None:
    if not hits:
        say(f"nothing found for {query!r}; try other words, or fewer --where")
        return
    rows = [
        (place, f"{hit['score']:.3f}", hit["case"], hit["group"], _shorten(hit["text"]), hit["licence"])
        for place, hit in enumerate(hits, start=1)
    ]
    print_table(query, ("", "score", "case", "group", "text", "licence"), rows)
    for place, hit in enumerate(hits, start=1):
        if hit["path"] is not None:
            print(f"{place}  {hit['image']}")  # below the table and unbroken, to be copied or clicked


def _shorten(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if len(plain) <= _TEXT_SHOWN else plain[: _TEXT_SHOWN - 1].rstrip() + "…"
