"""`spread_over_groups`: fewer cases, of as many groups as there are."""

from typing import Any

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.interpret.subject import Cases


def spread_over_groups(cases: Cases[Any], limit: int | None, *, seed: int = 0) -> Cases[Any]:
    """At most so many cases, in their order: a case of each group, then a second one, and so on, drawn.

    Args:
        cases: Cases to choose from.
        limit: Largest number of cases; None takes all.
        seed: Seed of what is drawn.

    Raises:
        UsageError: a limit below 1.
    """
    if limit is None or limit >= len(cases):
        return cases
    if limit < 1:
        raise UsageError(f"a limit of cases is 1 or more, got {limit}")
    drawn = np.random.default_rng(seed).permutation(len(cases))
    earlier: dict[str, int] = {}
    turns = []
    for row in drawn:
        group = cases.groups[row]
        turns.append(earlier.get(group, 0))
        earlier[group] = turns[-1] + 1
    first = np.argsort(turns, kind="stable")[:limit]
    return cases.take(np.sort(drawn[first]))
