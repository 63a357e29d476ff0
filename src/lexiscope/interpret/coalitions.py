"""What a subject says with every subset of its inputs: the table that Shapley values and interactions are made of.

The columns of a table are the coalitions of M inputs as binary numbers: bit i is set where `subject.inputs[i]` is kept,
so column 0 keeps nothing, column `2**M - 1` everything and column `1 << i` input i alone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.subject import Cases, Coalition, Outcome, Removal, Subject

MOST_INPUTS = 10
_BATCH = 64  # cases asked about at once: memory does not grow with their number


def coalition_scores(
    subject: Subject,
    cases: Cases[Any],
    *,
    removal: Removal = "missing",
    seed: int = 0,
    draws: int = 4,
    progress: Progress | None = None,
) -> Float[np.ndarray, "n s"]:
    """Score of every case under every coalition of inputs, `(n, 2**M)`.

    Args:
        subject: Model that is asked, with M inputs.
        cases: Cases that it is asked about.
        removal: How the inputs outside a coalition are taken away.
        seed: Seed of the donors of "marginal".
        draws: Donors of each case for "marginal", over which scores are averaged; one for all coalitions of a case.
        progress: Called with the number of cases done.

    Raises:
        UsageError: more than 10 inputs, no cases, or "marginal" with a single case.

    Example:
        >>> from lexiscope.testing.interpretables import PlantedSubject
        >>> subject = PlantedSubject(rule="first")
        >>> coalition_scores(subject, subject.cases(50)).mean(0).round(2).tolist()
        [0.5, 0.98, 0.5, 0.98]
    """
    tables = [
        np.mean([[outcome.score for outcome in said] for said in draw], axis=0).T
        for draw in coalition_outcomes(
            subject, cases, _all(subject), removal=removal, seed=seed, draws=draws, progress=progress
        )
    ]
    return np.concatenate(tables)


def coalition_outcomes(
    subject: Subject,
    cases: Cases[Any],
    kept: Sequence[frozenset[str]],
    *,
    removal: Removal,
    seed: int,
    draws: int,
    progress: Progress | None,
) -> Iterator[list[list[Outcome]]]:
    """For each batch of cases a list of draws, each with an outcome for every coalition in `kept`.

    There is one draw, except for "marginal". The other arguments are those of `coalition_scores`.

    Raises:
        UsageError: no cases, or "marginal" with a single case.
    """
    if len(cases) == 0:
        msg = "expected cases to ask about, got none; choose another split"
        raise UsageError(msg)
    donors = donor_rows(list(cases.groups), draws=draws, seed=seed) if removal == "marginal" else None
    for start in range(0, len(cases), _BATCH):
        rows = range(start, min(start + _BATCH, len(cases)))
        stand_ins = [None] if donors is None else [cases.take(donors[rows, draw]) for draw in range(draws)]
        outcomes: list[list[Outcome]] = []
        for some in stand_ins:
            outcomes.append(subject.outcomes(cases.take(rows), [Coalition(names, removal, some) for names in kept]))
            if progress is not None:
                done = start + len(rows) * len(outcomes) // len(stand_ins)
                progress(done, len(cases), "cases asked about with subsets of their inputs")
        yield outcomes


def subsets(inputs: tuple[str, ...]) -> list[frozenset[str]]:
    """Inputs that each column keeps.

    Example:
        >>> [sorted(kept) for kept in subsets(("T1", "T2"))]
        [[], ['T1'], ['T2'], ['T1', 'T2']]
    """
    return [
        frozenset(name for bit, name in enumerate(inputs) if column >> bit & 1) for column in range(1 << len(inputs))
    ]


def donor_rows(groups: list[str], *, draws: int, seed: int) -> Int64[np.ndarray, "n draws"]:
    """Rows of cases whose inputs stand in for those of each case: drawn from other groups, with replacement.

    Where there is one group alone, any other case of it stands in.

    Raises:
        UsageError: fewer than two cases.
    """
    if len(groups) < 2:
        msg = f"removal 'marginal' expects at least 2 cases, got {len(groups)}; give more cases or take 'missing'"
        raise UsageError(msg)
    rng = np.random.default_rng(seed)
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    by_group = np.argsort(numbers, kind="stable")  # rows of one group lie together
    counts = np.bincount(numbers)
    if len(counts) == 1:
        return (np.arange(len(groups))[:, None] + rng.integers(1, len(groups), (len(groups), draws))) % len(groups)
    ends = np.cumsum(counts)[numbers]
    others = len(groups) - counts[numbers]
    steps = rng.integers(0, others[:, None], (len(groups), draws))
    return by_group[(ends[:, None] + steps) % len(groups)]


def _all(subject: Subject) -> list[frozenset[str]]:
    if len(subject.inputs) > MOST_INPUTS:
        msg = f"all coalitions expect at most {MOST_INPUTS} inputs, got {len(subject.inputs)}; leave some out"
        raise UsageError(msg)
    return subsets(subject.inputs)
