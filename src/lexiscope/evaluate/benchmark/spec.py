"""`Benchmark`: what is asked of a model and how it is judged, as `benchmark.yaml` holds it; its hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from lexiscope.core.errors import CorpusError, EvaluationError
from lexiscope.core.files import sha256_file, sha256_json, write_text
from lexiscope.corpus.rows import row_of
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.assistant.measure import SCORES
from lexiscope.evaluate.judges.choose import DEFAULT
from lexiscope.language.text.context import LEVELS

FORMAT = 1
FILE, WORDS, LEXICON = "benchmark.yaml", "words", "lexicon.yaml"
_HEAD = """\
# A benchmark made by `lexiscope benchmark make`. Run it with: lexiscope benchmark run DIRECTORY MODEL --json
# The hash covers the task below, the words, every case and every image: do not edit, make another one.
"""
_RULE = (
    "turns about images of the split, drawn evenly from every kind and level; each asked at every level of context, "
    "without the sentences that give its answer away"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is measured, in the manner of a task file of lm-evaluation-harness.

    Args:
        task: Of `evaluate --task`.
        test_split: The split of this directory's corpus.
        items: In words, what is asked.
        contexts: Levels of context.
        most: Turns asked at most.
        wordings: Instructions around a yes-or-no question.
        judge: Who marks.
        metrics: What comes out.
        seed: Of what is drawn.
    """

    test_split: str
    most: int
    wordings: tuple[str, ...]
    seed: int = 0
    task: str = "interpret"
    items: str = _RULE
    contexts: tuple[str, ...] = LEVELS
    judge: str = DEFAULT
    metrics: tuple[str, ...] = ("overall_quality", "context_sensitivity", *SCORES[1:])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark on disk.

    Args:
        hash: Of everything that decides a score: task, words, cases, images.
        corpus: Content version of its own corpus.
        made_from: Content version and split of the corpus that it was taken from.
        authors: Who wrote the turns -> how many.
    """

    hash: str
    corpus: str
    made_from: Mapping[str, Any]
    authors: Mapping[str, int]
    task: Task

    def write(self, folder: Path) -> None:
        """As `benchmark.yaml`."""
        record = {"format": FORMAT, **asdict(self), "task": self.task.to_dict()}
        write_text(folder / FILE, _HEAD + yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=110))

    @classmethod
    def read(cls, folder: Path) -> "Benchmark":
        """From `benchmark.yaml`.

        Raises:
            EvaluationError: none there, damaged, or of another format.
        """
        file = folder / FILE
        if not file.is_file():
            msg = f"expected a benchmark at {folder}, found none"
            raise EvaluationError(f"{msg}; make one with: lexiscope benchmark make CORPUS --out {folder}")
        try:
            record = yaml.safe_load(file.read_text(encoding="utf-8"))
            if record.pop("format") != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            return cls(**{**record, "task": _task(record["task"])})
        except (yaml.YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
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
            found = content_hash(corpus, self.task, lexicon=folder / WORDS / LEXICON)
        except (CorpusError, OSError) as error:
            raise EvaluationError(f"the benchmark at {folder} is damaged: {error}; make it again") from error
        if found != self.hash:
            msg = f"the benchmark at {folder} was changed: its hash should be {self.hash}, got {found}"
            raise EvaluationError(f"{msg}; restore it, or make it again")
        return corpus


def content_hash(corpus: Corpus, task: Task, *, lexicon: Path) -> str:
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
    said = {"task": task.to_dict(), "lexicon": sha256_file(lexicon), "cases": sorted(cases)}
    return sha256_json(said)[:16]


def _task(record: Mapping[str, Any]) -> Task:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    task = Task(**fields)
    if task.contexts != LEVELS or task.items != _RULE:
        raise ValueError("its items are chosen by a rule that this lexiscope does not know")
    return task
