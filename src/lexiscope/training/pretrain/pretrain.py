"""`pretrain`: a tower learns from images or texts alone, before anything pairs them."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lexiscope.core.files import exclusive, write_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.features.processes import process_state
from lexiscope.features.towers import fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.loop.checkpoint import restart_notes
from lexiscope.training.loop.loop import Trained, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives import TEXT_OBJECTIVES
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.image import image_job
from lexiscope.training.pretrain.job import PretrainJob, validate_pretraining
from lexiscope.training.pretrain.text import text_job
from lexiscope.training.result import StageResult
from lexiscope.training.splits import ensure_splits


@dataclass(frozen=True, kw_only=True)
class PretrainResult(StageResult):
    """What a pretraining gave.

    Args:
        part: "image" or "text": the part that was written.
        objective: What was made small.
        rows: What an epoch passes over: slices, pictures, volumes or texts.
    """

    part: str
    objective: str
    rows: int


def pretrain(
    corpus: Corpus | Path | str,
    out: Path | str,
    *,
    config: PretrainConfig | None = None,
    progress: Progress | None = None,
) -> PretrainResult:
    """Train a tower on the images, or on the texts, of a corpus, and write it into a model directory.

    Trains on the split "train" alone and keeps the epoch whose loss is least on "val"; without splits, on everything.
    `align` starts from what lies in the directory. The log, the resolved configuration and the checkpoints lie in
    `out/training/pretrain-image/` or `-text/`. The same command again goes on where an interrupted run was, and does
    nothing when it was finished; with other settings or another corpus it starts again.

    Raises:
        CorpusError: no corpus there.
        TrainingError: nothing to train on, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    started = time.monotonic()
    config = config or PretrainConfig()
    corpus, out = Corpus.of(corpus), Path(out)
    part = "text" if config.objective in TEXT_OBJECTIVES else "image"
    folder = out / "training" / f"pretrain-{part}"
    together = process_state()
    with exclusive(folder / ".lock", what=str(out)) if together.is_main_process else nullcontext():
        corpus, dealt = ensure_splits(corpus)
        job = text_job(corpus, config) if part == "text" else image_job(corpus, config)
        key = config.key(corpus=corpus.version, weights=fingerprint(job.module))
        done = _finished(out, part, key)
        if done is not None:
            return replace(done, seconds=time.monotonic() - started)
        notes = (*dealt, *job.notes, *restart_notes(folder / "checkpoint.safetensors", key=key))
        if together.is_main_process:
            write_json(folder / "config.json", config.model_dump(mode="json"))
        trained, validation = _train(job, folder=folder, key=key, config=config, progress=progress)
        result = PretrainResult(
            model=str(out),
            part=part,
            objective=config.objective,
            corpus=corpus.version,
            cases=job.cases,
            rows=len(job.rows),
            epochs=config.epochs,
            best_epoch=trained.best_epoch,
            steps=trained.steps,
            resumed_at=trained.resumed_at,
            loss=trained.loss,
            chance=trained.chance,
            validation=validation,
            seconds=time.monotonic() - started,
            notes=notes,
        )
        if together.is_main_process:
            run = RunRecord(f"train pretrain {part}", config.model_dump(mode="json"), corpus.version, config.seed)
            record = {
                **run.to_dict(),
                "run": key,
                "trained_on": job.part.to_dict(),
                "weights": job.weights,
                "result": result.to_dict(),
                "metrics": dict(validation),
            }
            job.save(ModelDirectory(out), record)
        together.wait_for_everyone()
        return result


def _finished(out: Path, part: str, key: str) -> PretrainResult | None:
    """The result of a run that made this very part already."""
    model = ModelDirectory(out)
    record = model.record(part) if model.has(part) else {}
    if record.get("run") != key:
        return None
    notes = (*record["result"]["notes"], "this part was already trained with these settings on this corpus")
    return PretrainResult(**{**record["result"], "model": str(out), "notes": notes})


def _train(
    job: PretrainJob, *, folder: Path, key: str, config: PretrainConfig, progress: Progress | None
) -> tuple[Trained, Mapping[str, float]]:
    job.module.to(process_state().device)
    validate = (
        None if job.held_out is None else partial(validate_pretraining, job.module, job.held_out, batch=config.batch)
    )
    optimizer = adamw(
        job.module,
        towers=job.towers,
        lr=config.new_lr,
        tower_lr=config.tower_lr,
        weight_decay=config.weight_decay,
    )
    trained = train(
        job.module,
        optimizer,
        job.rows,
        folder=folder,
        key=key,
        config=config.loop(),
        validate=validate,
        progress=progress,
    )
    return trained, validate().metrics if validate is not None else {}
