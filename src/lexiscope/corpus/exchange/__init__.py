"""exchange: a corpus in the formats that others read, and back.

In: a corpus, or files of another program. Out: the same cases in Parquet, WebDataset, LLaVA JSON, OpenAI messages, the
layout of the Medical Segmentation Decathlon or BIDS. Reading back goes through `build_corpus`, so imports are checked,
incremental and resumable like any source. Parquet and WebDataset hold everything a case says; the others hold what they
can. Files of conversations can be checked row by row before they are used.
"""

from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import EXCHANGE
from lexiscope.corpus.build import BuildReport, build_corpus
from lexiscope.corpus.exchange.faults import Fault, FileCheck, validate_file
from lexiscope.corpus.exchange.form import ExportReport, Form
from lexiscope.corpus.store import Corpus

__all__ = ["ExportReport", "Fault", "FileCheck", "Form", "export_corpus", "import_corpus", "validate_file"]


def export_corpus(
    corpus: Corpus | Path | str, out: Path | str, *, form: str, progress: Progress | None = None
) -> ExportReport:
    """Write a corpus in another format, whole or not at all.

    Args:
        out: A file (Parquet) or a directory; must not exist.
        form: A name of `EXCHANGE`.

    Raises:
        UsageError: unknown format, or `out` exists.
    """
    out = Path(out)
    if out.exists():
        raise UsageError(f"{out} exists already; name a new place, or remove it first")
    out.parent.mkdir(parents=True, exist_ok=True)
    chosen: Form = EXCHANGE.load(form)
    return chosen.write(Corpus.of(corpus), out, progress)


def import_corpus(
    path: Path | str, source: Path | str, *, form: str, jobs: int = 1, progress: Progress | None = None
) -> BuildReport:
    """Add what another format holds to the corpus at `path`; as `build_corpus`.

    Raises:
        UsageError: unknown format, or nothing at `source`.
    """
    if not Path(source).exists():
        raise UsageError(f"expected something to import at {source}, found nothing; check the path")
    chosen: Form = EXCHANGE.load(form)
    return build_corpus(path, chosen.source(Path(source)), jobs=jobs, progress=progress)
