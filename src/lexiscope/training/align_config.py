"""`AlignConfig`: every choice of `train align`; the Python call, a YAML file and the command line all fill it."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json

_SCRATCH = ("vit", "cnn", "bert")
_NO_EFFECT = {"allow_download", "checkpoint_seconds"}  # change how a run goes, never what it makes


class AlignConfig(BaseModel):
    """How to align an image encoder and a text tower; the defaults are one recipe for every corpus.

    Args:
        image: Image tower: "vit" or "cnn" from scratch, a name that ships in a package, a hub name or a directory.
        text: Text tower, likewise by name or directory; "bert" is a small one from scratch, with a tokenizer trained on
            the corpus.
        fusion: "late", "early" or "hybrid"; see `models.encoder`.
        modalities: Which images to use; all when None.
        size: Side of a prepared image in pixels.
        slices: Slices of a volume to read, evenly spaced.
        grid: (z, y, x) voxels when volumes are read whole, for towers "vit" and "cnn"; None reads them as slices.
        spacing: (z, y, x) of that grid in mm; None resizes every volume to the grid.
        fit: How an image that is not square becomes so; see `views.planar`.
        readout: Levels and statistics of the image tower to read (`models.readout`); what suits the tower when None.
        text_levels: Hidden states of the text tower to read; what suits the tower when None.
        head: Settings of the image head (`models.head`): width, kind, hidden, dropout, members.
        text_head: Settings of the text head: kind, hidden, dropout.
        start: "cca" solves the heads in closed form before the first epoch (`training.cca`) where towers stay as they
            are and the heads are linear; epochs that do not improve on it are not kept. "random" skips that.
        unfreeze: Train the towers too. None trains towers from scratch and keeps pretrained ones as they are, with what
            they say computed once.
        text_columns: Which passages to learn from, by source column or kind; all when None.
        passages: "one" draws one passage of a case anew each epoch; "all" makes all of them positives at once.
        objective: A name of `training.objectives.OBJECTIVES`.
        spare_group: Never push apart what comes from one patient, paper or specimen.
        temperature: What similarities are divided by at the start; None for what the objective's paper starts with.
        epochs: Passes over the cases.
        batch: Cases a step, over all processes together.
        chunk: Cases of a step that are in memory at once when towers train (gradient caching); None for all.
        lr: Peak learning rate of heads and fusion. None takes 1e-3, and 2e-5 from a solved start, which larger steps
            would undo before they improve on it.
        tower_lr: Peak learning rate of towers that train.
        weight_decay: AdamW's, on weight matrices alone.
        warmup: Part of the steps over which the learning rate rises.
        clip_norm: Longest gradient that is not shortened.
        bf16: Compute in bfloat16 where that is safe.
        augment: Draw random variants of the images when towers train.
        patience: Epochs without a better validation before stopping; None never stops early.
        seed: The only source of chance.
        checkpoint_seconds: Time between checkpoints.
        allow_download: Fetch weights by hub name when they are nowhere on this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str = "dinov2-small-focus"
    text: str = "sentence-transformers/all-MiniLM-L6-v2"
    fusion: Literal["late", "early", "hybrid"] = "late"
    modalities: tuple[str, ...] | None = None
    size: int = Field(default=224, ge=8)
    slices: int = Field(default=8, ge=1)
    grid: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    fit: str = "squash"
    readout: dict[str, Any] | None = None
    text_levels: tuple[int, ...] | None = None
    head: dict[str, Any] = Field(default_factory=lambda: {"width": 128, "dropout": 0.5})
    text_head: dict[str, Any] = Field(default_factory=lambda: {"dropout": 0.3})
    start: Literal["cca", "random"] = "cca"
    unfreeze: bool | None = None
    text_columns: tuple[str, ...] | None = None
    passages: Literal["one", "all"] = "one"
    objective: str = "clip"
    spare_group: bool = True
    temperature: float | None = Field(default=None, gt=0)
    epochs: int = Field(default=20, ge=1)
    batch: int = Field(default=128, ge=2)
    chunk: int | None = Field(default=None, ge=1)
    lr: float | None = Field(default=None, gt=0)
    tower_lr: float = Field(default=1e-5, gt=0)
    weight_decay: float = Field(default=0.1, ge=0)
    warmup: float = Field(default=0.1, ge=0, le=1)
    clip_norm: float = Field(default=1.0, gt=0)
    bf16: bool = False
    augment: bool = True
    patience: int | None = Field(default=None, ge=1)
    seed: int = 0
    checkpoint_seconds: float = Field(default=60.0, ge=0)
    allow_download: bool = False

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Self:
        """Build from settings a user wrote.

        Raises:
            UsageError: an unknown name or a value that makes no sense, all of them at once.
        """
        try:
            return cls(**settings)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e['input']!r}" for e in error.errors())
            raise UsageError(f"{wrong}. Settings: {', '.join(cls.model_fields)}") from error

    @classmethod
    def read(cls, path: Path, **over: Any) -> Self:
        """Build from a YAML file, with some settings replaced.

        Raises:
            UsageError: no such file, no mapping in it, or a setting that makes no sense.
        """
        import yaml

        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            msg = f"expected settings in YAML at {path}: {error}; write lines such as 'epochs: 40'"
            raise UsageError(msg) from error
        if not isinstance(found, dict):
            raise UsageError(f"expected 'name: value' lines in {path}, got {type(found).__name__}")
        return cls.of({**found, **over})

    @property
    def trains_towers(self) -> bool:
        """Whether towers train: as asked, and otherwise when one of them starts from scratch."""
        return bool({self.image, self.text} & set(_SCRATCH)) if self.unfreeze is None else self.unfreeze

    @property
    def keeps_features(self) -> bool:
        """Whether nothing before the heads trains, so that what the towers say can be computed once."""
        return not self.trains_towers and self.fusion == "late"

    @property
    def starts_solved(self) -> bool:
        """Whether the heads' start is solved in closed form: frozen towers, late fusion, one linear map a head."""
        plain = (self.head.get("kind", "linear"), self.text_head.get("kind", "linear")) == ("linear", "linear")
        return self.start == "cca" and self.keeps_features and plain and self.head.get("members", 1) == 1

    @property
    def head_lr(self) -> float:
        """Peak learning rate of heads and fusion."""
        return self.lr or (2e-5 if self.starts_solved else 1e-3)

    def key(self, **more: str) -> str:
        """Hash of the settings that decide a run's outcome, and of whatever else does."""
        return sha256_json({**self.model_dump(mode="json", exclude=_NO_EFFECT), **more})
