"""`InstructContext`: what one run of instruction tuning teaches, to which model, from which corpus, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.reranking import TokenStates
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.processes import process_state
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.training.instruct.config import InstructConfig


@dataclass(frozen=True)
class InstructContext:
    """What every stage of one run knows.

    Args:
        train: What is learned from.
        val: What decides the best epoch and the last weights; possibly nothing.
        key: Hash of everything that decides the run.
        folder: Of checkpoints and logs.
    """

    corpus: Corpus
    model: ModelDirectory
    train: Sequence[InstructionExample]
    val: Sequence[InstructionExample]
    config: InstructConfig
    key: str
    folder: Path
    progress: Progress | None

    @cached_property
    def joint(self) -> JointSpace:
        """The joint space that the model was aligned in, on this process's device."""
        return self.model.joint().to(process_state().device)

    @cached_property
    def words(self) -> TokenStates:
        """Word vectors of texts, each read once."""
        return TokenStates(self.joint)
