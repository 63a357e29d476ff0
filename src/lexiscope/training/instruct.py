"""`instruct`: an assistant that answers questions about the images of a corpus."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexiscope.core.errors import TrainingError
from lexiscope.core.files import exclusive, write_json
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.models.assistant.assistant import Assistant, branch_widths
from lexiscope.models.assistant.language import Language, language_from_scratch, load_language
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.tokens import TokenPlan
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.align import align
from lexiscope.training.align_config import AlignConfig
from lexiscope.training.instruct_config import InstructConfig
from lexiscope.training.instruct_rows import InstructRows
from lexiscope.training.instruct_step import InstructStep
from lexiscope.training.kept_tokens import KeptTokens, keep_tokens
from lexiscope.training.lessons import Lesson, find_lessons
from lexiscope.training.loop import LoopConfig, ProgressCall, Trained, Validation, train
from lexiscope.training.optimizer import adamw
from lexiscope.training.processes import processes

_SAMPLE = 2048  # lessons whose images fix the projector's means


@dataclass(frozen=True)
class InstructResult:
    """What instruction tuning gave.

    Args:
        model: The model directory.
        corpus: Content version of the corpus.
        cases: Cases with an image and something to learn.
        lessons: Questions and descriptions learned from, by kind.
        epochs: Epochs asked for.
        best_epoch: The epoch whose weights were kept; None keeps the last.
        steps: Steps of the last stage, over all runs of the same command.
        resumed_at: The step at which this run took over from an interrupted one.
        loss: Mean loss a token over the last epoch.
        chance: What that loss would be for a model that only knows how frequent words are.
        trained: Weights that trained, in all stages.
        validation: Metrics of the kept weights on the split "val"; empty without one.
        seconds: Time this run took.
        notes: What the user should know about how it went.
    """

    model: str
    corpus: str
    cases: int
    lessons: Mapping[str, int]
    epochs: int
    best_epoch: int | None
    steps: int
    resumed_at: int
    loss: float | None
    chance: float | None
    trained: int
    validation: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)
