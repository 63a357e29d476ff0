"""Folders of ours: nothing is written or removed through a link, and only names that we make are removed."""

import re
import shutil
from pathlib import Path

from lexiscope.core.errors import LexiscopeError


def require_own(root: Path, *names: str) -> Path:
    """Path below `root`, once it is sure that no link lies on the way from there.

    Args:
        root: A directory of ours, such as a model or a corpus; it may be a link itself.
        names: Folders and file below it, from the outside in.

    Raises:
        LexiscopeError: one of them is a link.

    Example:
        >>> require_own(Path("model"), "index", "embeddings").as_posix()
        'model/index/embeddings'
    """
    path = root
    for name in names:
        path = path / name
        if path.is_symlink():
            msg = f"expected {path} to belong to {root}, got a link to {path.readlink()}"
            raise LexiscopeError(f"{msg}, and nothing is written or removed through links; remove the link")
    return path


def remove_made(folder: Path, name: str) -> None:
    """Remove what lies in a folder under names that we make; links stay, and so does every other name.

    Args:
        folder: A folder of ours, see `require_own`.
        name: Regular expression of the names that we make.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for child in ("ab12", "thesis"):
        ...     (folder / child).mkdir()
        >>> remove_made(folder, "[0-9a-f]{4}")
        >>> [child.name for child in folder.iterdir()]
        ['thesis']
    """
    for child in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not re.fullmatch(name, child.name) or child.is_symlink():
            continue
        if child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)
