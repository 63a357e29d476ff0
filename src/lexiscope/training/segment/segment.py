"""`segment`: the stage in which a segmenter learns to find structures by sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from lexiscope.core.progress import Progress
from lexiscope.training.result import StageResult
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import Stage

if TYPE_CHECKING:  # the command line reads the stages for its help, and torch costs seconds to import
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.segment.job import SegmentJob


@dataclass(frozen=True, kw_only=True)
class SegmentResult(StageResult):
    """Result of training a segmenter.

    Args:
        structures: Number of cases that each structure was learned from.
        parameters: Number of parameters, "trainable" and "total".
    """

    structures: Mapping[str, int]
    parameters: Mapping[str, int]


def train_segmenter(
    corpus: "Corpus | Path | str",
    out: Path | str,
    *,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
) -> SegmentResult:
    """Train a segmenter on the masks of a corpus, and write the part `segmenter/`.

    Learns from the split "train" and keeps the epoch whose DSC is best on "val". The same command again goes on where
    an interrupted run was, and does nothing when it was finished.

    Args:
        corpus: The corpus whose structures are learned.
        out: The model directory; made, or this part of it replaced.
        config: Settings of the run; the defaults when None.
        progress: Called with each step that is done.

    Raises:
        CorpusError: no corpus there.
        TrainingError: no masks, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    from lexiscope.training.run import run_stage

    return cast("SegmentResult", run_stage(Segment(), corpus, out, config, progress=progress))


class Segment(Stage[SegmentConfig]):
    """The stage that trains a segmenter."""

    name: ClassVar[str] = "segment"
    summary: ClassVar[str] = "Train a model to find structures in images by a sentence."
    part: ClassVar[str] = "segmenter"
    Config: ClassVar[type[StageSettings]] = SegmentConfig
    Result: ClassVar[type[StageResult]] = SegmentResult

    def prepare(
        self,
        corpus: "Corpus",
        model: "ModelDirectory",
        config: SegmentConfig,
    ) -> "SegmentJob":
        """Segmenter with the cases that it learns from; see `prepare_segmentation`."""
        from lexiscope.training.segment.job import prepare_segmentation

        return prepare_segmentation(corpus, model, config)
