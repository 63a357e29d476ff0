"""`InstructContext`: corpus, model, examples, settings and folder that all phases of one run share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.reranking import TokenStates
from lexiscope.corpus import Corpus
from lexiscope.models.joint import JointSpace
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.stage import StageRun
from lexiscope.views import View


@dataclass(frozen=True)
class InstructContext:
    """Everything that the phases of one run share.

    Args:
        corpus: The corpus.
        train: Examples to learn from.
        val: Examples that decide the best epoch and the calibration; possibly none.
        config: Settings of the run.
        run: Folder and key of the run.
        joint: Joint space that the model was aligned in, on this process's device.
        views: Views of its images.
        words: Token states of texts, each computed once.
    """

    corpus: Corpus
    train: Sequence[InstructionExample]
    val: Sequence[InstructionExample]
    config: InstructConfig
    run: StageRun
    joint: JointSpace
    views: Mapping[str, View]
    words: TokenStates
