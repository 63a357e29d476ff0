"""`run_stage`: what is the same for all stages of training.

A run, in this order: what the stage builds on is made (`Stage.make_prerequisites`), the corpus gets splits where it has
none, the stage prepares its job (`Stage.prepare`), and where that very part is not here yet, the job trains
(`StageJob.train`) and the part is saved (`StageOutcome.save`) with the record of the run. A stage that is not in
`training.STAGES` runs in the same way.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from lexiscope.core.files import exclusive, write_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.features.processes import process_state
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.loop.bfloat16 import require_native_bfloat16
from lexiscope.training.loop.checkpoint import restart_notes
from lexiscope.training.result import StageResult
from lexiscope.training.settings import LoopSettings, StageSettings
from lexiscope.training.splits import ensure_splits
from lexiscope.training.stage import Stage, StageJob, StageOutcome, StageRun


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
    _check_precision(settings)
    corpus, model = Corpus.of(corpus), ModelDirectory.of(out)
    made_first = stage.make_prerequisites(corpus, model, progress=progress)
    group, folder = process_state(), model.path / "training" / stage.name
    with exclusive(folder / ".lock", what=str(model.path)) if group.is_main_process else nullcontext():
        corpus, split_notes = ensure_splits(corpus)
        job = stage.prepare(corpus, model, settings)
        run = StageRun(folder, job.config.key(corpus=corpus.version, **job.identity()), progress)
        done = _finished(stage, model, run.key)
        if done is not None:
            if group.is_main_process:
                model.write_card()  # a run may have died when its part was there and the card was not
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


def _check_precision(settings: StageSettings) -> None:
    if isinstance(settings, LoopSettings) and settings.bf16 and not settings.force_bf16:
        require_native_bfloat16()


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
