"""Levels of many cases in little memory: batch by batch, or averaged over places and kept on disk."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.core.batched import batched
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.level_cache import BATCH, KeptLevels, Place
from lexiscope.interpret.subject import Cases, KeepsLevels, Level, ShowsLevels

KEPT_BYTES = 256 << 20  # of maps that are read more than once


class PooledLevels(Protocol):
    """Features of every case averaged over places."""

    @property
    def present(self) -> Mapping[Place, Bool[np.ndarray, " n"]]:
        """Place -> `(n,)`, False where a case lacks the branch."""
        ...

    @property
    def places(self) -> list[Place]:
        """Branches and levels, in the order of the model."""
        ...

    def read(self, place: Place) -> Float[np.ndarray, "n d"]:
        """Features of a place, read from disk where they are used."""
        ...


@dataclass(frozen=True)
class LevelFiles:
    """Levels in files of a folder.

    Args:
        files: Place -> file of `(n, d)` float32.
        present: Place -> `(n,)`, False where a case lacks the branch.
    """

    files: Mapping[Place, Path]
    present: Mapping[Place, Bool[np.ndarray, " n"]]

    @property
    def places(self) -> list[Place]:
        """Branches and levels, in the order of the model."""
        return list(self.files)

    def read(self, place: Place) -> Float[np.ndarray, "n d"]:
        """Features of a place, read from disk where they are used."""
        return np.memmap(self.files[place], np.float32, mode="r").reshape(len(self.present[place]), -1)


@dataclass(frozen=True)
class JoinedLevels:
    """Levels of the same cases from several models, whose places have different names.

    Args:
        parts: Levels of each.
    """

    parts: Sequence[PooledLevels]

    @property
    def present(self) -> Mapping[Place, Bool[np.ndarray, " n"]]:
        """Place -> `(n,)`, False where a case lacks the branch."""
        return {place: mask for part in self.parts for place, mask in part.present.items()}

    @property
    def places(self) -> list[Place]:
        """Branches and levels, model by model."""
        return [place for part in self.parts for place in part.places]

    def read(self, place: Place) -> Float[np.ndarray, "n d"]:
        """Features of a place, read from disk where they are used."""
        return next(part.read(place) for part in self.parts if place in part.places)


@contextmanager
def pool_levels(subject: Any, cases: Cases[Any], *, progress: Progress | None = None) -> Iterator[PooledLevels]:
    """Averages over places of every level of every branch: kept beside the corpus where a subject's may be kept.

    Those of other subjects lie in a temporary folder that goes with the block.

    Raises:
        UsageError: a subject that shows no levels, or no cases.
    """
    folder = subject.levels_folder(cases) if isinstance(subject, KeepsLevels) else None
    if folder is not None and len(cases):
        yield KeptLevels.fill(require_levels(subject), cases, folder, progress=progress)
        return
    with tempfile.TemporaryDirectory(prefix="lexiscope-levels-") as temporary:
        streams: dict[Place, BinaryIO] = {}
        present: dict[Place, list[np.ndarray]] = {}
        try:
            for _, branches in level_batches(subject, cases, progress=progress):
                for place, level in branches.items():
                    if place not in streams:
                        streams[place] = (Path(temporary) / f"{len(streams)}.f32").open("wb")
                    streams[place].write(level.values.detach().mean(dim=1).float().cpu().numpy().tobytes())
                    present.setdefault(place, []).append(level.present.cpu().numpy())
        finally:
            for stream in streams.values():
                stream.close()
        files = {place: Path(stream.name) for place, stream in streams.items()}
        yield LevelFiles(files, {place: np.concatenate(masks) for place, masks in present.items()})


def level_batches(
    subject: Any, cases: Cases[Any], *, progress: Progress | None = None
) -> Iterator[tuple[list[int], dict[Place, Level]]]:
    """Rows of a few cases and their levels, one batch after the other, so that few maps are in memory.

    Raises:
        UsageError: a subject that shows no levels, or no cases.
    """
    shown = require_levels(subject)
    if not len(cases):
        raise UsageError("expected cases to read features of, got none; choose a split that has some")
    for rows in batched(range(len(cases)), BATCH):
        branches = shown.levels(cases.take(rows))
        yield list(rows), {(branch, level.name): level for branch, levels in branches.items() for level in levels}
        if progress is not None:
            progress(rows[-1] + 1, len(cases), "cases read")


class ReplayedLevels:
    """Levels that are read several times: the first batches are kept as far as memory allows, others computed again.

    Args:
        subject: Model that shows its levels.
        cases: Cases.
        progress: Called with the cases read, in each pass.
        most: Bytes that are kept.

    Raises:
        UsageError: a subject that shows no levels.
    """

    def __init__(
        self, subject: Any, cases: Cases[Any], *, progress: Progress | None = None, most: int = KEPT_BYTES
    ) -> None:
        self.subject, self.cases, self.progress, self.most = require_levels(subject), cases, progress, most
        self._kept: list[tuple[list[int], dict[Place, Level]]] = []
        self._bytes, self._full = 0, False

    def batches(self) -> Iterator[tuple[list[int], dict[Place, Level]]]:
        """One pass over the cases, as `level_batches` makes it.

        Raises:
            UsageError: no cases.
        """
        yield from self._kept
        done = sum(len(rows) for rows, _ in self._kept)
        if done == len(self.cases) > 0:
            return
        rest = self.cases.take(range(done, len(self.cases)))
        for rows, levels in level_batches(self.subject, rest, progress=self.progress):
            batch = [row + done for row in rows], levels
            self._keep(batch)
            yield batch

    def _keep(self, batch: tuple[list[int], dict[Place, Level]]) -> None:
        size = sum(level.values.nbytes for level in batch[1].values())
        self._full = self._full or self._bytes + size > self.most
        if not self._full:
            self._kept.append(batch)
            self._bytes += size


def require_levels(subject: Any) -> ShowsLevels:
    """The subject, if it shows its levels.

    Raises:
        UsageError: it does not.
    """
    if isinstance(subject, ShowsLevels):
        return subject
    msg = f"expected a model whose features can be read level by level, got {getattr(subject, 'name', subject)!r}"
    raise UsageError(f"{msg}, which shows none; wrap its module with the names of its levels (interpret.adapters)")


__all__ = ["JoinedLevels", "LevelFiles", "Place", "PooledLevels", "level_batches", "pool_levels", "require_levels"]
