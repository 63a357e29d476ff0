"""`StageSettings` of every stage, `LoopSettings` of those that train with the loop; importable without torch."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from lexiscope.core.files import sha256_json
from lexiscope.core.settings import Flag, Settings
from lexiscope.training.loop.config import LoopConfig

if TYPE_CHECKING:  # the command line reads settings for its help, and pixels cost seconds to import
    from lexiscope.core.case import Case
    from lexiscope.views import View

_VIEWS = ("size", "modalities", "slices", "grid", "spacing", "fit")


class StageSettings(Settings):
    """Settings of a stage of training: hashed into the key of a run, and handed on by their names.

    Every stage has a field `seed`.
    """

    # Settings that change how a run goes, never what it makes.
    no_effect: ClassVar[frozenset[str]] = frozenset(
        {"allow_download", "checkpoint_seconds", "force_bf16", "keep_checkpoints", "shard"}
    )

    # Settings that came after the first runs: at their defaults they are no part of a key, so that those stay known.
    later: ClassVar[frozenset[str]] = frozenset()

    def check(self) -> None:
        """Refuse settings that make no sense together, before anything is read; the base refuses nothing.

        Raises:
            UsageError: settings that make no sense together.
        """

    def key(self, **more: str) -> str:
        """Hash of the settings that decide a run's outcome, and of whatever else decides it.

        Example:
            >>> StageSettings().key(corpus="a") == StageSettings().key(corpus="b")
            False
        """
        unsaid = {name for name in self.later if getattr(self, name) == type(self).model_fields[name].default}
        return sha256_json({**self.model_dump(mode="json", exclude={*self.no_effect, *unsaid}), **more})

    def loop(self) -> LoopConfig:
        """Settings of the training loop: the fields that `LoopConfig` has too."""
        return LoopConfig(
            **{item.name: getattr(self, item.name) for item in fields(LoopConfig) if hasattr(self, item.name)}
        )

    def views(self, corpus: "Iterable[Case]") -> "dict[str, View]":
        """Views of a corpus, from the fields that `choose_views` takes.

        Raises:
            ViewError: a modality that no case has, or a corpus without images.
        """
        from lexiscope.views import choose_views

        return choose_views(corpus, **{name: getattr(self, name) for name in _VIEWS})


class LoopSettings(StageSettings):
    """Settings of a stage that trains with `training.loop`; it adds its own `epochs` and `batch`.

    Args:
        lr: Peak learning rate.
        weight_decay: Weight decay of AdamW, on weight matrices alone.
        warmup: Part of the steps over which the learning rate rises.
        clip_norm: Gradients longer than this are shortened to it.
        bf16: Compute in bfloat16 where that is safe; refused on processors that only emulate it, and are far slower.
        force_bf16: Compute in bfloat16 on such a processor, too.
        patience: Epochs without a better validation score before stopping; None never stops early.
        seed: Seed of everything random in the run.
        checkpoint_seconds: Seconds between two checkpoints; what a kill can cost.
        keep_checkpoints: Keep the judged weights of every n-th epoch, and of the start, in `epochs/` beside the log:
            interpretation tells from them how features came to be. None keeps none; a finished run keeps none later.
        shard: Class of layers, such as LlamaDecoderLayer, whose weights lie in parts over the processes of torchrun,
            for models larger than one device. Without it every process holds all weights.
        allow_download: Fetch weights by hub name when they are nowhere on this machine.
    """

    lr: float | None = Field(default=None, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    warmup: float = Field(default=0.1, ge=0, le=1)
    clip_norm: float = Field(default=1.0, gt=0)
    bf16: Annotated[bool, Flag("--bf16/--fp32")] = False
    force_bf16: bool = False
    patience: int | None = Field(default=None, ge=1)
    seed: int = 0
    checkpoint_seconds: float = Field(default=60.0, ge=0)
    keep_checkpoints: int | None = Field(default=None, ge=1)
    shard: Annotated[tuple[str, ...], Flag("--shard")] = ()
    allow_download: bool = False
