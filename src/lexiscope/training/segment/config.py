"""`SegmentConfig`: every setting of `train segment`, importable without torch."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Flag
from lexiscope.training.settings import LoopSettings


class SegmentConfig(LoopSettings):
    """Settings of training a segmenter; the defaults are one recipe for scans and micrographs on a CPU.

    Args:
        structures: Structures to learn, by the names of the masks; all when None.
        modalities: Images to use, by the name of their modality; all when None.
        fusion: Place where modalities meet: "early" as channels, "hybrid" before the decoder, "late" before the mask.
        backbone: "cnn" from scratch, "vit" for pretrained levels of a vision transformer, or "mobilenet-v2"; the last
            two with small convolutions of their own for full, half and quarter resolution.
        decoder: How a sentence leads to its mask: "film" scales and shifts the features of the image at every level,
            "two-way" lets the sentence and the coarsest level attend to each other, as SAM's mask decoder does.
        attention: Weights that the attention of the decoder "two-way" starts from: "lite-medsam" makes it as wide as
            that of LiteMedSAM; None draws a smaller one at random.
        tower: "frozen" leaves the pretrained levels as they are, so that each image is read once; "lora" trains
            low-rank matrices beside them, "trained" the levels themselves, both for a multiple of the time.
        image: Weights of the tower: a packaged or hub name or a directory; None takes what suits the backbone.
        text: Text tower, always frozen: a packaged or hub name or a directory. None takes the one that the model
            directory holds, else "sentence-transformers/all-MiniLM-L6-v2".
        dims: 3 reads volumes whole, 2 reads planes and slices.
        context: Slices on each side that are read with a slice (2.5-D).
        spacing: (y, x), or with `dims` 3 (z, y, x), that cases are brought to, in the unit of the images; None keeps
            each case's own.
        window: Sides of a window in pixels, (y, x) or (z, y, x); None takes what fits the cases.
        width: Channels at full resolution; every other width grows with it.
        windows: Windows of an epoch, dealt over the cases, more of what few of them show.
        foreground: Share of the windows that show a structure of theirs.
        absent: Share of the sentences about structures of other examinations, which are nowhere to be found.
        instructions: Share of the sentences that are the case's own instruction, where it has one; the others are
            wordings of the structure's name.
        modality_dropout: Probability that a modality of a case is left out of a step; at least one stays.
        agreement: Weight of the agreement of two wordings of one structure.
        distillation: Weight of what the masks of all modalities teach those of a step that some were left out of; 0
            saves a pass.
        augment: Draw random variants of windows: turned, scaled, mirrored, brighter or darker.
        epochs: Passes over the windows; None takes 60 of planes and 40 of volumes, which are larger.
        batch: Windows of a step, over all processes together.
        lr: Peak learning rate.
        average: Share of the steps over which the weights are averaged that are judged and kept, since single epochs
            jump where few cases are held out; 0 keeps the weights themselves.
        tower_lr: Peak learning rate of a tower that trains; None takes 2e-4 beside it, 2e-5 for itself.

    Example:
        >>> SegmentConfig(backbone="vit").fusion
        'late'
    """

    structures: Annotated[tuple[str, ...] | None, Flag("--structure")] = None
    modalities: Annotated[tuple[str, ...] | None, Flag("--modality")] = None
    fusion: Literal["late", "early", "hybrid"] = "late"
    backbone: Literal["cnn", "vit", "mobilenet-v2"] = "cnn"
    decoder: Literal["film", "two-way"] = "film"
    attention: Literal["lite-medsam"] | None = None
    tower: Literal["frozen", "lora", "trained"] = "frozen"
    image: str | None = None
    text: str | None = None
    dims: Annotated[int | None, Field(ge=2, le=3)] = None
    context: int = Field(default=0, ge=0, le=8)
    spacing: tuple[float, ...] | None = None
    window: tuple[int, ...] | None = None
    width: int = Field(default=16, ge=4)
    windows: int = Field(default=256, ge=1)
    foreground: float = Field(default=0.67, ge=0, le=1)
    absent: float = Field(default=0.35, ge=0, lt=1)
    instructions: float = Field(default=0.4, ge=0, le=1)
    modality_dropout: float = Field(default=0.25, ge=0, lt=1)
    agreement: float = Field(default=0.1, ge=0)
    distillation: float = Field(default=0.0, ge=0)
    augment: bool = True
    epochs: int | None = Field(default=None, ge=1)
    batch: int = Field(default=4, ge=1)
    lr: float = Field(default=3e-3, gt=0)
    average: float = Field(default=0.025, ge=0, le=1)
    tower_lr: float | None = Field(default=None, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.05, ge=0, le=1)
    clip_norm: float = Field(default=5.0, gt=0)

    def check(self) -> None:
        """Refuse to train a tower where there is none, and weights of an attention that the decoder has not.

        Raises:
            UsageError: a backbone from scratch with a tower that should train, or weights for the decoder "film".
        """
        if self.attention is not None and self.decoder != "two-way":
            msg = f"the decoder {self.decoder!r} has no attention that could start from {self.attention!r}"
            raise UsageError(f"{msg}; choose the decoder 'two-way', or leave out the attention")
        if self.tower != "frozen" and self.backbone == "cnn":
            msg = f"the backbone 'cnn' has no pretrained tower that could be {self.tower!r}"
            raise UsageError(f"{msg}; choose the backbone 'vit' or 'mobilenet-v2', or leave out the tower")

    @property
    def pretrained(self) -> str | None:
        """Name of the tower's weights; None for a backbone from scratch.

        Example:
            >>> SegmentConfig().pretrained, SegmentConfig(backbone="vit").pretrained
            (None, 'dinov2-small-focus')
        """
        suits: dict[str, Any] = {"cnn": None, "vit": "dinov2-small-focus", "mobilenet-v2": "mobilenet-v2"}
        return self.image or suits[self.backbone]

    @property
    def slow_lr(self) -> float:
        """Peak learning rate of a tower that trains.

        Example:
            >>> SegmentConfig(tower="lora").slow_lr, SegmentConfig(tower="trained").slow_lr
            (0.0002, 2e-05)
        """
        return self.tower_lr or (2e-4 if self.tower == "lora" else 2e-5)
