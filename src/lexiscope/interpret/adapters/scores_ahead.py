"""`ScoresAhead`: what a reading of a case said of several structures, also of those that are asked for later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lexiscope.core.case import Case
from lexiscope.interpret.subject import Cases

Score: TypeAlias = tuple[float, float]
"""DSC, and how sure the model is that the structure is there."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask for a structure in a case.

    Args:
        shown: Modality and origin of each image.
        sentence: The sentence; None for the structure's own name.
    """

    shown: frozenset[tuple[str, str]]
    sentence: str | None


class ScoresAhead:
    """Scores of structures that are asked for one after the other, some of them made ahead of their turn.

    Two numbers are kept for each structure, case and way, and nothing of the size of an image.
    """

    def __init__(self) -> None:
        self._turns: dict[str, Sequence[str]] = {}  # ids of cases, in the order in which structures are asked for
        self._known: dict[tuple[str, str], dict[Way, Score]] = {}

    def expect(self, structure: str, cases: Cases[Case]) -> None:
        """Say which cases a structure will be asked for in, when those are done whose turn was named before."""
        self._turns.pop(structure, None)
        self._turns[structure] = list(cases.ids)

    def later(self, structure: str, case: Case, *, drawn: bool) -> list[str]:
        """Structures whose turn comes after this one's, and that will be asked for in this case in the same ways.

        Args:
            structure: Structure that is asked for.
            case: Case that it is asked for in.
            drawn: True where the ways depend on all cases that a structure is asked for in, as donors do.
        """
        names, own = list(self._turns), self._turns.get(structure, ())
        if case.id not in own:
            return []
        after = names[names.index(structure) + 1 :]
        return [name for name in after if (self._turns[name] == own if drawn else case.id in self._turns[name])]

    def known(self, structure: str, case: Case) -> dict[Way, Score]:
        """Scores of a structure in a case that were made."""
        return dict(self._known.get((structure, case.id), {}))

    def keep(self, structure: str, case: Case, scores: Mapping[Way, Score]) -> None:
        """Keep scores of a structure in a case."""
        self._known.setdefault((structure, case.id), {}).update(scores)
