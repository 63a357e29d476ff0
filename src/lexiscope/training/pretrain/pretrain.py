"""`pretrain`: a tower learns from images or texts alone, before anything pairs them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from lexiscope.core.progress import Progress
from lexiscope.training.pretrain.config import PretrainConfig, PretrainImageConfig, PretrainTextConfig
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import Stage

if TYPE_CHECKING:  # the command line reads the stages for its help, and torch costs seconds to import
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.pretrain.job import PretrainJob


@dataclass(frozen=True, kw_only=True)
class PretrainResult(StageResult):
    """Result of a pretraining.

    Args:
        part: Part of the model that was written: "image" or "text".
        objective: Loss that was minimised.
        rows: Number of slices, pictures, volumes or texts that an epoch passes over.
    """

    part: str
    objective: str
    rows: int


def pretrain(
    corpus: "Corpus | Path | str",
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

    Args:
        corpus: The corpus to learn from.
        out: The model directory; made, or this part of it replaced.
        config: Settings of the run, whose objective decides between images and texts; the defaults when None.
        progress: Called with each step that is done.

    Raises:
        CorpusError: no corpus there.
        TrainingError: nothing to train on, or a loss that is never finite.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
    """
    from lexiscope.training.objectives import TEXT_OBJECTIVES
    from lexiscope.training.run import run_stage

    config = config or PretrainConfig()
    stage = PretrainText() if config.objective in TEXT_OBJECTIVES else PretrainImage()
    return cast("PretrainResult", run_stage(stage, corpus, out, config, progress=progress))


class PretrainImage(Stage[PretrainImageConfig]):
    """The stage that trains an image encoder on images alone."""

    name: ClassVar[str] = "pretrain-image"
    summary: ClassVar[str] = "Train an image encoder on the images of a corpus; `train align` then starts from it."
    part: ClassVar[str] = "image"
    Config: ClassVar[type[StageSettings]] = PretrainImageConfig
    Result: ClassVar[type[StageResult]] = PretrainResult

    def prepare(
        self,
        corpus: "Corpus",
        model: "ModelDirectory",  # noqa: ARG002 - nothing is there yet that it builds on
        config: PretrainImageConfig,
    ) -> "PretrainJob":
        """Image encoder with its objective and rows; see `image_job`."""
        from lexiscope.training.pretrain.image import image_job

        return image_job(corpus, PretrainConfig.resolved(config))


class PretrainText(Stage[PretrainTextConfig | PretrainConfig]):
    """The stage that trains a text tower on texts alone."""

    name: ClassVar[str] = "pretrain-text"
    summary: ClassVar[str] = (
        "Train a text tower on the words of a corpus, some of them hidden; `train align` then starts from it."
    )
    part: ClassVar[str] = "text"
    Config: ClassVar[type[StageSettings]] = PretrainTextConfig
    Result: ClassVar[type[StageResult]] = PretrainResult

    def prepare(
        self,
        corpus: "Corpus",
        model: "ModelDirectory",  # noqa: ARG002 - nothing is there yet that it builds on
        config: PretrainTextConfig | PretrainConfig,
    ) -> "PretrainJob":
        """Text tower with its objective and rows; see `text_job`."""
        from lexiscope.training.pretrain.text import text_job

        return text_job(corpus, PretrainConfig.resolved(config))
