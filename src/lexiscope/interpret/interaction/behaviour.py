"""What a model makes of its inputs together: InterSHAP, EMAP and maps of words against patches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.coalitions import coalition_scores
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.interaction.emap import additive_projection, paired_logits
from lexiscope.interpret.interaction.intershap import interaction_values, interactions_beside, intershap
from lexiscope.interpret.interaction.word_map import WordMap, word_map
from lexiscope.interpret.subject import Cases, Coalition, MasksParts, Removal, Subject


@dataclass(frozen=True)
class Interactions:
    """Interactions of a model's inputs in its score.

    Args:
        share: InterSHAP, from 0 to 1.
        pairs: Two inputs -> what the pair adds to the score beyond what each adds: 2 phi_ij, the Shapley interaction
            index.
        alone: Input -> what it adds by itself, phi_ii.
        beside: Pairs of which one alone is worse than knowing nothing, only where a third input is kept.
    """

    share: Estimate
    pairs: Mapping[tuple[str, str], Estimate]
    alone: Mapping[str, Estimate]
    beside: Mapping[tuple[str, str], Estimate] = field(default_factory=dict)

    def matrix(self, inputs: Sequence[str]) -> Float[np.ndarray, "m m"]:
        """Pairs off the diagonal, each input by itself on it."""
        made = np.diag([float(self.alone[name].value or 0.0) for name in inputs])
        for (first, second), estimate in self.pairs.items():
            i, j = inputs.index(first), inputs.index(second)
            made[i, j] = made[j, i] = float(estimate.value or 0.0)
        return made


def model_interactions(
    subject: Subject,
    cases: Cases[Any],
    *,
    removal: Removal = "missing",
    draws: int = 4,
    seed: int = 0,
    progress: Progress | None = None,
) -> Interactions:
    """InterSHAP of a model and what it is made of, with intervals by group.

    Raises:
        UsageError: as `coalition_scores`.
    """
    values = coalition_scores(subject, cases, removal=removal, seed=seed, draws=draws, progress=progress)
    phi = interaction_values(values)
    inputs, side = subject.inputs, len(subject.inputs)
    flat = phi.reshape(len(phi), -1)

    def share(means: Float[np.ndarray, "r q"]) -> Float[np.ndarray, "r 1"]:
        return intershap(means.reshape(-1, side, side))[:, None]

    pairs = list(combinations(range(side), 2))
    together = np.stack([2 * phi[:, i, j] for i, j in pairs], axis=1)
    alone = phi[:, np.arange(side), np.arange(side)]
    nothing, *ones = values[:, [0, *(1 << i for i in range(side))]].mean(axis=0)
    beside = {}
    worse = [(i, j) for i, j in pairs if side > 2 and nothing > min(ones[i], ones[j])]
    if worse:
        others = np.stack([interactions_beside(values, i, j) for i, j in worse], axis=1)
        estimates = bootstrap_means(others, cases.groups, chance=0.0, seed=seed)
        beside = {(inputs[i], inputs[j]): estimate for (i, j), estimate in zip(worse, estimates, strict=True)}
    return Interactions(
        share=bootstrap_means(flat, cases.groups, of=share, seed=seed)[0],
        pairs={
            (inputs[i], inputs[j]): estimate
            for (i, j), estimate in zip(
                pairs, bootstrap_means(together, cases.groups, chance=0.0, seed=seed), strict=True
            )
        },
        alone=dict(zip(inputs, bootstrap_means(alone, cases.groups, chance=0.0, seed=seed), strict=True)),
        beside=beside,
    )


def emap_gaps(
    subject: Subject, cases: Cases[Any], *, most: int = 64, seed: int = 0, progress: Progress | None = None
) -> dict[str, Estimate]:
    """Accuracy that is lost without interactions between an input and all others, for each input.

    With two inputs it is the same for both, and given once.

    Args:
        subject: Model that is asked about every case with the inputs of every other.
        cases: Cases with their true classes.
        most: Cases that are paired; more of them are drawn from.
        seed: Seed of that draw and of the intervals.
        progress: Called with the number of cases that have lent their inputs.

    Returns:
        Input -> accuracy of the model less that of its additive projection.

    Raises:
        UsageError: no true classes, or the model gives no probabilities.
    """
    if cases.truth is None:
        raise UsageError("expected the true class of each case, got none; label the cases")
    known = np.flatnonzero(cases.truth >= 0)
    rows = np.sort(np.random.default_rng(seed).permutation(known)[:most])
    some = cases.take(rows)
    assert some.truth is not None
    gaps = {}
    for name in subject.inputs[:1] if len(subject.inputs) == 2 else subject.inputs:
        logits = paired_logits(subject, some, [name], progress=progress)
        own = logits[np.arange(len(some)), np.arange(len(some))]
        right = (own.argmax(1) == some.truth).astype(float)
        additive = (additive_projection(logits).argmax(1) == some.truth).astype(float)
        gaps[name] = bootstrap_by_group(right - additive, some.groups, chance=0.0, seed=seed)
    return gaps


def answers(subject: Subject, cases: Cases[Any]) -> Int64[np.ndarray, " n"] | None:
    """Class that the model thinks most likely with all inputs; None where it gives scores alone."""
    said = []
    for start in range(0, len(cases), 64):
        batch = cases.take(range(start, min(start + 64, len(cases))))
        (outcome,) = subject.outcomes(batch, [Coalition(frozenset(subject.inputs))])
        if outcome.probabilities is None:
            return None
        said.append(outcome.probabilities.argmax(1))
    return np.concatenate(said).astype(np.int64)


def word_maps(subject: Any, cases: Cases[Any], *, most: int) -> dict[str, WordMap]:
    """Maps of the first cases whose text has words, by the id of the case.

    Raises:
        UsageError: a subject that cannot hide words and patches.
    """
    if not isinstance(subject, MasksParts):
        raise UsageError(f"expected a model that can hide words and patches, got {subject.name}, which cannot")
    maps: dict[str, WordMap] = {}
    for row in range(len(cases)):
        if len(maps) == most:
            break
        case = cases.take([row])
        if subject.words(case):
            maps[case.ids[0]] = word_map(subject, case)
    return maps
