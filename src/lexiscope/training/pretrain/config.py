"""`PretrainConfig`: every setting of `train pretrain image` and `train pretrain text`, importable without torch."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lexiscope.core.settings import Flag
from lexiscope.training.settings import LoopSettings, StageSettings

_SCRATCH = ("vit", "cnn", "bert")


class PretrainImageConfig(LoopSettings):
    """Settings of training an image encoder on images alone; the defaults suit a corpus of scans and a CPU.

    A setting that is None takes what its objective's paper, or the tower, starts with.

    Args:
        objective: Loss to minimise: "simclr", "mae", "decur" or "comm".
        tower: "vit" or "cnn" from scratch, or pretrained weights to go on from: a name that ships in a package, a hub
            name or a directory; "auto" for the best on this machine. None takes a "vit" for MAE and a small "cnn" for
            the others.
        tower_settings: Further settings of a tower from scratch, such as {"patch": 8} or {"stages": [32, 64, 128]}.
        shared: One tower for all modalities, or one each.
        fusion: Place where modalities meet: "late", "early" or "hybrid".
        readout: Levels and statistics of the tower that make a feature; None takes what suits the tower.
        modalities: Images to use, by the name of their modality; all when None.
        size: Side of a prepared image in pixels; smaller is faster.
        slices: Slices of a volume to read, evenly spaced; each is a row of its own.
        grid: (z, y, x) voxels when volumes are read whole; None reads them as slices.
        spacing: (z, y, x) size of a voxel of that grid in mm; None resizes every volume to the grid.
        fit: Way of making an image square: "squash", "pad" or "crop".
        modality_dropout: Probability that a modality is left out of a variant; at least one stays.
        flip: Mirror variants left and right, half of the time. The features then tell sides less well: leave it off
            where a side matters.
        crop: Smallest share of each side that a variant keeps.
        intensity: Largest relative change of contrast and brightness of a variant.
        temperature: Divisor of the similarities in losses that compare by NT-Xent.
        width: Width of the projectors that the losses compare in.
        common: Share of the dimensions that modalities have in common (DeCUR).
        mask: Share of the patches that is hidden (MAE).
        epochs: Passes over the slices, pictures or volumes.
        batch: Rows of a step, over all processes together.
        lr: Peak learning rate. None takes 1e-3 from scratch, and 5e-5 for the weights of a pretrained tower.

    Example:
        >>> PretrainImageConfig(objective="mae", size=96).slices
        16
    """

    objective: str = "simclr"
    tower: str | None = None
    tower_settings: dict[str, Any] = Field(default_factory=dict)
    shared: bool = True
    fusion: Literal["late", "early", "hybrid"] = "late"
    readout: dict[str, Any] | None = None
    modalities: Annotated[tuple[str, ...] | None, Flag("--modality")] = None
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
    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=64, ge=2)


class PretrainTextConfig(LoopSettings):
    """Settings of training a text tower on the words of a corpus alone, some of them hidden.

    Args:
        objective: Loss to minimise: "mlm", masked language modelling.
        tower: "bert" from scratch, or pretrained weights to go on from: a name that ships in a package, a hub name or a
            directory. None takes "bert".
        mask: Share of the word pieces that is hidden; 0.15 when None.
        text_columns: Passages to read, by source column or kind; all when None.
        epochs: Passes over the texts.
        batch: Texts of a step, over all processes together.
        lr: Peak learning rate. None takes 1e-3 from scratch, and 5e-5 for the weights of a pretrained tower.

    Example:
        >>> PretrainTextConfig(epochs=3).objective
        'mlm'
    """

    objective: str = "mlm"
    tower: str | None = None
    mask: float | None = Field(default=None, gt=0, lt=1)
    text_columns: Annotated[tuple[str, ...] | None, Flag("--text-column")] = None
    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=64, ge=2)


class PretrainConfig(PretrainImageConfig):
    """Settings of training a tower on images or texts alone: those of both, for the Python function `pretrain`.

    The objective decides which part is made; see `PretrainImageConfig` and `PretrainTextConfig` for the settings.
    Runs are hashed and recorded by these settings, whichever of the three classes they were given as.

    Args:
        text_columns: Passages to read where texts are learned from, by source column or kind; all when None.

    Example:
        >>> PretrainConfig(objective="mlm", text_columns=("abstract",)).epochs
        10
    """

    text_columns: Annotated[tuple[str, ...] | None, Flag("--text-column")] = None

    @classmethod
    def resolved(cls, config: StageSettings) -> "PretrainConfig":
        """All settings of a run, from those of images or of texts alone.

        Example:
            >>> PretrainConfig.resolved(PretrainTextConfig(epochs=3)).objective
            'mlm'
        """
        return config if isinstance(config, cls) else cls(**config.model_dump())

    @property
    def new_lr(self) -> float:
        """Peak learning rate of what starts from random weights.

        Example:
            >>> PretrainConfig().new_lr, PretrainConfig(lr=0.1).new_lr
            (0.001, 0.1)
        """
        return self.lr or 1e-3

    @property
    def tower_lr(self) -> float:
        """Peak learning rate of the tower: small for pretrained weights, which large steps would undo.

        Example:
            >>> PretrainConfig().tower_lr, PretrainConfig(tower="dinov2-small-focus").tower_lr
            (0.001, 5e-05)
        """
        return self.lr or (1e-3 if self.tower in (None, *_SCRATCH) else 5e-5)
