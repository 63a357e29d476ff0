"""words: the files that say how cases are asked about, and the reader that prefers the user's own copies."""

from pathlib import Path
from typing import Any

import yaml

from lexiscope.core.errors import UsageError

_HERE = Path(__file__).parent


def read_words(name: str, folder: Path | None = None) -> str:
    """A file of words: the user's own where `folder` has one of this name, else the one that comes with lexiscope.

    Raises:
        UsageError: `folder` is no folder.
    """
    if folder is not None and not folder.is_dir():
        msg = f"expected a folder of prompts at {folder}, found none"
        raise UsageError(f"{msg}; make one with files named like {', '.join(word_files())}, or leave --prompts out")
    own = folder / name if folder is not None else None
    place = own if own is not None and own.is_file() else _HERE / name
    return place.read_text(encoding="utf-8")


def read_yaml(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The same of a YAML file with names at its top.

    Raises:
        UsageError: it cannot be read, or has no names at its top.
    """
    text = read_words(name, folder)
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is no YAML: {error}; compare with the one that comes with lexiscope") from error
    if not isinstance(found, dict):
        msg = f"expected names at the top of {name}, got {type(found).__name__}"
        raise UsageError(f"{msg}; compare with the one that comes with lexiscope")
    return found


def word_files() -> list[str]:
    """Names of the files that can be replaced."""
    return sorted(path.name for path in _HERE.iterdir() if path.suffix in (".yaml", ".txt"))
