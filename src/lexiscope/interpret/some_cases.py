"""`spread_over_groups`: fewer cases, of as many groups as there are; `cases_named`: those that somebody asks about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int64

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
    told = [cases.drawn, drawn_in_words(limit, len(cases), "cases, of as many groups as there are,", seed=seed)]
    some = cases.take(rows_over_groups(cases.groups, limit, seed=seed))
    return replace(some, drawn="; of these ".join(filter(None, told)))


def rows_over_groups(groups: Sequence[str], limit: int, *, seed: int = 0) -> Int64[np.ndarray, " m"]:
    """At most so many rows, in their order: one of each group, then a second one, and so on, drawn.

    Args:
        groups: Group of each row.
        limit: Largest number of rows.
        seed: Seed of what is drawn.
    """
    drawn = np.random.default_rng(seed).permutation(len(groups))
    earlier: dict[str, int] = {}
    turns = []
    for row in drawn:
        turns.append(earlier.get(groups[row], 0))
        earlier[groups[row]] = turns[-1] + 1
    first = np.argsort(turns, kind="stable")[:limit]
    return np.sort(drawn[first])


def drawn_in_words(taken: int, of: int, what: str, *, seed: int) -> str:
    """How many of how many were drawn with which seed; nothing where all were taken.

    Example:
        >>> drawn_in_words(32, 180, "questions", seed=0)
        '32 of 180 questions were drawn (seed 0)'
    """
    return f"{taken} of {of} {what} were drawn (seed {seed})" if taken < of else ""


def cases_named(cases: Cases[Any], names: Sequence[str] | None) -> Cases[Any]:
    """The rows of cases that somebody names, with all questions about them.

    Args:
        cases: Cases to choose from.
        names: Ids of cases; None takes all.

    Raises:
        UsageError: none of them is here.
    """
    if names is None:
        return cases
    wanted = set(names)
    rows = [row for row, one in enumerate(cases.ids) if one in wanted or one.rpartition(" question ")[0] in wanted]
    if not rows:
        whole = "with an image, and the text, attribute or mask that this part of the model is asked about"
        raise UsageError(f"expected ids of cases of the split {cases.split} {whole}, got {names[0]}; name others")
    return cases.take(rows)
