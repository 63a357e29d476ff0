"""`align`: images and words of a corpus into one space."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from lexiscope.core.progress import Progress
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import Stage

if TYPE_CHECKING:  # the command line reads `Align` for its help, and torch costs seconds to import
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.align.job import AlignJob


@dataclass(frozen=True, kw_only=True)
class AlignResult(StageResult):
    """Result of an alignment.

    Args:
        texts: Different passages trained on.
    """

    texts: int


def align(
    corpus: "Corpus | Path | str",
    out: Path | str,
    *,
    config: AlignConfig | None = None,
    progress: Progress | None = None,
) -> AlignResult:
    """Train a joint space on the pairs of images and passages of a corpus, and write it into a model directory.

    Trains on the split "train" and keeps the epoch that is best on "val"; without splits, on everything. The log, the
    resolved configuration and the checkpoints lie in `out/training/align/`. The same command again goes on where an
    interrupted run was, and does nothing when it was finished; with other settings or another corpus it starts again.

    Args:
        corpus: The corpus to learn from.
        out: The model directory; made, or its joint space replaced.
        config: Settings of the run; the defaults when None.
        progress: Called with each step that is done.

    Raises:
        CorpusError: no corpus there.
        TrainingError: no pairs of image and text to train on, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    from lexiscope.training.run import run_stage

    return cast("AlignResult", run_stage(Align(), corpus, out, config, progress=progress))


class Align(Stage[AlignConfig]):
    """The stage that makes a joint space."""

    name: ClassVar[str] = "align"
    summary: ClassVar[str] = "Bring the images and the words of a corpus into one space, so that each finds the other."
    part: ClassVar[str] = "joint"
    Config: ClassVar[type[StageSettings]] = AlignConfig
    Result: ClassVar[type[StageResult]] = AlignResult

    def prepare(self, corpus: "Corpus", model: "ModelDirectory", config: AlignConfig) -> "AlignJob":
        """Joint space with the pairs that it learns from; see `prepare_alignment`."""
        from lexiscope.training.align.job import prepare_alignment

        return prepare_alignment(corpus, model, config)
