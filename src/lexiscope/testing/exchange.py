"""`check_exchange_format`: what every exchange format must do, however much of a case it holds."""

from collections.abc import Iterator
from pathlib import Path

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.corpus.exchange import Form, export_corpus, import_corpus, validate_file
from lexiscope.corpus.store import Corpus
from lexiscope.sources import Draft, Rejected, Source


def check_exchange_format(form: Form, *, name: str, corpus: Corpus, folder: Path) -> Corpus:
    """Fail where a format breaks its contract; gives the corpus that came back.

    Every case is written or counted as left out, and comes back once with its split and its number of images; what is
    there already is not overwritten; an export that dies leaves nothing; damaged input is refused or rejected.

    Args:
        form: The format.
        name: Name of its entry in `EXCHANGE`.
        corpus: A corpus of volumes with captions, which every format can hold.
        folder: An empty folder to write to.
    """
    out = folder / f"whole.{name}"
    report = export_corpus(corpus, out, form=name)
    assert report.cases + report.left_out == len(corpus), f"every case is written or left out, got {report}"
    assert bool(report.left_out) == bool(report.reason), "cases that are left out need a reason, others none"
    source = form.source(out)
    assert isinstance(source, Source)
    assert source.detect(out) is True, "what an export wrote must be known again"
    if form.faults is not None:
        check = validate_file(out, form=name)
        assert (check.rows, check.faults) == (report.cases, ()), f"what we write must be in order, got {check.faults}"
    imported = import_corpus(folder / "back", out, form=name)
    assert (imported.added, imported.rejected) == (report.cases, 0), f"expected every case to come back, got {imported}"
    assert import_corpus(folder / "back", out, form=name).unchanged == report.cases, "the same again must add nothing"
    back = Corpus.open(folder / "back")
    assert _splits(back) == _splits(corpus)
    assert all(case.images for case in back)
    _check_whole_or_absent(corpus, folder, name)
    _check_damage(form, folder, name)
    return back


def _splits(corpus: Corpus) -> list[str]:
    return sorted(str(case.split) for case in corpus)


def _check_whole_or_absent(corpus: Corpus, folder: Path, name: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    try:
        export_corpus(corpus, folder / f"whole.{name}", form=name)
    except UsageError:
        pass
    else:
        raise AssertionError("what is there must not be overwritten")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        export_corpus(corpus, folder / f"half.{name}", form=name, progress=die)
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("an export must report its progress")
    after = sorted(path.name for path in folder.iterdir())
    assert after == before, f"an export that dies must leave nothing, got {set(after) - set(before)}"


def _check_damage(form: Form, folder: Path, name: str) -> None:
    for number, path in enumerate(_damaged(folder, name)):
        try:
            items = list(form.source(path).drafts())
        except LexiscopeError:
            continue
        assert all(isinstance(item, Draft | Rejected) for item in items), f"damage {number} gave {items}"


def _damaged(folder: Path, name: str) -> Iterator[Path]:
    """An empty folder, noise, and an empty file, called as the format calls its own."""
    empty = folder / "empty"
    empty.mkdir()
    yield empty
    for number, data in enumerate((bytes(range(256)) * 4, b"")):
        path = folder / f"damaged-{number}.{name}"
        path.write_bytes(data)
        yield path
