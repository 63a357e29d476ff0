"""`KeptLevels`: levels of many cases averaged over places, computed once and kept beside their corpus."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float32

from lexiscope.core.batched import batched
from lexiscope.core.files import write_json
from lexiscope.core.progress import Progress
from lexiscope.features.feature_store import FeatureStore
from lexiscope.interpret.subject import Cases, Level, ShowsLevels

BATCH = 4  # cases whose maps are in memory at once
_ROWS_A_FILE = 256  # what a kill can cost
_WIDTHS = "widths.json"
_ROWS_READ = 4096  # whose levels of a branch are in memory at once while one level of them is picked

Place: TypeAlias = tuple[str, str]
"""A branch and one of its levels."""


@dataclass(frozen=True)
class KeptLevels:
    """Features of every case averaged over places, a row of all levels for each case and branch. Use `KeptLevels.fill`.

    Args:
        stores: Branch -> rows of its levels, one after the other.
        columns: Place -> its columns of the rows of its branch.
        keys: Key of each case.
        present: Place -> `(n,)`, False where a case lacks the branch.
    """

    stores: Mapping[str, FeatureStore]
    columns: Mapping[Place, slice]
    keys: Sequence[str]
    present: Mapping[Place, Bool[np.ndarray, " n"]]

    @classmethod
    def fill(
        cls, subject: ShowsLevels, cases: Cases[Any], folder: Path, *, progress: Progress | None = None
    ) -> "KeptLevels":
        """Compute what is missing, a few cases at once; what a killed run had computed counts.

        Args:
            subject: Model that shows its levels.
            cases: At least one case.
            folder: Folder named by all that decides the levels: the model, its settings and the data.
            progress: Called with the cases read.
        """
        widths = _widths(subject, cases, folder)
        stores = {
            branch: FeatureStore(folder / _name(branch), width=sum(levels.values()))
            for branch, levels in widths.items()
        }
        for store in stores.values():
            store.release()
        keys = [_name(name) for name in cases.ids]
        _compute(subject, cases, stores, keys, progress)
        columns = {place: part for branch, levels in widths.items() for place, part in _columns(branch, levels)}
        everyone = np.ones(len(cases), dtype=bool)
        present = {place: cases.present.get(place[0], everyone) for place in columns}
        return cls(stores, columns, keys, present)

    @property
    def places(self) -> list[Place]:
        """Branches and levels, in the order of the model."""
        return list(self.columns)

    def read(self, place: Place) -> Float32[np.ndarray, "n d"]:
        """Features of a place; zeros where a case lacks the branch."""
        part, store = self.columns[place], self.stores[place[0]]
        values = np.empty((len(self.keys), part.stop - part.start), dtype=np.float32)
        for start in range(0, len(self.keys), _ROWS_READ):
            rows = slice(start, start + _ROWS_READ)
            values[rows] = store.rows(self.keys[rows])[:, part]
            store.release()
        return values


def _widths(subject: ShowsLevels, cases: Cases[Any], folder: Path) -> dict[str, dict[str, int]]:
    """Branch -> level -> its channels: kept with the rows, or told by the first case."""
    file = folder / _WIDTHS
    if not file.exists():
        levels = subject.levels(cases.take([0]))
        write_json(file, {name: {one.name: one.values.shape[2] for one in some} for name, some in levels.items()})
    kept: dict[str, dict[str, int]] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def _compute(
    subject: ShowsLevels,
    cases: Cases[Any],
    stores: Mapping[str, FeatureStore],
    keys: Sequence[str],
    progress: Progress | None,
) -> None:
    lacking = {key for store in stores.values() for key in store.missing(keys)}
    missing = [row for row, key in enumerate(keys) if key in lacking]
    done = 0
    for rows in batched(missing, _ROWS_A_FILE):
        parts: dict[str, list[np.ndarray]] = {branch: [] for branch in stores}
        for some in batched(rows, BATCH):
            for branch, levels in subject.levels(cases.take(some)).items():
                parts[branch].append(_pooled(levels))
            done += len(some)
            if progress is not None:
                progress(done, len(missing), "cases read")
        for branch, store in stores.items():
            store.add([keys[row] for row in rows], np.concatenate(parts[branch]))
            store.release()


def _pooled(levels: Sequence[Level]) -> Float32[np.ndarray, "b d"]:
    """All levels of a branch averaged over their places, one after the other."""
    return np.concatenate([level.values.detach().mean(dim=1).float().cpu().numpy() for level in levels], axis=1)


def _columns(branch: str, levels: Mapping[str, int]) -> list[tuple[Place, slice]]:
    ends = pairwise([0, *accumulate(levels.values())])
    return [((branch, level), slice(*end)) for level, end in zip(levels, ends, strict=True)]


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()
