"""`instruct`: an assistant that answers questions about the images of a corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from lexiscope.core.progress import Progress
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import Stage

if TYPE_CHECKING:  # the command line reads `Instruct` for its help, and torch costs seconds to import
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.instruct.job import InstructJob


@dataclass(frozen=True, kw_only=True)
class InstructResult(StageResult):
    """Result of instruction tuning; its loss is that of an answer's token, its chance level knows word frequencies.

    Args:
        examples: Number of questions and of descriptions learned from, by kind.
        trained: Number of weights that trained, in all phases.
        captions: Writer of captions -> its score on held-out cases, the chosen one first.
    """

    examples: Mapping[str, int]
    trained: int
    captions: Mapping[str, float] = field(default_factory=dict)


def instruct(
    corpus: "Corpus | Path | str",
    out: Path | str,
    *,
    config: InstructConfig | None = None,
    align_config: AlignConfig | None = None,
    progress: Progress | None = None,
) -> InstructResult:
    """Train a model to answer questions about images and to describe them, and write the part `assistant/`.

    A model without a joint space is aligned first. Learns from the turns of the split "train", and from the passages
    that describe images; keeps the epoch that is best on "val". The same command again goes on where an interrupted
    run was, and does nothing when it was finished.

    Args:
        corpus: The corpus whose questions and captions are learned.
        out: The model directory; aligned first where it has no joint space.
        config: Settings of the run; the defaults when None.
        align_config: Settings of the alignment, where that has to be done first.
        progress: Called with each step that is done.

    Raises:
        CorpusError: no corpus there.
        TrainingError: nothing to learn, or a loss that is never finite.
        WeightsError: no such language model.
        UsageError: settings that make no sense together.
    """
    from lexiscope.training.run import run_stage

    return cast("InstructResult", run_stage(Instruct(align_config), corpus, out, config, progress=progress))


@dataclass(frozen=True)
class Instruct(Stage[InstructConfig]):
    """The stage that makes an assistant.

    Args:
        align_config: Settings of the alignment, where that has to be done first.
    """

    align_config: AlignConfig | None = None

    name: ClassVar[str] = "instruct"
    summary: ClassVar[str] = "Train a model to answer questions about images and to describe them."
    part: ClassVar[str] = "assistant"
    Config: ClassVar[type[StageSettings]] = InstructConfig
    Result: ClassVar[type[StageResult]] = InstructResult

    def make_prerequisites(
        self, corpus: "Corpus", model: "ModelDirectory", *, progress: Progress | None
    ) -> Sequence[str]:
        """Align the model where it has no joint space."""
        if model.has("joint"):
            return ()
        aligned = align(corpus, model.path, config=self.align_config, progress=progress)
        return (f"aligned first, in {aligned.seconds:.0f} s", *aligned.notes)

    def prepare(self, corpus: "Corpus", model: "ModelDirectory", config: InstructConfig) -> "InstructJob":
        """Aligned model with the examples that it learns from; see `prepare_instruction`."""
        from lexiscope.training.instruct.job import prepare_instruction

        return prepare_instruction(corpus, model, config)
