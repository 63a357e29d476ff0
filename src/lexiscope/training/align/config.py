"""`AlignConfig`: every setting of `train align`, importable without torch."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Flag
from lexiscope.training.settings import LoopSettings

IMAGE_TOWER = "auto"
TEXT_TOWER = "sentence-transformers/all-MiniLM-L6-v2"
_SCRATCH = ("vit", "cnn", "bert")
_OWN_STARTS = ("cca", "random")
_OF_START = {"image", "text", "readout", "text_levels", "head", "text_head", "grid", "spacing"}


class AlignConfig(LoopSettings):
    """Settings of aligning an image encoder and a text tower; the defaults are one recipe for every corpus.

    Args:
        image: Image tower: "vit" or "cnn" from scratch, a name that ships in a package, a hub name or a directory;
            "auto" for the best DINOv3, DINOv2 or SigLIP in the local hub cache, else the packaged
            "dinov2-small-focus". None takes what `train pretrain image` left in the model directory, else "auto".
        text: Text tower: "bert" for a small one from scratch with a tokenizer trained on the corpus, a name that ships
            in a package, a hub name or a directory. None takes what `train pretrain text` left in the model directory,
            else "sentence-transformers/all-MiniLM-L6-v2".
        fusion: Place where modalities meet: "late", "early" or "hybrid". None keeps that of a pretrained part, else
            "late".
        modalities: Images to use, by the name of their modality; all when None.
        size: Side of a prepared image in pixels; smaller is faster.
        slices: Slices of a volume to read, evenly spaced.
        grid: (z, y, x) voxels when volumes are read whole, for the towers "vit" and "cnn"; None reads them as slices.
        spacing: (z, y, x) size of a voxel of that grid in mm; None resizes every volume to the grid.
        fit: Way of making an image square: "squash", "pad" or "crop".
        readout: Levels and statistics of the image tower that make a feature; None takes what suits the tower.
        text_levels: Hidden states of the text tower that make a feature; None takes what suits the tower.
        head: Settings of the image head: width, kind, hidden, dropout, members.
        text_head: Settings of the text head: kind, hidden, dropout.
        start: Start of the space. "cca" solves the heads in closed form before the first epoch where no tower that
            trains starts from scratch and the heads are linear, and epochs that do not improve on it are not kept;
            "random" skips that. A hub name or a directory of a published image-text model (CLIP, SigLIP and their
            like) takes its towers, projections, tokenizer, image size and colours; what is trained is then mixed with
            the weights as published, by a share that "val" chooses.
        keep: Corpus of what a published start must not lose: trained weights get no share by which retrieval in it
            loses more than a twentieth. Its split "val" counts, all of it where it has none.
        unfreeze: Train the towers too. None trains towers from scratch and keeps pretrained ones as they are, with
            their features computed once.
        open_blocks: Train the last blocks of the image tower, counted back from the deepest level that its readout
            takes, and keep the rest of it and the text tower as they are; None for none or, with `unfreeze`, whole
            towers.
        text_columns: Passages to learn from, by source column or kind; all when None.
        passages: Passages of a case in one step: "one" draws one of them anew each epoch, "all" makes all of them
            positives at once.
        objective: Loss to minimise: "clip" or "siglip". Left out, a published start goes on with its own.
        spare_group: Never push apart what comes from one patient, paper or specimen.
        temperature: Divisor of the similarities at the start; None takes what the objective's paper starts with.
        epochs: Passes over the cases.
        batch: Cases of a step, over all processes together.
        chunk: Cases of a step that are in memory at once when towers train (gradient caching); None for all.
        lr: Peak learning rate of heads and fusion. None takes 1e-3, 1e-4 from a published start, and 2e-5 from a solved
            one, which larger steps would undo before they improve on it.
        tower_lr: Peak learning rate of towers that train.
        augment: Draw random variants of the images when towers train, mirrored ones too where no text and no attribute
            tells left from right.
        modality_dropout: Probability that a modality of a case is left out of a step, where towers or fusion train; at
            least one stays.
        label: Attribute of the cases, such as a diagnosis, for an additional loss: images of one case agree across its
            modalities, and cases of one label agree. How well these find each other counts in which epoch is kept.
        label_objective: Name of that additional loss, a line of `training.objectives.LABEL_OBJECTIVES`.
        label_weight: Weight of the agreement of cases of one label within that loss.
        label_temperature: Divisor of the similarities in that loss; lower asks for classes that lie further apart.

    Example:
        >>> AlignConfig(image="mobilenet-v2", size=96).objective
        'clip'
    """

    later: ClassVar[frozenset[str]] = frozenset({"keep", "label_temperature", "open_blocks"})

    image: str | None = None
    text: str | None = None
    fusion: Literal["late", "early", "hybrid"] | None = None
    modalities: Annotated[tuple[str, ...] | None, Flag("--modality")] = None
    size: int = Field(default=224, ge=8)
    slices: int = Field(default=8, ge=1)
    grid: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    fit: str = "squash"
    readout: dict[str, Any] | None = None
    text_levels: tuple[int, ...] | None = None
    head: dict[str, Any] = Field(default_factory=lambda: {"width": 128, "dropout": 0.5})
    text_head: dict[str, Any] = Field(default_factory=lambda: {"dropout": 0.3})
    start: str = "cca"
    keep: Path | None = None
    unfreeze: Annotated[bool | None, Flag("--unfreeze/--freeze")] = None
    open_blocks: int | None = Field(default=None, ge=1)
    text_columns: Annotated[tuple[str, ...] | None, Flag("--text-column")] = None
    passages: Literal["one", "all"] = "one"
    objective: str = "clip"
    spare_group: bool = True
    temperature: float | None = Field(default=None, gt=0)
    epochs: int = Field(default=20, ge=1)
    batch: int = Field(default=128, ge=2)
    chunk: int | None = Field(default=None, ge=1)
    tower_lr: float = Field(default=1e-5, gt=0)
    weight_decay: float = Field(default=0.1, ge=0)
    augment: bool = True
    modality_dropout: float = Field(default=0.2, ge=0, lt=1)
    label: str | None = None
    label_objective: str = "supcon"
    label_weight: float = Field(default=1.0, ge=0)
    label_temperature: float = Field(default=0.7, gt=0)

    def check(self) -> None:
        """Refuse settings of towers and heads beside a published start, which brings its own."""
        given = sorted(self.model_fields_set & _OF_START) if self.published is not None else []
        if given or (self.published is not None and self.fusion not in (None, "late")):
            msg = f"a published start brings its own towers and heads, got {', '.join(given) or 'fusion'} beside it"
            raise UsageError(f"{msg}; leave that out, or leave out --start {self.published}")
        if self.keep is not None and self.published is None:
            msg = f"--keep holds what a published start knew, got {self.keep} without one"
            raise UsageError(f"{msg}; name one with --start, or leave out --keep")
        if self.open_blocks is not None and (self.unfreeze is not None or {self.image, self.text} & set(_SCRATCH)):
            other = "towers from scratch" if self.unfreeze is None else "--unfreeze or --freeze"
            msg = f"--open-blocks trains a part of a pretrained image tower alone, got {other} beside it"
            raise UsageError(f"{msg}; leave one of them out")

    @property
    def published(self) -> str | None:
        """Name of the published model that the space starts from; None without one.

        Example:
            >>> AlignConfig().published, AlignConfig(start="openai/clip-vit-base-patch32").published
            (None, 'openai/clip-vit-base-patch32')
        """
        return None if self.start in _OWN_STARTS else self.start

    @property
    def trains_towers(self) -> bool:
        """True where towers or blocks of them train: as set, and otherwise when one of them starts from scratch.

        Example:
            >>> AlignConfig().trains_towers, AlignConfig(image="cnn").trains_towers
            (False, True)
        """
        if self.open_blocks is not None:
            return True
        return bool({self.image, self.text} & set(_SCRATCH)) if self.unfreeze is None else self.unfreeze

    @property
    def keeps_features(self) -> bool:
        """True where nothing before the heads trains, so that the features of the towers can be computed once.

        Example:
            >>> AlignConfig().keeps_features, AlignConfig(fusion="early").keeps_features
            (True, False)
        """
        return not self.trains_towers and self.fusion in (None, "late")

    @property
    def starts_solved(self) -> bool:
        """True where the heads start solved in closed form: late fusion, one linear map a head, pretrained towers.

        Towers that train go on from there too: heads first and then everything keeps what pretraining learned better
        than training all of it at once (https://arxiv.org/abs/2202.10054).

        Example:
            >>> AlignConfig().starts_solved, AlignConfig(head={"kind": "mlp"}).starts_solved
            (True, False)
        """
        plain = (self.head.get("kind", "linear"), self.text_head.get("kind", "linear")) == ("linear", "linear")
        pretrained = self.keeps_features or not {self.image, self.text} & set(_SCRATCH)
        late = self.fusion in (None, "late")
        return self.start == "cca" and late and pretrained and plain and self.head.get("members", 1) == 1

    @property
    def head_lr(self) -> float:
        """Peak learning rate of heads and fusion.

        Example:
            >>> AlignConfig().head_lr, AlignConfig(start="random").head_lr, AlignConfig(start="a/clip").head_lr
            (2e-05, 0.001, 0.0001)
        """
        return self.lr or (1e-4 if self.published else 2e-5 if self.starts_solved else 1e-3)
