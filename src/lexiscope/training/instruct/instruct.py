"""`instruct`: an assistant that answers questions about the images of a corpus."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from lexiscope.answering.examples import InstructionExample, find_instruction_examples, sample_per_case, with_contexts
from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.files import exclusive, write_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state
from lexiscope.models.assistant.language import language_fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.run import InstructRun
from lexiscope.training.loop.checkpoint import restart_notes
from lexiscope.training.result import StageResult
from lexiscope.training.splits import ensure_splits


@dataclass(frozen=True, kw_only=True)
class InstructResult(StageResult):
    """What instruction tuning gave; its loss is that of an answer's token, chance knows how frequent words are.

    Args:
        lessons: Questions and descriptions learned from, by kind.
        trained: Weights that trained, in all stages.
    """

    lessons: Mapping[str, int]
    trained: int


def instruct(
    corpus: Corpus | Path | str,
    out: Path | str,
    *,
    config: InstructConfig | None = None,
    align_config: AlignConfig | None = None,
    progress: Progress | None = None,
) -> InstructResult:
    """Teach a model to answer questions about images and to describe them, and write the part `assistant/`.

    A model without a joint space is aligned first. Learns from the turns of the split "train", and from the passages
    that describe images; keeps the epoch that is best on "val". The same command again goes on where an interrupted
    run was, and does nothing when it was finished.

    Args:
        align_config: How to align, where that has to be done first.

    Raises:
        CorpusError: no corpus there.
        TrainingError: nothing to learn, or a loss that is never finite.
        WeightsError: no such language model.
        UsageError: settings that make no sense together.
    """
    started = time.monotonic()
    config = config or InstructConfig()
    if config.lora and config.from_scratch:
        msg = f"an adapter needs a pretrained language model to stand beside, got {config.language_name!r}"
        raise UsageError(f"{msg}; name one such as 'smollm2', or train without lora")
    corpus, model = Corpus.of(corpus), ModelDirectory.of(out)
    notes = []
    if not model.has("joint"):
        aligned = align(corpus, model.path, config=align_config, progress=progress)
        notes += [f"aligned first, in {aligned.seconds:.0f} s", *aligned.notes]
    together = process_state()
    folder = model.path / "training" / "instruct"
    with exclusive(folder / ".lock", what=str(model.path)) if together.is_main_process else nullcontext():
        corpus, dealt = ensure_splits(corpus)
        lessons = _find_lessons(corpus, model, config)
        key = config.key(corpus=corpus.version, joint=model.fingerprint, language=_language_key(config))
        done = _finished(model, key)
        if done is not None:
            return replace(done, seconds=time.monotonic() - started)
        notes += [*dealt, *restart_notes(folder / "language" / "checkpoint.safetensors", key=f"{key}-language")]
        if together.is_main_process:
            write_json(folder / "config.json", config.model_dump(mode="json"))
        taught = InstructRun(
            InstructContext(corpus, model, lessons.train, lessons.val, config, key, folder, progress)
        ).teach()
        trained, validation = taught.trained, taught.validation
        result = InstructResult(
            model=str(model.path),
            corpus=corpus.version,
            cases=len({example.case.id for example in lessons.train}),
            lessons=lessons.counts(),
            epochs=config.passes,
            best_epoch=trained.best_epoch,
            steps=trained.steps,
            resumed_at=trained.resumed_at,
            loss=trained.loss,
            chance=trained.chance,
            trained=sum(weight.numel() for weight in taught.assistant.parameters() if weight.requires_grad),
            validation=validation.metrics if validation else {},
            seconds=time.monotonic() - started,
            notes=(*notes, *lessons.notes, *taught.notes),
        )
        if together.is_main_process:
            record = {
                **RunRecord("train instruct", config.model_dump(mode="json"), corpus.version, config.seed).to_dict(),
                "run": key,
                "joint": model.fingerprint,
                "trained_on": lessons.part.to_dict(),
                "result": result.to_dict(),
                "metrics": dict(result.validation),
            }
            parts = taught.assistant, taught.classifier, taught.reranker, taught.mixture
            model.save_assistant(*parts, record=record)
        together.wait_for_everyone()
        return result


@dataclass(frozen=True)
class _Lessons:
    train: Sequence[InstructionExample]
    val: Sequence[InstructionExample]
    part: CorpusPart
    notes: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        kinds = [example.kind for example in self.train]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _find_lessons(corpus: Corpus, model: ModelDirectory, config: InstructConfig) -> _Lessons:
    modalities, columns = list(model.views()), config.text_columns
    part = CorpusPart.to_learn_from(corpus)
    train, val = (
        find_instruction_examples(chosen.cases() if chosen else (), modalities=modalities, columns=columns)
        for chosen in (part, part.held_out)
    )
    if not train:
        msg = f"expected cases with {' or '.join(modalities)} and questions or captions in {part.where}, found none"
        raise TrainingError(f"{msg}; build the corpus with --as questions, or write some: lexiscope write captions")
    if config.per_case is not None:
        train, val = (sample_per_case(lessons, most=config.per_case, seed=config.seed) for lessons in (train, val))
    train, val = with_contexts(train), with_contexts(val)
    notes = [] if part.split else ["the corpus has no splits, so nothing is left to measure on honestly"]
    if not val:
        notes.append("no split 'val' with lessons: the last epoch was kept")
    return _Lessons(train, val, part, tuple(notes))


def _language_key(config: InstructConfig) -> str:
    """What pretrained weights decide; those from scratch follow from the rest."""
    if config.from_scratch:
        return config.language_name
    return language_fingerprint(config.language_name, allow_download=config.allow_download)


def _finished(model: ModelDirectory, key: str) -> InstructResult | None:
    """The result of a run that made this very assistant already."""
    record = model.record("assistant") if model.has("assistant") else {}
    if record.get("run") != key:
        return None
    notes = (*record["result"]["notes"], "this assistant was already trained with these settings on this corpus")
    return InstructResult(**{**record["result"], "model": str(model.path), "notes": notes})
