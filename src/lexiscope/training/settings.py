"""`StageSettings`: the settings that every stage of training shares, importable without torch."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar

from lexiscope.core.files import sha256_json
from lexiscope.core.settings import Settings
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
    no_effect: ClassVar[frozenset[str]] = frozenset({"allow_download", "checkpoint_seconds"})

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
        return sha256_json({**self.model_dump(mode="json", exclude=set(self.no_effect)), **more})

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
