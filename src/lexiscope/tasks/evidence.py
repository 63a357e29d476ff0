"""`EvidenceCases`: the cases that evidence may come from, and which of them an input must not be answered with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.core.case import Case
from lexiscope.core.prediction import Evidence
from lexiscope.corpus.duplicates.same_group import groups_by_file
from lexiscope.corpus.part import CorpusPart
from lexiscope.index.filter import parse_filter, plain_values
from lexiscope.tasks.inputs import Input


@dataclass(frozen=True)
class EvidenceCases:
    """Cases that evidence comes from, with the groups that hold each of their image files.

    Args:
        part: The corpus and the split learned from.
        owners: Image file (SHA-256) -> the groups that hold it, in any split.
    """

    part: CorpusPart
    owners: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, part: CorpusPart) -> "EvidenceCases":
        """Read once who holds which image file."""
        return cls(part, groups_by_file(part.corpus))

    def excluded_groups(self, given: Input) -> frozenset[str]:
        """Groups that evidence about an input must not come from: its own, and all that hold one of its files."""
        known = frozenset() if given.group is None else frozenset({given.group})
        return known.union(*(self.owners.get(content, frozenset()) for content in given.contents))

    def evidence(self, case: Case, *, score: float, text: str | None = None, **details: Any) -> Evidence:
        """A case as evidence, with the file of its first image by modality; see `Evidence.of`."""
        image = case.images[min(case.images)] if case.images else None
        path = None if image is None else self.part.corpus.object_path(image)
        return Evidence.of(case, path=path, score=score, text=text, **details)


def admitted(cases: Sequence[Case], where: Sequence[str]) -> Bool[np.ndarray, " n"]:
    """Mask of the cases that satisfy conditions.

    Args:
        cases: Cases that evidence may come from.
        where: Conditions such as "attributes.age>=50", all of which must hold.

    Raises:
        UsageError: a condition that cannot be read, or on an attribute that no case has.

    Example:
        >>> from lexiscope.core import Provenance
        >>> cases = [Case(f"visit-{age}", "patient-1", Provenance("bids"), attributes={"age": age}) for age in (40, 60)]
        >>> admitted(cases, ["attributes.age>=50"]).tolist()
        [False, True]
    """
    conditions = parse_filter(where)
    conditions.require_known(f"attributes.{name}" for case in cases for name in case.attributes)
    return np.array([conditions.admits(_fields(case)) for case in cases], dtype=bool)


def _fields(case: Case) -> dict[str, str | int | float | Sequence[str]]:
    """Fields of a case that conditions can name."""
    named: dict[str, str | int | float | Sequence[str]] = {
        "case": case.id,
        "group": case.group,
        "licence": case.provenance.licence,
        "source": case.provenance.source,
        "modalities": sorted(case.images),
    }
    if case.split is not None:
        named["split"] = case.split
    return {**named, **{f"attributes.{name}": value for name, value in plain_values(case.attributes).items()}}


def nearest_rows(
    cosines: Float[np.ndarray, " n"],
    cases: Sequence[Case],
    *,
    k: int,
    excluded_groups: Collection[str],
    where: Sequence[str] = (),
) -> list[int]:
    """Rows of the k cases with the largest cosines, of no excluded group, that satisfy the conditions.

    Args:
        cosines: One for each case.
        cases: Cases that evidence may come from.
        k: Number of rows at most.
        excluded_groups: Groups that are left out.
        where: Conditions such as "split=train", all of which must hold.

    Raises:
        UsageError: a condition on an attribute that no case has.

    Example:
        >>> from lexiscope.core import Provenance
        >>> cases = [Case(f"visit-{n}", f"patient-{n // 2}", Provenance("bids")) for n in range(4)]
        >>> nearest_rows(np.array([0.9, 0.8, 0.1, 0.2]), cases, k=2, excluded_groups={"patient-0"})
        [3, 2]
    """
    allowed = admitted(cases, where) if where else np.ones(len(cases), dtype=bool)
    order = np.argsort(-cosines, kind="stable")
    return [int(row) for row in order if allowed[row] and cases[row].group not in excluded_groups][:k]
