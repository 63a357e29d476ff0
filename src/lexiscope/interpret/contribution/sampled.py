"""Shapley values of more inputs than can be had exactly: KernelSHAP of `shapiq` on a sample of coalitions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.core.errors import UsageError

BUDGET = 1024  # coalitions that are asked about, of 2**M


def sampled_coalitions(inputs: tuple[str, ...], *, seed: int = 0, budget: int = BUDGET) -> list[frozenset[str]]:
    """Coalitions that `sampled_shapley_values` needs, each once: all of none, one, all but one, and a sample between.

    Raises:
        UsageError: shapiq is missing; the message holds the install line.
    """
    asked: list[Bool[np.ndarray, "s m"]] = []

    def ask(coalitions: Bool[np.ndarray, "s m"]) -> Float[np.ndarray, " s"]:
        asked.append(np.asarray(coalitions, dtype=bool))
        return np.zeros(len(coalitions))

    _approximator(len(inputs), seed).approximate(budget, ask)
    each = np.eye(len(inputs), dtype=bool)
    ends = np.stack([np.zeros(len(inputs), dtype=bool), np.ones(len(inputs), dtype=bool)])
    rows = np.unique(np.concatenate([*asked, ends, each, ~each]), axis=0)
    return [frozenset(name for name, kept in zip(inputs, row, strict=True) if kept) for row in rows]


def sampled_shapley_values(
    values: Float[np.ndarray, "n s"],
    kept: Sequence[frozenset[str]],
    inputs: tuple[str, ...],
    *,
    seed: int = 0,
    budget: int = BUDGET,
) -> Float[np.ndarray, "n m"]:
    """KernelSHAP's estimate of each input's Shapley value (Lundberg & Lee 2017), for every row of coalition values.

    Each row adds up to v(all) - v(nothing), as exact values do.

    Args:
        values: A column for each of `kept`.
        kept: `sampled_coalitions` of the same inputs, seed and budget.
        inputs: All inputs.
        seed: Seed of the sample.
        budget: Number of coalitions sampled.

    Raises:
        UsageError: shapiq is missing; the message holds the install line.
    """
    column = {names: number for number, names in enumerate(kept)}
    places: list[list[int]] = []

    def look_up(row: Float[np.ndarray, " s"], coalitions: Bool[np.ndarray, "s m"]) -> Float[np.ndarray, " s"]:
        if not places:  # the sample is the same for every row
            names = [frozenset(np.array(inputs)[np.asarray(one, dtype=bool)].tolist()) for one in coalitions]
            places.append([column[one] for one in names])
        return row[places[0]]

    made = np.empty((len(values), len(inputs)))
    for number, row in enumerate(values):
        found = _approximator(len(inputs), seed).approximate(budget, lambda asked, row=row: look_up(row, asked))
        made[number] = found.get_n_order_values(1)
    return made


def _approximator(inputs: int, seed: int) -> Any:
    try:
        from shapiq.approximator import KernelSHAP
    except ImportError as error:
        msg = (
            f"Shapley values are exact up to 10 inputs, got {inputs}; more need shapiq: "
            "pip install 'lexiscope[interpret]', or leave inputs out"
        )
        raise UsageError(msg) from error
    return KernelSHAP(inputs, random_state=seed)
