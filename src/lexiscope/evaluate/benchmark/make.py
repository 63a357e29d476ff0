"""`make_benchmark`: one split of a lab's own corpus becomes a benchmark, whole or not at all."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError, LeakageError
from lexiscope.core.files import new_directory, write_text
from lexiscope.core.image import Image
from lexiscope.core.progress import Progress
from lexiscope.corpus.audit import AuditReport, Leak, audit_corpus
from lexiscope.corpus.rows import hashes_of
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.assistant.prompt_variants import read_prompt_variants
from lexiscope.evaluate.benchmark.card import data_card
from lexiscope.evaluate.benchmark.spec import FILE, LEXICON, WORDS, Benchmark, BenchmarkTask, content_hash
from lexiscope.language.words import read_words

LIMIT = 240  # turns
_BATCH = 64  # cases copied at once
_ASK_TURNS = ("answer", "assistant")  # evaluations whose items are turns
_ALIKE = ("image", "near_image")  # kinds of leaks of which the case is left out; others refuse the split


def make_benchmark(
    corpus: Corpus | Path | str,
    out: Path | str,
    *,
    split: str = "test",
    evaluation: str = "assistant",
    limit: int | None = LIMIT,
    prompts: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> Benchmark:
    """Copy the cases of one split, with what is asked of a model and how its answers are measured.

    The same corpus and options give the same hash. Cases whose image other splits hold, too, are left out.

    Args:
        corpus: The corpus whose held-out split becomes the benchmark.
        out: A new directory; one that holds this very benchmark already is left alone.
        split: Split that becomes the benchmark; its groups are in no other split.
        evaluation: Name of the evaluation that measures on it, as in `lexiscope evaluate NAME`.
        limit: Number of turns asked at most, for evaluations that ask turns.
        prompts: Folder of the user's own words: lexicon and instructions.
        seed: Seed of the turns that are drawn.
        progress: Called with the number of cases copied.
        options: Further options of the evaluation, such as attribute="grade" for "classify".

    Raises:
        EvaluationError: the split has no case that can be measured, or `out` holds something else.
        LeakageError: the split shares groups or texts with another.
        UsageError: an unknown evaluation, or options it does not take.
    """
    corpus, out = Corpus.of(corpus), Path(out)
    task = BenchmarkTask(split, evaluation, _options(evaluation, limit, prompts, options), seed)
    shared, asks = _shared_images(corpus, split), evaluation in _ASK_TURNS
    cases = [
        case for case in corpus.cases(split=split) if case.images and (case.turns or not asks) and case.id not in shared
    ]
    if not cases:
        msg = f"expected cases with images{' and turns' * asks} in split {split!r} of {corpus.path}, found none"
        raise EvaluationError(f"{msg}; write turns with: lexiscope write conversations, or name another --split")
    write = partial(_write, corpus, cases, task, left_out=len(shared), prompts=prompts, progress=progress)
    if not out.exists():
        with new_directory(out) as folder:
            return write(folder)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        made = write(Path(folder))
    _require_same(out, made)
    return made


def _options(evaluation: str, limit: int | None, prompts: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    """The evaluation's options as the file holds them; words that a judge needs are written out."""
    chosen, known = dict(options), EVALUATIONS.load(evaluation).Options
    if "limit" in known.model_fields:
        chosen.setdefault("limit", limit)
    if "wordings" in known.model_fields:
        chosen.setdefault("wordings", tuple(read_prompt_variants(prompts)))
    settings = known.of(chosen).model_dump(mode="json")
    return {name: settings[name] for name in settings if name in chosen or name == "judge"}


def _write(
    corpus: Corpus,
    cases: Sequence[Case],
    task: BenchmarkTask,
    folder: Path,
    *,
    left_out: int,
    prompts: Path | None,
    progress: Progress | None,
) -> Benchmark:
    copied = _copy(corpus, [case.id for case in cases], folder, progress)
    write_text(folder / WORDS / LEXICON, read_words(LEXICON, prompts))
    authors = Counter(turn.author for case in cases for turn in case.turns)
    made = Benchmark(
        content_hash(copied, task, lexicon=folder / WORDS / LEXICON),
        copied.version,
        {"corpus": corpus.version, "split": task.split, "left_out_cases": left_out},
        dict(sorted(authors.items())),
        task,
    )
    made.write(folder)
    write_text(folder / "README.md", data_card(made, cases))
    return made


def _shared_images(corpus: Corpus, split: str) -> set[str]:
    """The split's cases whose images other splits hold, too."""
    report = audit_corpus(corpus)
    leaks = [leak for leak in report.leaks if split in leak.splits]
    refused = [leak for leak in leaks if leak.kind not in _ALIKE]
    if refused or _has_unnamed(report, leaks):
        raise _refusal(split, refused or leaks)
    shared = {case for leak in leaks for case in leak.shared}
    return shared.intersection(row["id"] for row in corpus.rows(split=split, columns=["id"]))


def _refusal(split: str, leaks: Sequence[Leak]) -> LeakageError:
    what = "; ".join(leak.detail for leak in leaks[:3])
    msg = f"split {split!r} shares with others what it must not: {what}"
    return LeakageError(f"{msg}. Split again by group: lexiscope corpus split")


def _has_unnamed(report: AuditReport, leaks: Sequence[Leak]) -> bool:
    """Tell whether there are more leaks than the audit names, where it names any of the split."""
    if not leaks:
        return False
    named = Counter(leak.kind for leak in report.leaks)
    return any(count > named[kind] for kind, count in report.refused.items())


def _copy(corpus: Corpus, ids: list[str], folder: Path, progress: Progress | None) -> Corpus:
    made = Corpus.create(folder)
    for start in range(0, len(ids), _BATCH):
        chosen = ids[start : start + _BATCH]
        cases = corpus.take(chosen)
        for image in (image for case in cases for image in (*case.images.values(), *case.masks.values())):
            made.keep_object(corpus.checked_path(image), content=image.content, image_format=image.format)
        hashes = {
            content: value for row in corpus.stored_rows(chosen).values() for content, value in hashes_of(row).items()
        }
        made.upsert([_inside(case) for case in cases], hashes=hashes)
        if progress:
            progress(min(len(ids), start + _BATCH), len(ids), "cases copied")
    return made


def _inside(case: Case) -> Case:
    """Case with images that lie in the corpus; where the original lay says nothing on another machine."""

    def here(images: dict[str, Image]) -> dict[str, Image]:
        return {name: replace(image, path=None) for name, image in images.items()}

    return replace(case, images=here(dict(case.images)), masks=here(dict(case.masks)))


def _require_same(out: Path, made: Benchmark) -> None:
    if not (out / FILE).is_file():
        raise EvaluationError(f"{out} must be a new directory, and is there already; choose another with --out")
    present = Benchmark.read(out)
    if present.hash != made.hash:
        msg = f"{out} holds another benchmark, {present.hash}, and this one would be {made.hash}"
        raise EvaluationError(f"{msg}; a benchmark is never overwritten, choose another directory with --out")
