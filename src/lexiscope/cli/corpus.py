"""`lexiscope corpus`: make a corpus, look into it, split it, prove its splits, pass it on."""

import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.errors import UsageError

if TYPE_CHECKING:
    from lexiscope.core.case import Case
    from lexiscope.corpus.build import BuildReport
    from lexiscope.corpus.store import Corpus

app = typer.Typer(no_args_is_help=True, help="Make a corpus of cases, look into it, split it, prove its splits.")

CorpusPath = Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
Jobs = Annotated[int, typer.Option(help="Threads that hash, check and copy image files.")]
Link = Annotated[bool, typer.Option("--link", help="Reference image files where they lie instead of copying them.")]

_JOBS = os.cpu_count() or 1
_REJECTED = 3  # exit code: done, but some input was rejected
_LIST_WIDTH = 60  # characters of a text in the table for people


@app.command()
def build(
    path: Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus; made when it is not there.")],
    source: Annotated[Path, typer.Argument(help="Papers, scans, images, or the table that names them.")],
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="table, questions, jats, pdf, pmc, bids, nifti, dicom, micrograph, images or simulated.",
        ),
    ] = None,
    image_column: Annotated[list[str] | None, typer.Option(help="Column of image files; may be repeated.")] = None,
    text_column: Annotated[list[str] | None, typer.Option(help="Column of text; may be repeated.")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "--attribute-column", help="Column kept as a fact; repeatable."),
    ] = None,
    question_column: Annotated[str | None, typer.Option(help="Column of questions about the image.")] = None,
    answer_column: Annotated[str | None, typer.Option(help="Column of their answers.")] = None,
    kind_column: Annotated[str | None, typer.Option(help="Column that says open, closed, defect or feature.")] = None,
    topic_column: Annotated[str | None, typer.Option(help="Column of the set's own types of question.")] = None,
    id_column: Annotated[str | None, typer.Option(help="Column that identifies a case.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column of the patient, paper or specimen.")] = None,
    split_column: Annotated[str | None, typer.Option(help="Column of the split.")] = None,
    licence_column: Annotated[str | None, typer.Option(help="Column of the licence.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of cases that state none.")] = None,
    mask_column: Annotated[str | None, typer.Option(help="Column of label images: pixels are class numbers.")] = None,
    class_column: Annotated[str | None, typer.Option(help="Column of class names by number, ';' between them.")] = None,
    tiles: Annotated[int | None, typer.Option(help="Cut images and masks into squares of this side.")] = None,
    image_types: Annotated[
        bool, typer.Option("--image-types", help="Keep the kind of picture that a table's captions name.")
    ] = False,
    table: Annotated[Path | None, typer.Option(help="Table of facts about a folder of scans.")] = None,
    key: Annotated[Path | None, typer.Option(help="File of secret bytes behind the ids of DICOM patients.")] = None,
    visits: Annotated[int | None, typer.Option(help="Simulated visits to make.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulation.")] = None,
    panels: Annotated[bool, typer.Option("--panels", help="Cut figures of papers into their panels.")] = False,
    scale_bars: Annotated[bool, typer.Option("--scale-bars", help="Read scale bars of papers' figures.")] = False,
    ids: Annotated[list[str] | None, typer.Option("--id", help="PMC article, or a file of ids; repeatable.")] = None,
    query: Annotated[str | None, typer.Option(help="PMC search; SOURCE is then the download folder.")] = None,
    limit: Annotated[int | None, typer.Option(help="Largest number of articles that a query brings.")] = None,
    allow_download: Annotated[bool, typer.Option("--allow-download", help="Permit PMC downloads.")] = False,
    jobs: Jobs = _JOBS,
    link: Link = False,
    json: Json = False,
) -> None:
    """Add a source to a corpus. The same source twice adds nothing; after a kill, run it again.

    Exit code 0: done. 3: done, but some input was rejected (see rejected.jsonl). 1: nothing was usable. 2: wrong use.
    """
    from lexiscope.corpus.build import build_corpus
    from lexiscope.sources import SOURCES, detect_source

    name = kind or detect_source(source)
    options = {
        "image_columns": tuple(image_column or ()),
        "text_columns": tuple(text_column or ()),
        "attribute_columns": tuple(attribute or ()),
        "question_column": question_column,
        "answer_column": answer_column,
        "kind_column": kind_column,
        "topic_column": topic_column,
        "id_column": id_column,
        "group_column": group_column,
        "split_column": split_column,
        "licence_column": licence_column,
        "licence": licence,
        "mask_column": mask_column,
        "class_column": class_column,
        "tiles": tiles,
        "image_types": image_types or None,
        "table": table,
        "key": key,
        "visits": visits,
        "seed": seed,
        "panels": panels or None,
        "scale_bars": scale_bars or None,
        "ids": tuple(ids or ()),
        "query": query,
        "limit": limit,
        "allow_download": allow_download or None,
    }
    reader = SOURCES.load(name)
    if name not in ("simulated", "pmc") and not source.exists():
        raise UsageError(f"expected papers, scans, a table or images at {source}, found nothing there; check the path")
    given = {option: value for option, value in options.items() if value not in (None, ())}
    _check_options(name, given, reader.__dataclass_fields__)
    with progress_bar() as progress:
        report = build_corpus(path, reader(source, **given), jobs=jobs, link=link, progress=progress)
    _end_build(path, report, json=json)


@app.command()
def info(path: CorpusPath, json: Json = False) -> None:
    """Count what a corpus holds: cases, groups, images, missing modalities, texts, splits, licences."""
    from lexiscope.corpus.store import Corpus
    from lexiscope.corpus.summary import summarise

    summary = summarise(Corpus.open(path)).to_dict()
    if json:
        print_json(summary)
        return
    rows = ((name.replace("_", " "), _flat(value)) for name, value in summary.items())
    print_table(str(path), ["what", "how many"], rows)


@app.command("list")
def list_cases(
    path: CorpusPath,
    split: Annotated[str | None, typer.Option(help="Only the cases of this split.")] = None,
    json: Json = False,
) -> None:
    """List the cases; with --json one JSON line a case."""
    from lexiscope.corpus.store import Corpus

    corpus = Corpus.open(path)
    cases = corpus.cases(split)
    try:
        if not json:
            rows = ((c.id, c.group, c.split or "", " ".join(c.images), _first_text(c.texts)) for c in cases)
            print_table(str(path), ["case", "group", "split", "images", "text"], rows)
            return
        for case in cases:
            print_json(_listed(corpus, case))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Nothing may be written to the closed pipe at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def audit(
    path: CorpusPath,
    split: Annotated[list[str] | None, typer.Option(help="Compare only these splits; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Prove that no two splits share a group, an image or a describing text. Exit code 1 when they do."""
    from lexiscope.corpus.audit import audit_corpus
    from lexiscope.corpus.store import Corpus

    report = audit_corpus(Corpus.open(path), splits=split or None)
    if json:
        print_json(report.to_dict())
    else:
        rows = [(leak.kind, " / ".join(leak.splits), leak.detail) for leak in report.leaks]
        print_table(f"{path}: {'passed' if report.ok else 'refused'}", ["shared", "splits", "what"], rows)
        say(f"refused: {_flat(report.refused) or 'nothing'}; reported only: {_flat(report.reported)}\n{report.rule}")
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def split(
    path: CorpusPath,
    fraction: Annotated[list[str] | None, typer.Option(help="Such as train=0.8; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="The only source of chance.")] = 0,
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


@app.command("export")
def export_cases(
    path: CorpusPath,
    out: Annotated[Path, typer.Argument(help="What to write; it must not exist.")],
    form: Annotated[str, typer.Option("--as", help="parquet, webdataset, llava, openai, msd or bids.")],
    json: Json = False,
) -> None:
    """Write a corpus in another format. What the format cannot hold is counted, not dropped in silence."""
    from lexiscope.corpus.exchange import export_corpus
    from lexiscope.corpus.store import Corpus

    with progress_bar() as progress:
        report = export_corpus(Corpus.open(path), out, form=form, progress=progress)
    if json:
        print_json(asdict(report))
        return
    say(f"{report.cases} cases written to {out}; {report.left_out} left out{report.reason and ': ' + report.reason}")
    if report.left_behind:
        lost = ", ".join(f"{count} {what}" for what, count in report.left_behind.items())
        say(f"{form} does not hold, so these stayed behind: {lost}")


@app.command("import")
def import_cases(
    path: Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus; made when it is not there.")],
    source: Annotated[Path, typer.Argument(help="What `corpus export` or another program wrote.")],
    form: Annotated[str, typer.Option("--as", help="parquet, webdataset, llava, openai, msd or bids.")],
    jobs: Jobs = _JOBS,
    json: Json = False,
) -> None:
    """Add what another format holds to a corpus; as `build`, with the same exit codes."""
    from lexiscope.corpus.exchange import import_corpus

    with progress_bar() as progress:
        report = import_corpus(path, source, form=form, jobs=jobs, progress=progress)
    _end_build(path, report, json=json)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of conversations, or the folder that holds it.")],
    form: Annotated[str, typer.Option("--as", help="llava or openai.")],
    json: Json = False,
) -> None:
    """Check a file of conversations row by row, and open every image, before anything is trained on it.

    Exit code 0: every row can be used. 1: some cannot; each is named with the reason. 2: wrong use.
    """
    from lexiscope.corpus.exchange import validate_file

    found = validate_file(file, form=form)
    if json:
        print_json({"ok": found.ok, **asdict(found)})
    else:
        rows = [(fault.row, fault.id or "", fault.reason) for fault in found.faults]
        if rows:
            print_table(str(file), ["row", "id", "reason"], rows)
        say(f"{found.rows} rows, {len(found.faults)} of them cannot be used")
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def deidentify(
    folder: Annotated[Path, typer.Argument(metavar="IN", help="Folder of DICOM files.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; it must be new or empty.")],
    *,
    key: Annotated[Path | None, typer.Option(help="File of secret bytes; the same key links later runs.")] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="Find burned-in text by OCR and blank it.")] = False,
    keep_characteristics: Annotated[
        bool, typer.Option("--keep-characteristics", help="Keep age, sex, size and weight.")
    ] = False,
    json: Json = False,
) -> None:
    """Copy DICOM images without identifiers (PS3.15 basic profile), checked byte by byte, with an audit log.

    Exit code 0: done. 3: done, but some files were refused. 1: every file was refused. 2: wrong use.
    """
    from lexiscope.corpus.deidentify import deidentify_folder
    from lexiscope.corpus.deidentify.burned import ocr as text_finder

    find_text = text_finder() if ocr else None
    with progress_bar() as progress:
        report = deidentify_folder(
            folder, out, key=key, find_text=find_text, characteristics=keep_characteristics, progress=progress
        )
    if json:
        print_json(report.to_dict())
    else:
        print_table(str(out), ["refused", "why"], report.refused)
        say(f"{report.written} files written, {report.blanked} stretches of burned-in text blanked")
        say(f"{report.searched} identifiers of the originals were searched for in the output; none stands in it")
        if report.unchecked:
            why = "their pixels are of a kind in which none is searched" if ocr else "pass --ocr to search them"
            say(f"{report.unchecked} images were not searched for burned-in text; {why}")
    if not report.written:
        raise typer.Exit(1)
    if report.refused:
        raise typer.Exit(_REJECTED)


def _listed(corpus: "Corpus", case: "Case") -> dict[str, Any]:
    """A case as JSON types, with the place of every file, so that other programs can open it."""
    record = case.to_dict()
    for role, images in (("images", case.images), ("masks", case.masks)):
        for name, image in images.items():
            record[role][name]["path"] = str(corpus.object_path(image))
    return record


def _check_options(name: str, given: Iterable[str], known: Iterable[str]) -> None:
    for option in given:
        if option not in known:
            flag = "--" + option.removesuffix("s").replace("_", "-")
            msg = f"{flag} does not apply to a {name} source; leave it out, or name another source with --as"
            raise UsageError(msg)


def _end_build(path: Path, report: "BuildReport", *, json: bool) -> None:
    if json:
        print_json(report.to_dict())
    else:
        print_table(str(path), ["what", "how many"], [(name, _flat(value)) for name, value in report.to_dict().items()])
    if report.rejected:
        say(f"{report.rejected} inputs were rejected; {path / 'rejected.jsonl'} says which, why and what to do")
    if not report.usable:
        say("nothing in the source was usable")
        raise typer.Exit(1)
    if report.rejected:
        raise typer.Exit(_REJECTED)


def _fractions(words: Iterable[str]) -> dict[str, float]:
    try:
        return {name: float(share) for name, share in (word.split("=") for word in words)}
    except ValueError as error:
        raise UsageError(f"expected fractions like train=0.8, got {' '.join(words)}") from error


def _flat(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {_flat(inner)}" for name, inner in value.items())


def _first_text(texts: Iterable[Any]) -> str:
    return next((text.text[:_LIST_WIDTH] for text in texts), "")
