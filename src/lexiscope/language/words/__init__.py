"""words: the files that hold prompts, questions and terms, and the reader that prefers the user's own copies."""

from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.core.safe_yaml import load_yaml

_HERE = Path(__file__).parent
_RENAMED = {"instructions.yaml": "prompt_variants.yaml", "wording.yaml": "question_templates.yaml"}  # old name -> new


def read_words(name: str, folder: Path | None = None) -> str:
    """Text of a word file: the user's own where `folder` has one of this name, else the one that comes with lexiscope.

    Args:
        name: One of `word_files`.
        folder: Folder of the user's own copies, as `--prompts` names it.

    Raises:
        UsageError: `folder` is no folder, or holds a file under a name that is no longer read.

    Example:
        >>> read_words("blind.txt").split()[:3]
        ['Answer', 'the', 'question']
    """
    if folder is not None:
        _check(folder)
    own = folder / name if folder is not None else None
    path = own if own is not None and own.is_file() else _HERE / name
    return path.read_text(encoding="utf-8")


def read_yaml(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Content of a YAML word file that has names at its top.

    Args:
        name: One of `word_files`.
        folder: Folder of the user's own copies, as `--prompts` names it.

    Raises:
        UsageError: it cannot be read, or has no names at its top.

    Example:
        >>> read_yaml("question_templates.yaml")["kind"][0]
        'What kind of image is this?'
    """
    text = read_words(name, folder)
    try:
        content = load_yaml(text)
    except ValueError as error:
        raise UsageError(f"{name} is no YAML: {error}; compare with the one that comes with lexiscope") from error
    if not isinstance(content, dict):
        msg = f"expected names at the top of {name}, got {type(content).__name__}"
        raise UsageError(f"{msg}; compare with the one that comes with lexiscope")
    return content


def word_files() -> list[str]:
    """Names of the files that a user can replace.

    Example:
        >>> "lexicon.yaml" in word_files()
        True
    """
    return sorted(path.name for path in _HERE.iterdir() if path.suffix in (".yaml", ".txt"))


def _check(folder: Path) -> None:
    if not folder.is_dir():
        msg = f"expected a folder of prompts at {folder}, found none"
        raise UsageError(f"{msg}; make one with files named like {', '.join(word_files())}, or leave --prompts out")
    for old, new in _RENAMED.items():
        if (folder / old).is_file():
            raise UsageError(f"expected {new} in the folder of prompts {folder}, got {old}; rename the file to {new}")
