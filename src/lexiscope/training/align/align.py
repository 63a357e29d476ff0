"""`align`: images and words of a corpus into one space."""

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lexiscope.core.files import exclusive, write_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.features.processes import process_state
from lexiscope.features.towers import Features, fingerprint
from lexiscope.models.build import build_joint_space
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.text_scratch import text_from_scratch
from lexiscope.training.align.closed_form import solve_heads
from lexiscope.training.align.config import IMAGE_TOWER, TEXT_TOWER, AlignConfig
from lexiscope.training.align.data import AlignData, features_of, find_data
from lexiscope.training.align.pretrained import PretrainedParts, find_pretrained
from lexiscope.training.align.rows import AlignRows, Pixels
from lexiscope.training.align.statistics import standardise_heads
from lexiscope.training.align.step import AlignStep
from lexiscope.training.align.validation import validate_alignment
from lexiscope.training.loop.checkpoint import checkpoint_key, restart_notes
from lexiscope.training.loop.loop import Trained, Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives import LABEL_OBJECTIVES, OBJECTIVES
from lexiscope.training.result import StageResult
from lexiscope.training.splits import ensure_splits
from lexiscope.views import ViewCache


@dataclass(frozen=True, kw_only=True)
class AlignResult(StageResult):
    """What an alignment gave.

    Args:
        texts: Different passages trained on.
    """

    texts: int


def align(
    corpus: Corpus | Path | str,
    out: Path | str,
    *,
    config: AlignConfig | None = None,
    progress: Progress | None = None,
) -> AlignResult:
    """Train a joint space on the pairs of images and passages of a corpus, and write it into a model directory.

    Trains on the split "train" and keeps the epoch that is best on "val"; without splits, on everything. The log, the
    resolved configuration and the checkpoints lie in `out/training/align/`. The same command again goes on where an
    interrupted run was, and does nothing when it was finished; with other settings or another corpus it starts again.

    Raises:
        CorpusError: no corpus there.
        TrainingError: no pairs of image and text to train on, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    started = time.monotonic()
    config = config or AlignConfig()
    corpus = Corpus.of(corpus)
    out, folder = Path(out), Path(out) / "training" / "align"
    together = process_state()
    with exclusive(folder / ".lock", what=str(out)) if together.is_main_process else nullcontext():
        corpus, dealt = ensure_splits(corpus)
        start = find_pretrained(ModelDirectory(out), config)
        if start.encoder is not None:
            config = config.model_copy(update={"fusion": config.fusion or start.encoder.config.fusion})
        data = find_data(corpus, config, start)
        space = _build(data, config, start)
        key = config.key(corpus=corpus.version, weights=fingerprint(space))
        done = _finished(out, key)
        if done is not None:
            return replace(done, seconds=time.monotonic() - started)
        notes = [*dealt, *start.notes(), *data.notes, *restart_notes(folder / "checkpoint.safetensors", key=key)]
        if together.is_main_process:
            write_json(folder / "config.json", config.model_dump(mode="json"))
        trained, validation = _train(corpus, data, space, folder=folder, key=key, config=config, progress=progress)
        result = AlignResult(
            model=str(out),
            corpus=corpus.version,
            cases=len(data.train),
            texts=len(data.train.all_texts()),
            epochs=config.epochs,
            best_epoch=trained.best_epoch,
            steps=trained.steps,
            resumed_at=trained.resumed_at,
            loss=trained.loss,
            chance=trained.chance,
            validation=validation.metrics if validation else {},
            seconds=time.monotonic() - started,
            notes=tuple(notes),
        )
        if together.is_main_process:
            run = RunRecord("train align", config.model_dump(mode="json"), corpus.version, config.seed)
            record = {
                **run.to_dict(),
                "run": key,
                "trained_on": data.part.to_dict(),
                "started_from": start.records,
                "result": result.to_dict(),
                "metrics": dict(result.validation),
            }
            ModelDirectory(out).save_joint(space, views=data.views, record=record)
        together.wait_for_everyone()
        return result


def _build(data: AlignData, config: AlignConfig, start: PretrainedParts) -> JointSpace:
    scratch = config.text == "bert"
    return build_joint_space(
        data.views,
        image=config.image or IMAGE_TOWER,
        text=config.text or TEXT_TOWER,
        fusion=config.fusion,
        readout=config.readout,
        head=config.head,
        text_levels=config.text_levels,
        text_tower=text_from_scratch(data.train.all_texts(), seed=config.seed) if scratch else start.text,
        text_head=config.text_head,
        encoder=start.encoder,
        origins=start.origins(),
        temperature=config.temperature or OBJECTIVES.load(config.objective).start_temperature,
        allow_download=config.allow_download,
        seed=config.seed,
    )


def _finished(out: Path, key: str) -> AlignResult | None:
    """The result of a run that made this very model already."""
    model = ModelDirectory(out)
    record = model.record() if model.has("joint") else {}
    if record.get("run") != key:
        return None
    notes = (*record["result"]["notes"], "this model was already trained with these settings on this corpus")
    return AlignResult(**{**record["result"], "model": str(out), "notes": notes})


def _train(
    corpus: Corpus,
    data: AlignData,
    space: JointSpace,
    *,
    folder: Path,
    key: str,
    config: AlignConfig,
    progress: Progress | None,
) -> tuple[Trained, Validation | None]:
    device = process_state().device
    inputs = _inputs(corpus, data, space.to(device), config, progress)
    if not config.trains_towers:
        space.freeze_towers()
    step = AlignStep(
        space,
        OBJECTIVES.load(config.objective)(spare_group=config.spare_group),
        kept=config.keeps_features,
        chunk=config.chunk,
        labels=LABEL_OBJECTIVES.load("supcon")(weight=config.label_weight) if config.label else None,
    )
    if checkpoint_key(folder / "checkpoint.safetensors") != key:  # a checkpoint holds the start already
        _start_heads(corpus, data, space, inputs, config=config, progress=progress)
    rows = AlignRows(
        data.train,
        inputs,
        seed=config.seed,
        every_passage=config.passages == "all",
        augment=config.augment and not config.keeps_features,
        dropout=config.modality_dropout if not config.keeps_features and len(data.views) > 1 else 0.0,
        label=config.label,
    )
    validate = partial(validate_alignment, step, data.val, inputs) if len(data.val) else None
    trained = train(
        step,
        adamw(
            space,
            towers=(space.image.towers, space.text),
            lr=config.head_lr,
            tower_lr=config.tower_lr,
            weight_decay=config.weight_decay,
        ),
        rows,
        folder=folder,
        key=key,
        config=config.loop(),
        validate=validate,
        progress=progress,
    )
    return trained, validate() if validate else None


def _start_heads(
    corpus: Corpus,
    data: AlignData,
    space: JointSpace,
    inputs: Features | Pixels,
    *,
    config: AlignConfig,
    progress: Progress | None,
) -> None:
    """Mean and spread of what the heads will see, and their solution where there is one in closed form."""
    if config.starts_solved and not isinstance(inputs, Features):  # what the towers say before they train on
        inputs = features_of(data, corpus, space, progress=progress)
    standardise_heads(space, data.train, inputs)
    if config.starts_solved and isinstance(inputs, Features):
        solve_heads(space, data.train, inputs)


def _inputs(
    corpus: Corpus, data: AlignData, space: JointSpace, config: AlignConfig, progress: Progress | None
) -> Features | Pixels:
    if not config.keeps_features:
        return Pixels(corpus, data.views, ViewCache(corpus.path / ".views"))
    return features_of(data, corpus, space, progress=progress)
