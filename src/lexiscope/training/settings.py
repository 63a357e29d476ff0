"""`Settings`: what the choices of every stage share; Python, a YAML file and the command line all fill them."""

from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.training.loop.loop import LoopConfig
from lexiscope.views import View, choose_views

_VIEWS = ("size", "modalities", "slices", "grid", "spacing", "fit")


class Settings(BaseModel):
    """The settings of a stage: read from what a user wrote, hashed into the key of a run, handed on by their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Settings that change how a run goes, never what it makes.
    no_effect: ClassVar[frozenset[str]] = frozenset({"allow_download", "checkpoint_seconds"})

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
    def read(cls, path: Path | None, **over: Any) -> Self:
        """Build from a YAML file, if there is one, with some settings replaced: those that are not None.

        Raises:
            UsageError: no such file, no mapping in it, or a setting that makes no sense.
        """
        import yaml

        given = {name: value for name, value in over.items() if value is not None}
        if path is None:
            return cls.of(given)
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            msg = f"expected settings in YAML at {path}: {error}; write lines such as 'epochs: 40'"
            raise UsageError(msg) from error
        if not isinstance(found, dict):
            raise UsageError(f"expected 'name: value' lines in {path}, got {type(found).__name__}")
        return cls.of({**found, **given})

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
