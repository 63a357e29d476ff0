"""`PretrainConfig`: every choice of `train pretrain`."""

from typing import Any, Literal

from pydantic import Field

from lexiscope.training.settings import StageSettings

_SCRATCH = ("vit", "cnn", "bert")


class PretrainConfig(StageSettings):
    """How to train a tower on images or texts alone; the defaults suit a corpus of scans and a CPU.

    A setting that is None takes what its objective's paper, or the tower, starts with.

    Args:
        objective: A name of `training.objectives.IMAGE_OBJECTIVES` or `TEXT_OBJECTIVES`; it decides which
            part is made.
        tower: "vit" or "cnn" from scratch for images, "bert" for texts, or pretrained weights to go on from: a name
            that ships in a package, a hub name or a directory. None takes what suits the objective: a small
            "cnn", a "vit" for MAE, "bert".
        tower_settings: Further settings of a tower from scratch, such as {"patch": 8} or {"stages": [32, 64, 128]}.
        shared: One tower for all modalities, or one each.
        fusion: Where modalities meet (`models.encoder`).
        readout: Levels and statistics of the tower that make a feature (`models.readout`).
        modalities: Which images to use; all when None.
        size: Side of a prepared image in pixels.
        slices: Slices of a volume to read, evenly spaced; each is an example of its own.
        grid: (z, y, x) voxels when volumes are read whole; None reads them as slices.
        spacing: (z, y, x) of that grid in mm; None resizes every volume to the grid.
        fit: How an image that is not square becomes so; see `views.planar`.
        modality_dropout: Chance that a modality is left out of a variant; at least one stays.
        flip: Mirror variants left and right, half of the time. The features then tell sides less well: leave it off
            where a side matters.
        crop: Smallest share of each side that a variant keeps.
        intensity: Largest relative change of contrast and brightness of a variant.
        temperature: Of losses that compare by NT-Xent.
        width: Of the projectors.
        common: Share of the dimensions that modalities have in common (DeCUR).
        mask: Share of patches (MAE) or of word pieces (masked language modelling) that is hidden.
        text_columns: Which passages to read, by source column or kind; all when None.
        epochs: Passes over the rows.
        batch: Rows a step, over all processes together.
        lr: Peak learning rate. None takes 1e-3 from scratch, and 5e-5 for the weights of a pretrained tower.
        weight_decay: AdamW's, on weight matrices alone.
        warmup: Part of the steps over which the learning rate rises.
        clip_norm: Longest gradient that is not shortened.
        bf16: Compute in bfloat16 where that is safe.
        patience: Epochs without a better validation loss before stopping; None never stops early.
        seed: The only source of chance.
        checkpoint_seconds: Time between checkpoints.
        allow_download: Fetch weights by hub name when they are nowhere on this machine.
    """

    objective: str = "simclr"
    tower: str | None = None
    tower_settings: dict[str, Any] = Field(default_factory=dict)
    shared: bool = True
    fusion: Literal["late", "early", "hybrid"] = "late"
    readout: dict[str, Any] | None = None
    modalities: tuple[str, ...] | None = None
    size: int = Field(default=64, ge=8)
    slices: int = Field(default=16, ge=1)
    grid: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    fit: str = "squash"
    modality_dropout: float | None = Field(default=None, ge=0, lt=1)
    flip: bool = False
    crop: float = Field(default=0.6, gt=0, le=1)
    intensity: float = Field(default=0.3, ge=0)
    temperature: float | None = Field(default=None, gt=0)
    width: int | None = Field(default=None, ge=2)
    common: float | None = Field(default=None, ge=0, le=1)
    mask: float | None = Field(default=None, gt=0, lt=1)
    text_columns: tuple[str, ...] | None = None
    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=64, ge=2)
    lr: float | None = Field(default=None, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    warmup: float = Field(default=0.1, ge=0, le=1)
    clip_norm: float = Field(default=1.0, gt=0)
    bf16: bool = False
    patience: int | None = Field(default=None, ge=1)
    seed: int = 0
    checkpoint_seconds: float = Field(default=60.0, ge=0)
    allow_download: bool = False

    @property
    def new_lr(self) -> float:
        """Peak learning rate of what starts from random weights."""
        return self.lr or 1e-3

    @property
    def tower_lr(self) -> float:
        """Peak learning rate of the tower: small for pretrained weights, which large steps would undo."""
        return self.lr or (1e-3 if self.tower in (None, *_SCRATCH) else 5e-5)
