"""`lexiscope corpus split`: a split for every case, by group."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json
from lexiscope.cli.output import print_json, print_table, say
from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import LARGEST_SEED


def split(
    path: CorpusPath,
    *,
    fraction: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SHARE", help="Share of the cases in a split, such as train=0.8; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the draw.")] = 0,
    json: Json = False,
) -> None:
    """Give a split to every case that has none, by group; near-duplicate images and identical texts stay together."""
    from lexiscope.corpus.splits import FRACTIONS, split_corpus
    from lexiscope.corpus.store import Corpus

    report = split_corpus(Corpus.open(path), fractions=_fractions(fraction) if fraction else FRACTIONS, seed=seed)
    if json:
        print_json(asdict(report))
        return
    print_table(str(path), ["split", "cases", "groups"], [(s, n, report.groups[s]) for s, n in report.cases.items()])
    say(f"{report.joined} groups stay with another that shares a picture or a text; {report.conflicts} are in conflict")


def _fractions(words: Iterable[str]) -> dict[str, float]:
    try:
        return {name: float(share) for name, share in (word.split("=") for word in words)}
    except ValueError as error:
        raise UsageError(f"expected fractions like train=0.8, got {' '.join(words)}") from error


app = single(split)
