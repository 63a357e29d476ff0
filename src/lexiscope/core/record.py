"""`RunRecord`: what ran, on which data, with which seed and versions; written beside every result."""

import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PACKAGES = ("lexiscope", "torch", "transformers", "accelerate", "numpy", "pylance", "qdrant-edge-py")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Record of a run: its data, configuration, seed and versions.

    Args:
        verb: The verb that ran, such as "train align".
        config: The resolved configuration, JSON types.
        corpus: The corpus's content version (`Corpus.version`).
        seed: Seed of everything random in the run.
    """

    verb: str
    config: Mapping[str, Any]
    corpus: str
    seed: int
    versions: Mapping[str, str] = field(default_factory=lambda: installed_versions())
    started: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result.

    Example:
        >>> {"python", "numpy", "torch"} <= installed_versions().keys()
        True
    """
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
