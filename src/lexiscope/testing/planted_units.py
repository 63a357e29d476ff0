"""`PlantedUnits`: a model whose units are known, for dissection to find."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lexiscope.interpret.subject import Cases, Coalition, Level, Outcome

GRID = (12, 12)
UNITS = 6
ROUND, SQUARE = 1, 4  # units that see each concept
DEAD = 5


def planted_cases(n: int = 24, *, per_group: int = 2) -> Cases[int]:
    """Numbered cases, two a group."""
    return Cases(
        items=list(range(n)),
        ids=[str(row) for row in range(n)],
        groups=[str(row // per_group) for row in range(n)],
        present={name: np.ones(n, bool) for name in ("colour", "depth")},
    )


@dataclass
class PlantedUnits:
    """Colour sees round and square things, depth only round ones; the score needs the units that see squares.

    Args:
        unannotated: Cases in which nobody looked for squares.
    """

    unannotated: Sequence[int] = ()
    name: str = "planted units"
    fingerprint: str = "f"
    inputs: tuple[str, ...] = ("colour", "depth")
    fusion: str | None = "late"
    score: str = "share of squares seen"
    silenced: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def things(self, row: int) -> Mapping[str, np.ndarray]:
        """Where round and square things are, each on about one place in 50."""
        rng = np.random.default_rng((7, row))
        masks = {}
        for name in ("round", "square"):
            mask = np.zeros(GRID)
            y, x = rng.integers(0, 11, 2)
            mask[y : y + 1, x : x + 2] = 1
            masks[name] = mask.ravel()
        return masks

    def levels(self, cases: Cases[int]) -> dict[str, list[Level]]:
        """One level of each modality: noise, and high values where a unit's concept is."""
        sees = {"colour": {ROUND: "round", SQUARE: "square"}, "depth": {ROUND: "round"}}
        there = torch.ones(len(cases), dtype=torch.bool)
        return {
            branch: [Level("last", torch.from_numpy(self._maps(cases, branch, seen)).float(), GRID, there)]
            for branch, seen in sees.items()
        }

    def concepts(self, cases: Cases[int], grid: tuple[int, ...]) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Where things are, on the one grid that there is."""
        masks = {name: np.stack([self.things(row)[name] for row in cases.items]) for name in ("round", "square")}
        masks["square"] = np.where(np.isin(cases.items, list(self.unannotated))[:, None], np.nan, masks["square"])
        return masks

    def images(self, cases: Cases[int]) -> dict[str, torch.Tensor]:
        """Images of noise, twice as fine as the features."""
        return {name: torch.rand(len(cases), 1, 24, 24) for name in self.inputs}

    def score_of(self, cases: Cases[int], images: Mapping[str, torch.Tensor]) -> torch.Tensor:  # noqa: ARG002
        """Zeros: nothing here depends on images."""
        return torch.zeros(len(cases))

    @contextmanager
    def ablated(self, branch: str, level: str, units: Sequence[int]) -> Iterator[None]:
        """Within the context, these units are blind."""
        self.silenced[branch, level] = set(units)
        try:
            yield
        finally:
            del self.silenced[branch, level]

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """A score that falls by 0.6 without the unit that sees squares."""
        blind = SQUARE in self.silenced.get(("colour", "last"), set())
        scores = np.array([0.9 - 0.6 * blind + 0.01 * (row % 3) for row in cases.items])
        return [Outcome(scores) for _ in coalitions]

    def _maps(self, cases: Cases[int], branch: str, seen: Mapping[int, str]) -> np.ndarray:
        made = []
        for row in cases.items:
            rng = np.random.default_rng((len(branch), row))
            values = rng.normal(size=(GRID[0] * GRID[1], UNITS))
            for unit, name in seen.items():
                values[:, unit] += 8 * self.things(row)[name]
            values[:, DEAD] = 0.5
            made.append(values)
        return np.stack(made)
