"""`input_needs`: how well a model does with all its inputs, and what it loses without each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.coalitions import coalition_outcomes
from lexiscope.interpret.subject import Cases, Subject


@dataclass(frozen=True)
class Needs:
    """What a model does with its inputs.

    Args:
        score: With all inputs.
        lost: Input -> what the score loses without it, in the model's own way of doing without, over the cases that
            have it.
    """

    score: Estimate
    lost: Mapping[str, Estimate]


def input_needs(subject: Subject, cases: Cases[Any], *, seed: int = 0) -> Needs:
    """Score with all inputs and what it loses without each, with intervals by group.

    Raises:
        UsageError: no cases.

    Example:
        >>> from lexiscope.testing.interpretables import PlantedSubject
        >>> subject = PlantedSubject(rule="first")
        >>> needs = input_needs(subject, subject.cases(40))
        >>> {name: round(lost.value, 2) for name, lost in needs.lost.items()}
        {'a': 0.48, 'b': 0.0}
    """
    everything = frozenset(subject.inputs)
    kept = [everything, *(everything - {name} for name in subject.inputs)]
    said = coalition_outcomes(subject, cases, kept, removal="missing", seed=seed, draws=1, progress=None)
    whole, *without = np.concatenate([[outcome.score for outcome in drawn[0]] for drawn in said], axis=1)
    return Needs(
        score=bootstrap_by_group(whole, cases.groups, chance=None, seed=seed),
        lost={
            name: _over(whole - fewer, cases, name, seed=seed)
            for name, fewer in zip(subject.inputs, without, strict=True)
        },
    )


def _over(lost: np.ndarray, cases: Cases[Any], name: str, *, seed: int) -> Estimate:
    rows = np.flatnonzero(cases.present.get(name, np.ones(len(cases), dtype=bool))).tolist()
    if not rows:
        return Estimate.nothing()
    return bootstrap_by_group(lost[rows], [cases.groups[row] for row in rows], chance=0.0, seed=seed)
