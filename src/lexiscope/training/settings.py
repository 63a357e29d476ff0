"""`StageSettings`: what the choices of every stage of training share."""

from dataclasses import fields
from typing import Any, ClassVar

from lexiscope.core.files import sha256_json
from lexiscope.core.settings import Settings
from lexiscope.training.loop.loop import LoopConfig
from lexiscope.views import View, choose_views

_VIEWS = ("size", "modalities", "slices", "grid", "spacing", "fit")


class StageSettings(Settings):
    """The settings of a stage: hashed into the key of a run, handed on by their names."""

    # Settings that change how a run goes, never what it makes.
    no_effect: ClassVar[frozenset[str]] = frozenset({"allow_download", "checkpoint_seconds"})

    def key(self, **more: str) -> str:
        """Hash of the settings that decide a run's outcome, and of whatever else does."""
        return sha256_json({**self.model_dump(mode="json", exclude=set(self.no_effect)), **more})

    def loop(self) -> LoopConfig:
        """Those of the settings that the loop knows, by their names."""
        return LoopConfig(
            **{item.name: getattr(self, item.name) for item in fields(LoopConfig) if hasattr(self, item.name)}
        )

    def views(self, corpus: Any) -> dict[str, View]:
        """Views of a corpus, from those of the settings that `choose_views` knows.

        Raises:
            ViewError: a modality that no case has, or a corpus without images.
        """
        return choose_views(corpus, **{name: getattr(self, name) for name in _VIEWS})
