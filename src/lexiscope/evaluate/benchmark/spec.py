"""`Benchmark`: what a model is measured on and how, as `benchmark.yaml` holds it; its hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from lexiscope.core.errors import CorpusError, EvaluationError
from lexiscope.core.files import sha256_file, sha256_json, write_text
from lexiscope.core.regular import read_regular
from lexiscope.core.safe_yaml import load_yaml
from lexiscope.corpus.rows import row_of
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.assistant.measure import SCORES
from lexiscope.language.text.context import LEVELS

FORMAT = 2
FILE, WORDS, LEXICON = "benchmark.yaml", "words", "lexicon.yaml"
_HEAD = """\
# A benchmark made by `lexiscope benchmark make`. Run it with: lexiscope benchmark run DIRECTORY MODEL --json
# The hash covers the task below, the words, every case and every image: do not edit, make another one.
"""
_ITEMS = {
    "assistant": (
        "turns about images of the split, drawn evenly from every kind and level; each asked at every level of "
        "context, without the sentences that give its answer away"
    )
}
_CONTEXTS = {"assistant": LEVELS}
_METRICS = {"assistant": ("overall_quality", "context_sensitivity", *SCORES[1:])}


@dataclass(frozen=True, slots=True)
class BenchmarkTask:
    """One thing that is measured, in the manner of a task file of lm-evaluation-harness.

    Args:
        split: Split of the benchmark's own corpus.
        evaluation: Name of the evaluation, as in `lexiscope evaluate NAME`.
        options: Options of the evaluation, plain JSON types.
        seed: Seed of everything that is drawn.
        format: Format of the file, which decides how the task is written and hashed.
    """

    split: str
    evaluation: str
    options: Mapping[str, Any]
    seed: int = 0
    format: int = FORMAT

    @property
    def contexts(self) -> tuple[str, ...]:
        """Levels of context at which each question is asked; none where an evaluation has no such levels."""
        return _CONTEXTS.get(self.evaluation, ())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, as the file holds them and as the hash covers them."""
        if self.format == 1:
            return _first_format(self)
        return {
            "evaluation": self.evaluation,
            "split": self.split,
            "options": dict(self.options),
            "seed": self.seed,
            "items": _ITEMS.get(self.evaluation, ""),
            "contexts": list(self.contexts),
            "metrics": list(_METRICS.get(self.evaluation, ())),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any], *, format: int) -> "BenchmarkTask":
        """Read what `to_dict` gave.

        Raises:
            LookupError, ValueError: a task that this lexiscope does not know.
        """
        if format == 1:
            options = {"limit": record["most"], "judge": record["judge"], "wordings": list(record["wordings"])}
            task = cls(record["test_split"], "assistant", options, record["seed"], format)
        else:
            task = cls(record["split"], record["evaluation"], record["options"], record["seed"], format)
        if task.to_dict() != record:
            raise ValueError("its items are chosen by a rule that this lexiscope does not know")
        return task


def _first_format(task: BenchmarkTask) -> dict[str, Any]:
    """The task as files of format 1 hold it, under the name that the evaluation had then."""
    return {
        "test_split": task.split,
        "most": task.options["limit"],
        "wordings": list(task.options["wordings"]),
        "seed": task.seed,
        "task": "interpret",
        "items": _ITEMS["assistant"],
        "contexts": list(LEVELS),
        "judge": task.options["judge"],
        "metrics": list(_METRICS["assistant"]),
    }


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark on disk.

    Args:
        hash: Hash of everything that decides a score: task, words, cases, images.
        corpus: Content version of its own corpus.
        made_from: Content version and split of the corpus that it was taken from.
        authors: Author of turns -> how many of them.
        task: Evaluation that is run on it.
    """

    hash: str
    corpus: str
    made_from: Mapping[str, Any]
    authors: Mapping[str, int]
    task: BenchmarkTask

    def write(self, folder: Path) -> None:
        """Write `benchmark.yaml` into a folder."""
        record = {"format": self.task.format, **asdict(self), "task": self.task.to_dict()}
        write_text(folder / FILE, _HEAD + yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=110))

    @classmethod
    def read(cls, folder: Path) -> "Benchmark":
        """Read `benchmark.yaml` from a folder.

        Raises:
            EvaluationError: none there, damaged, or of another format.
        """
        file = folder / FILE
        if not file.is_file():
            msg = f"expected a benchmark at {folder}, found none"
            raise EvaluationError(f"{msg}; make one with: lexiscope benchmark make CORPUS --out {folder}")
        try:
            record = load_yaml(read_regular(file).decode("utf-8"))
            version = record.pop("format")
            if version not in (1, FORMAT):
                raise ValueError(f"its format is none of 1 and {FORMAT}")
            return cls(**{**record, "task": BenchmarkTask.read(record["task"], format=version)})
        except (OSError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise EvaluationError(
                f"{file} cannot be read ({error}); restore it, or make the benchmark again"
            ) from error

    def verify(self, folder: Path) -> Corpus:
        """The benchmark's corpus, after checking that nothing in it changed.

        Raises:
            EvaluationError: a case, an image, the words or the task are not those it was made with.
        """
        try:
            corpus = Corpus.open(folder)
            actual = content_hash(corpus, self.task, lexicon=folder / WORDS / LEXICON)
        except (CorpusError, OSError) as error:
            raise EvaluationError(f"the benchmark at {folder} is damaged: {error}; make it again") from error
        if actual != self.hash:
            msg = f"the benchmark at {folder} was changed: its hash should be {self.hash}, got {actual}"
            raise EvaluationError(f"{msg}; restore it, or make it again")
        return corpus


def content_hash(corpus: Corpus, task: BenchmarkTask, *, lexicon: Path) -> str:
    """Sixteen hex digits over the task, the lexicon, what every case says, and every image file's bytes.

    Raises:
        CorpusError: an image file is gone, or holds other bytes than its case names.
    """
    cases = []
    for case in corpus:
        cases.append(row_of(case, {})["fingerprint"].hex())
        for image in (*case.images.values(), *case.masks.values()):
            path = corpus.object_path(image)
            if sha256_file(path) != image.content:
                raise CorpusError(f"{path.name} holds other bytes than when it was taken in")
    covered = {"task": task.to_dict(), "lexicon": sha256_file(lexicon), "cases": sorted(cases)}
    return sha256_json(covered)[:16]
