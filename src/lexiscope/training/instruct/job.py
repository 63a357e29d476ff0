"""`InstructJob`: an aligned model with the examples that it learns to answer from; a `StageJob`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from lexiscope.answering.examples import InstructionExample, find_instruction_examples, sample_per_case, with_contexts
from lexiscope.answering.reranking import TokenStates
from lexiscope.core.errors import TrainingError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state
from lexiscope.models.assistant.captions import CaptionModel
from lexiscope.models.assistant.language import language_fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.phases import TrainedAssistant, train_assistant
from lexiscope.training.stage import StageOutcome, StageRun


def prepare_instruction(corpus: Corpus, model: ModelDirectory, config: InstructConfig) -> "InstructJob":
    """Examples of a corpus for an aligned model; a corpus without splits is all "train".

    Raises:
        TrainingError: no case with an image that the model reads and a question or a caption.
    """
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
        train, val = (sample_per_case(examples, limit=config.per_case, seed=config.seed) for examples in (train, val))
    return InstructJob(config, model, part, with_contexts(train), with_contexts(val))


@dataclass(frozen=True)
class InstructJob:
    """An aligned model with the examples that it learns from.

    Args:
        config: Settings of the run.
        model: The aligned model.
        part: Cases that are learned from.
        examples: Examples to learn from.
        held_out: Examples of the split "val", which decide the best epoch and the calibration; possibly none.
    """

    config: InstructConfig
    model: ModelDirectory
    part: CorpusPart
    examples: Sequence[InstructionExample]
    held_out: Sequence[InstructionExample]
    last_phase: str = "language"

    @property
    def notes(self) -> list[str]:
        """Splits that the corpus lacks."""
        notes = [] if self.part.split else ["the corpus has no splits, so nothing is left to measure on honestly"]
        return notes if self.held_out else [*notes, "no split 'val' with examples: the last epoch was kept"]

    @property
    def record(self) -> Mapping[str, Any]:
        """Fingerprint of the joint space that the assistant is trained on."""
        return {"joint": self.model.fingerprint}

    def identity(self) -> dict[str, str]:
        """Hashes of the joint space and of the language model."""
        name = self.config.language_name
        if self.config.from_scratch:  # its weights follow from the rest
            return {"joint": self.model.fingerprint, "language": name}
        language = language_fingerprint(name, allow_download=self.config.allow_download)
        return {"joint": self.model.fingerprint, "language": language}

    def train(self, run: StageRun, /) -> StageOutcome:
        """Train re-ranker, projector and language model, and calibrate; see `train_assistant`."""
        joint = self.model.joint().to(process_state().device)
        context = InstructContext(
            corpus=self.part.corpus,
            train=self.examples,
            val=self.held_out,
            config=self.config,
            run=run,
            joint=joint,
            views=self.model.views(),
            words=TokenStates(joint),
        )
        made = train_assistant(context)
        counts = {
            "cases": len({example.case.id for example in self.examples}),
            "examples": self._counts(),
            "epochs": self.config.passes,
            "captions": _weighed(made.calibrated.captions),
            "trained": sum(weight.numel() for weight in made.assistant.parameters() if weight.requires_grad),
        }
        return StageOutcome(made.trained, made.validation, partial(_save, made), counts, made.notes)

    def _counts(self) -> dict[str, int]:
        kinds = [example.kind for example in self.examples]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _weighed(captions: CaptionModel | None) -> dict[str, float]:
    """Writer of captions -> its score on held-out cases, the chosen one first."""
    choice = None if captions is None else captions.choice
    return {} if choice is None else {name: choice.scores[name] for name in choice.writers if name in choice.scores}


def _save(made: TrainedAssistant, model: ModelDirectory, record: dict[str, Any]) -> None:
    fitted = made.calibrated
    model.save_assistant(
        made.assistant, fitted.classifier, made.reranker, fitted.mixture, fitted.captions, record=record
    )
