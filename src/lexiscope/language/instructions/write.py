"""`write_instructions`: give the cases of a corpus instructions that say what to segment in them."""

from collections.abc import Sequence
from pathlib import Path

from lexiscope.core.batched import stream_batches
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.splits import split_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.case_instructions import CaseInstructions
from lexiscope.language.instructions.instruction_writer import InstructionWriter
from lexiscope.language.instructions.kept_profiles import KeptProfiles, read_profiles, save_profiles, up_to_date
from lexiscope.language.instructions.open_writer import open_writer
from lexiscope.language.instructions.profile_book import ProfileBook
from lexiscope.language.instructions.profiles import Profiles
from lexiscope.language.instructions.renaming import named_structures, rename_masks
from lexiscope.language.instructions.report import InstructionReport
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.sheet import write_sheet

_FEW = 10  # groups; of fewer, a tenth for each held-out split is nobody


def write_instructions(
    corpus: Corpus | Path | str,
    settings: InstructionSettings | None = None,
    *,
    writer: InstructionWriter | None = None,
    commit_every: int = 64,
    progress: Progress | None = None,
) -> InstructionReport:
    """Write instructions into a corpus, in place of those that this writer wrote before about the same structures.

    What a writer is given holds no mask (`Subject`). What structures look like comes from the masks of the split
    "train" together, and a case of that split reads what the masks of other groups taught (`ProfileBook`). Finished
    cases are committed as the work goes on, so a run that was killed goes on when it is started again. After a rebuild
    of the corpus from its source, write again.

    Args:
        corpus: An open corpus, or its directory.
        settings: Structures and who writes; the defaults when None.
        writer: Writes in place of the writer that the settings name.
        commit_every: Number of cases between two commits: what a run that is killed may lose.
        progress: Called with the annotated cases that were looked at, and with those written about.

    Raises:
        CorpusError: no corpus there.
        UsageError: no such structure, nothing to learn from, or settings that do not belong together.
    """
    corpus, settings = Corpus.of(corpus), settings or InstructionSettings()
    with corpus.writing():
        writes = writer or open_writer(corpus, settings)
        learns = writes.learns and settings.learned_from is None
        names, renamed = named_structures(corpus, settings.structures, with_masks=learns)
        if settings.sheet_out is not None:
            return _sheet(corpus, settings.sheet_out, names)
        rename_masks(corpus, renamed)
        notes = _split_first(corpus) if learns else ()
        profiles = _profiles(corpus, settings, names, progress) if writes.learns else None
        about = CaseInstructions(corpus, writes, names, profiles)
        updated = _write(corpus, about, commit_every, progress)
        learned = _kept(corpus, profiles, names) if learns else {}
    if not about.cases and not about.failed:
        raise UsageError(_nothing(corpus, settings, names, learns=writes.learns))
    usage = getattr(writes, "usage", None)
    return InstructionReport(
        writes.author,
        about.cases,
        about.passages,
        updated,
        about.silent,
        corpus.version,
        structures={name: dict(counts) for name, counts in about.about.items()},
        learned_from=learned,
        renamed=renamed,
        kept=about.kept,
        failed=about.failed,
        usage=usage.to_dict() if usage else None,
        examples={name: texts for name, texts in about.examples.items() if texts},
        notes=notes,
    )


def _write(corpus: Corpus, about: CaseInstructions, commit_every: int, progress: Progress | None) -> int:
    ids = [row["id"] for row in corpus.rows(columns=["id"])]
    updated = done = 0
    for batch in stream_batches(ids, commit_every):
        told = []
        for case in about.with_instructions(corpus.take(batch)):
            told.append(case)
            done += 1
            if progress:
                progress(done, len(ids), "cases written about")
        updated += corpus.upsert(told).updated
    return updated


def _profiles(
    corpus: Corpus, settings: InstructionSettings, names: Sequence[str], progress: Progress | None
) -> Profiles:
    if settings.learned_from is not None:
        return KeptProfiles(read_profiles(settings.learned_from))
    return ProfileBook(CorpusPart.to_learn_from(corpus), tuple(names), progress)


def _kept(corpus: Corpus, profiles: Profiles | None, names: Sequence[str]) -> dict[str, int]:
    """Keep the profiles of the corpus beside it, for images that come later; structure -> cases learned from."""
    assert profiles is not None
    known = up_to_date(corpus.path, profiles, names)
    save_profiles(corpus.path, known)
    return {name: known[name].cases for name in names if name in known}


def _split_first(corpus: Corpus) -> tuple[str, ...]:
    """Give a corpus without splits its splits, before anything is learned from it."""
    rows = list(corpus.rows(columns=["group", "split"]))
    if any(row["split"] for row in rows) or len({row["group"] for row in rows}) < _FEW:
        return ()
    counts = split_corpus(corpus).groups
    dealt = ", ".join(f"{split} {groups}" for split, groups in sorted(counts.items()))
    return (f"the corpus had no splits, so its groups were dealt out: {dealt}",)


def _sheet(corpus: Corpus, path: Path, names: Sequence[str]) -> InstructionReport:
    lines = write_sheet(path, corpus, names)
    return InstructionReport("human", 0, 0, 0, 0, corpus.version, sheet=(str(path), lines))


def _nothing(corpus: Corpus, settings: InstructionSettings, names: Sequence[str], *, learns: bool) -> str:
    if not learns:
        msg = f"expected something to be told of {', '.join(names)} in {corpus.path} by {settings.writer}, got nothing"
        return f"{msg}; see that cases have images and structures these names"
    if settings.learned_from is not None:
        known = ", ".join(sorted(read_profiles(settings.learned_from)))
        return f"expected {', '.join(names)} among the structures of {settings.learned_from}, which knows {known}"
    msg = f"expected masks of {', '.join(names)} in two groups of {CorpusPart.to_learn_from(corpus).where}, found fewer"
    return f"{msg}; annotate more cases, give --learned-from, or take --with label-name"
