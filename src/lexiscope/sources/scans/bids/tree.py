"""Folders of a BIDS data set -> sessions, the images of each, and what they are called."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.scans.bids.name import BidsName

DATATYPES = ("anat", "dwi", "func", "micr", "perf", "pet")
"""Folders whose images are read; others hold field maps, which show nothing, and recordings, which are no images."""

_PLACE = ("sub", "ses")
_ALWAYS = frozenset({"ce"})  # a contrast agent changes what is seen, whether or not a session has both images


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a subject, or a subject without sessions.

    Args:
        subject: Such as "sub-01".
        session: Such as "ses-02"; empty without sessions.
    """

    subject: str
    session: str = ""

    @property
    def id(self) -> str:
        """Folder of the session, relative to the data set."""
        return f"{self.subject}/{self.session}" if self.session else self.subject


def sessions_of(root: Path) -> Iterator[Session]:
    """Every session in a stable order: the `ses-*` folders of a subject, or the subject itself."""
    for subject in _folders(root, "sub-"):
        sessions = [Session(subject, session) for session in _folders(root / subject, "ses-")]
        if not sessions or any((root / subject / datatype).is_dir() for datatype in DATATYPES):
            yield Session(subject)
        yield from sessions


def files_of(root: Path, session: Session) -> Iterator[tuple[str, BidsName]]:
    """Image files of a session, relative to `root`, in a stable order."""
    for datatype in DATATYPES:
        folder = root / session.id / datatype
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = BidsName.parse(path.name)
            if name is not None and path.name.lower().endswith(IMAGE_SUFFIXES):
                yield f"{session.id}/{datatype}/{path.name}", name


def telling_entities(root: Path) -> dict[str, frozenset[str]]:
    """Suffix -> the entities that tell two images of one session apart, in this session or in another.

    They become part of the modality's name in every session, so that one name means one kind of image everywhere.
    """
    telling: dict[str, set[str]] = defaultdict(set)
    for session in sessions_of(root):
        by_suffix: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for _, name in files_of(root, session):
            by_suffix[name.suffix].append(name.entities)
        for suffix, entities in by_suffix.items():
            telling[suffix] |= _varying(entities)
    return {suffix: frozenset(keys) | _ALWAYS for suffix, keys in telling.items()}


def _varying(found: Iterable[Mapping[str, str]]) -> set[str]:
    entities = list(found)
    keys = {key for one in entities for key in one if key not in _PLACE}
    return {key for key in keys if len({one.get(key) for one in entities}) > 1}


def _folders(root: Path, prefix: str) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.startswith(prefix) and path.is_dir())
