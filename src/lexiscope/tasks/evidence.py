"""`EvidenceCases`: the cases that evidence may come from, and which of them an input must not be answered with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.prediction import Evidence
from lexiscope.corpus.duplicates.same_group import groups_by_file
from lexiscope.corpus.part import CorpusPart
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
