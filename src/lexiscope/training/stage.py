"""`Stage`: one step by which a model grows; `run_stage` does what is the same for all of them.

A run, in this order: what the stage builds on is made (`Stage.make_prerequisites`), the corpus gets splits where it has
none, the stage prepares its job (`Stage.prepare`), and where that very part is not here yet, the job trains
(`StageJob.train`) and the part is saved (`StageOutcome.save`) with the record of the run. A stage that is not in
`training.STAGES` runs in the same way.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from lexiscope.core.files import exclusive, write_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.loop.checkpoint import restart_notes
from lexiscope.training.loop.loop import Trained, Validation
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings
from lexiscope.training.splits import ensure_splits

ConfigT = TypeVar("ConfigT", bound=StageSettings, contravariant=True)


@dataclass(frozen=True)
class StageRun:
    """One run of a stage, or of one phase of it.

    Args:
        folder: Folder of checkpoints and logs.
        key: Hash of everything that decides the run; checkpoints of another key are not resumed.
        progress: Called with each step that is done.
    """

    folder: Path
    key: str
    progress: Progress | None = None

    def phase(self, name: str) -> "StageRun":
        """Run of one phase, with a folder and a key of its own.

        Example:
            >>> StageRun(Path("training"), "k").phase("projector").key
            'k-projector'
        """
        return StageRun(self.folder / name, f"{self.key}-{name}", self.progress)


@dataclass(frozen=True)
class StageOutcome:
    """Result of a stage's own training.

    Args:
        trained: Result of the last loop.
        validation: Metrics of the kept weights on the split "val"; None without one.
        save: Writes the part with its record.
        counts: Fields of the stage's result beside those that `run_stage` fills in, such as "cases" and "epochs".
        notes: Notes for the user about the run.
    """

    trained: Trained
    validation: Validation | None
    save: Callable[[ModelDirectory, dict[str, Any]], None]
    counts: Mapping[str, Any]
    notes: Sequence[str] = field(default=())


class StageJob(Protocol):
    """A module with its data and its resolved settings, ready to train."""

    @property
    def config(self) -> StageSettings:
        """Settings with everything resolved that is left open in those of the user."""

    @property
    def part(self) -> CorpusPart:
        """Cases that are learned from."""

    @property
    def notes(self) -> Sequence[str]:
        """Notes for the user, before anything trains."""

    @property
    def record(self) -> Mapping[str, Any]:
        """Entries of the record of the run beside the usual ones: JSON types."""

    @property
    def last_phase(self) -> str | None:
        """Phase whose checkpoint tells whether an earlier run here can be gone on with; None for a stage of one."""

    def identity(self) -> dict[str, str]:
        """Hashes that decide the outcome beside settings and corpus, such as one of the weights before training."""

    def train(self, run: StageRun, /) -> StageOutcome:
        """Train; goes on where an interrupted run of the same key was."""


class Stage(Protocol[ConfigT]):
    """One step by which a model grows; an entry of `training.STAGES` is a class of these without arguments.

    An entry must be importable without torch: the command line reads `summary` and `Config` for its help.
    """

    name: ClassVar[str]
    """As in "pretrain-image": its folder below `training/`, and with spaces for dashes its command."""

    summary: ClassVar[str]
    """One line of help."""

    part: ClassVar[str]
    """Part of the model directory that it writes."""

    Config: ClassVar[type[StageSettings]]
    Result: ClassVar[type[StageResult]]

    def make_prerequisites(self, corpus: Corpus, model: ModelDirectory, *, progress: Progress | None) -> Sequence[str]:
        """Make the parts that the stage builds on where they are missing; returns notes of that."""

    def prepare(self, corpus: Corpus, model: ModelDirectory, config: ConfigT) -> StageJob:
        """Find the data, build the module and resolve the settings.

        Raises:
            TrainingError: nothing to learn from.
            WeightsError: no such pretrained weights.
            UsageError: settings that make no sense together.
        """


def run_stage(
    stage: Stage[Any],
    corpus: Corpus | Path | str,
    out: ModelDirectory | Path | str,
    config: StageSettings | None = None,
    *,
    progress: Progress | None = None,
) -> StageResult:
    """Run a stage of training on a corpus and write its part into a model directory.

    The log, the resolved configuration and the checkpoints lie in `out/training/NAME/`. The same command again goes on
    where an interrupted run was, and does nothing when it was finished; with other settings or another corpus it starts
    again. Several processes share the steps; the first of them writes.

    Args:
        config: Settings of the stage's own `Config`; its defaults when None.

    Raises:
        CorpusError: no corpus there.
        TrainingError: nothing to learn from, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    started = time.monotonic()
    settings = stage.Config() if config is None else config
    settings.check()
    corpus, model = Corpus.of(corpus), ModelDirectory.of(out)
    made_first = stage.make_prerequisites(corpus, model, progress=progress)
    group, folder = process_state(), model.path / "training" / stage.name
    with exclusive(folder / ".lock", what=str(model.path)) if group.is_main_process else nullcontext():
        corpus, split_notes = ensure_splits(corpus)
        job = stage.prepare(corpus, model, settings)
        run = StageRun(folder, job.config.key(corpus=corpus.version, **job.identity()), progress)
        done = _finished(stage, model, run.key)
        if done is not None:
            return replace(done, seconds=time.monotonic() - started)
        notes = [*made_first, *split_notes, *job.notes, *_restart_notes(job, run)]
        if group.is_main_process:
            write_json(folder / "config.json", job.config.model_dump(mode="json"))
        outcome = job.train(run)
        result = _result(stage, model, corpus, outcome, notes, seconds=time.monotonic() - started)
        if group.is_main_process:
            outcome.save(model, _record(stage, job, run, result))
        group.wait_for_everyone()
        return result


def _restart_notes(job: StageJob, run: StageRun) -> list[str]:
    last = run if job.last_phase is None else run.phase(job.last_phase)
    return restart_notes(last.folder / "checkpoint.safetensors", key=last.key)


def _finished(stage: Stage[Any], model: ModelDirectory, key: str) -> StageResult | None:
    """Result of a run that made this very part already."""
    record = model.record(stage.part) if model.has(stage.part) else {}
    if record.get("run") != key:
        return None
    note = f"this {stage.part} part was already trained with these settings on this corpus"
    return stage.Result(**{**record["result"], "model": str(model.path), "notes": (*record["result"]["notes"], note)})


def _result(
    stage: Stage[Any],
    model: ModelDirectory,
    corpus: Corpus,
    outcome: StageOutcome,
    notes: Sequence[str],
    *,
    seconds: float,
) -> StageResult:
    trained = outcome.trained
    return stage.Result(
        model=str(model.path),
        corpus=corpus.version,
        best_epoch=trained.best_epoch,
        steps=trained.steps,
        resumed_at=trained.resumed_at,
        loss=trained.loss,
        chance=trained.chance,
        validation=outcome.validation.metrics if outcome.validation else {},
        seconds=seconds,
        notes=(*notes, *outcome.notes),
        **outcome.counts,
    )


def _record(stage: Stage[Any], job: StageJob, run: StageRun, result: StageResult) -> dict[str, Any]:
    config = job.config.model_dump(mode="json")
    return {
        **RunRecord(f"train {stage.name.replace('-', ' ')}", config, result.corpus, config["seed"]).to_dict(),
        "run": run.key,
        "trained_on": job.part.to_dict(),
        **job.record,
        "result": result.to_dict(),
        "metrics": dict(result.validation),
    }
