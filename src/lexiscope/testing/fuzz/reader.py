"""`Reader`: what one input goes through; an input of several files is one string of bytes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import LexiscopeError

CUT = b"\n--8<--\n"  # between the files of an input
_LONGEST_NAME = 200  # bytes


@dataclass(frozen=True, slots=True)
class Reader:
    """What one input goes through.

    Args:
        read: Called with the bytes and a folder that is not there yet; gives the number of things that could be used.
        seeds: Gives inputs that are right, the same ones each time.
        words: Words that a mutation may put in.
    """

    read: Callable[[bytes, Path], int]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()


def refused(error: BaseException) -> bool:
    """True for what a reader may raise: an error of ours, which says what is wrong."""
    return isinstance(error, LexiscopeError)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files as one input.

    Example:
        >>> pack({"a.txt": b"one", "b/c.txt": b"two"})
        b'a.txt\\none\\n--8<--\\nb/c.txt\\ntwo'
    """
    return CUT.join(name.encode() + b"\n" + content for name, content in files.items())


def unpack(data: bytes, folder: Path) -> list[Path]:
    """Write the files of an input below a folder; those whose names lead out of it, or are none, are left out.

    Example:
        >>> import tempfile
        >>> [path.name for path in unpack(pack({"a.txt": b"one", "../b.txt": b"two"}), Path(tempfile.mkdtemp()))]
        ['a.txt']
    """
    written = []
    for part in data.split(CUT):
        name, _, content = part.partition(b"\n")
        parts = Path(name.decode("utf-8", "surrogateescape")).parts if len(name) <= _LONGEST_NAME else ()
        if not parts or {"..", "/"} & set(parts) or b"\0" in name:
            continue
        path = folder.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError:  # a file where a folder belongs
            continue
        written.append(path)
    return written
