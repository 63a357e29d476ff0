"""`CaptionReport`: counts of the sentences that were written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CaptionReport:
    """Counts of one run of `write_captions`.

    Args:
        cases: Cases that have sentences now.
        passages: Sentences of all these cases.
        updated: Cases that changed; 0 when the same was written before.
        silent: Cases without any of the attributes.
        corpus: Content version of the corpus afterwards.
    """

    cases: int
    passages: int
    updated: int
    silent: int
    corpus: str

    @property
    def failed(self) -> Mapping[str, str]:
        """None: a sentence from attributes cannot fail."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Lines for a person to read.

        Example:
            >>> CaptionReport(cases=2, passages=6, updated=2, silent=0, corpus="ab12").lines()
            ['6 sentences for 2 cases (2 changed); corpus ab12']
        """
        written = f"{self.passages} sentences for {self.cases} cases ({self.updated} changed); corpus {self.corpus}"
        if not self.silent:
            return [written]
        return [written, f"{self.silent} cases have none of the attributes and got no sentence"]
