"""Names from untrusted input -> files that surely lie inside the source."""

import os
import stat
from pathlib import Path
from unicodedata import normalize

from lexiscope.core.errors import SourceError


def inside(root: Path, name: str) -> Path:
    """The regular file that `name` stands for, relative to `root`, symbolic links followed.

    Args:
        root: The folder of the source; nothing outside it is ever opened.
        name: A relative path, or an absolute one that leads back into `root`; with slashes of Windows or others.

    Raises:
        SourceError: the name is empty or no path at all, leaves `root` (by `..`, an absolute path or a link), or leads
            to nothing or to something that is not a regular file.

    Example:
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp())
        >>> (root / "a.png").touch()
        >>> inside(root, "a.png").name
        'a.png'
    """
    if not name.strip() or "\0" in name:
        raise SourceError(f"expected the name of a file, got {name!r}", remedy="write the path relative to the source")
    home = root.resolve()
    try:
        target = (home / _spelling(home, name)).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a name that is too long, a loop of links
        raise SourceError(f"{_short(name)} is not a usable path: {error}", remedy="rename the file") from error
    if not target.is_relative_to(home):
        msg = f"{_short(name)} leads outside {home}, and a source reads nothing outside its own folder"
        raise SourceError(msg, remedy="copy the file into the source's folder and name it relative to it")
    check_regular(target)
    return target


def with_slashes(name: str) -> str:
    r"""A path as Windows writes it with the slashes of every other system.

    Example:
        >>> with_slashes(r".\images\melt1.png")
        './images/melt1.png'
    """
    return name.replace("\\", "/")


def _spelling(home: Path, name: str) -> str:
    """The name as it is where a file has it; else without space around it, and with the slashes of this system.

    Letters with accents are one character or two, by the system that wrote the name.
    """
    plain = with_slashes(name.strip())
    spellings = (name, name.strip(), plain, normalize("NFC", plain), normalize("NFD", plain))
    return next((spelling for spelling in spellings if (home / spelling).exists()), plain)


def check_regular(path: Path) -> int:
    """Size in bytes of a regular file.

    Raises:
        SourceError: nothing is there, it may not be read, or it is a folder, pipe, socket or device.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> path.write_text("four")
        4
        >>> check_regular(path)
        4
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise SourceError(f"expected a file at {_short(str(path))}, found none", remedy="add the file") from error
    if not stat.S_ISREG(status.st_mode):
        msg = f"expected a regular file at {path}, got a folder, pipe or device"
        raise SourceError(msg, remedy="name an image file")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path.name} cannot be read: permission denied", remedy="make it readable for you")
    return status.st_size


def _short(name: str) -> str:
    return repr(name if len(name) <= 200 else f"{name[:200]}...")
