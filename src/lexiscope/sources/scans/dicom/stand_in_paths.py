"""`without_paths`: what the source gives, with stand-ins for the paths of its files, which are called after people.

A stand-in is a keyed hash of the path: the same file has the same one in every build, and files stay apart.
"""

from dataclasses import replace
from pathlib import Path

from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.formats.known import known_format
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms

_REMEDY = "{}; --keep-paths tells which it is"


def without_paths(item: Draft | Rejected, root: Path, pseudonyms: Pseudonyms) -> Draft | Rejected:
    """A draft or a rejection that names no path of the source; the files it stands for are known as before."""
    if isinstance(item, Rejected):
        path = Path(item.path)
        files = item.files or (path,)
        reason = item.reason.replace(item.path, "the file")
        remedy = _REMEDY.format(item.remedy)
        return replace(item, path=stand_in(path, root, pseudonyms), reason=reason, remedy=remedy, files=files)
    folder = item.provenance.locator.get("folder")
    if folder in (None, "."):
        return item
    locator = {**item.provenance.locator, "folder": pseudonyms.name("folder", str(folder))}
    return replace(item, provenance=replace(item.provenance, locator=locator))


def stand_in(path: Path, root: Path, pseudonyms: Pseudonyms) -> str:
    """The name that a file or folder below `root` goes by; its suffix stays where it is that of a known format.

    Example:
        >>> stand_in(Path("scans/Doe_Jane/IM0.dcm"), Path("scans"), Pseudonyms())
        'file-e19c6b403ff8.dcm'
    """
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    suffix = path.suffix.lower() if known_format(path.name) is not None else ""
    return pseudonyms.name("folder" if path.is_dir() else "file", inside) + suffix
