"""`level_semantics`: how alike modalities are in what they respond to at each level, with intervals and chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.pooled import Place
from lexiscope.interpret.semantics.dissect import Dissection
from lexiscope.interpret.semantics.profiles import consistency, profiles, speciality, variance
from lexiscope.interpret.subject import FUSED

_DRAWS = 200


@dataclass(frozen=True)
class LevelSemantics:
    """A level that several modalities have.

    Args:
        level: Name of the level.
        variance: Variance of the profiles over modalities.
        consistency: What all profiles share; its chance level is that of shuffled concepts.
        speciality: Modality -> part of its profile that is its own.
        null: 95 % of what shuffled concepts give for consistency.
    """

    level: str
    variance: Estimate
    consistency: Estimate
    speciality: Mapping[str, Estimate]
    null: tuple[float, float] | None


def level_semantics(dissections: Sequence[Dissection], *, seed: int = 0) -> list[LevelSemantics]:
    """Levels that at least two modalities have, from the first to the last; behind fusion there is nothing to compare.

    Profiles over a single concept are all alike whatever units respond to: levels with one are left out, and so are
    those of modalities whose units overlap with none.

    Args:
        dissections: What `dissect` gave.
        seed: Seed of the bootstrap over blocks of groups.
    """
    made = []
    for level in dict.fromkeys(one.place[1] for one in dissections):
        some = [one for one in dissections if one.place[1] == level and one.place[0] != FUSED and one.responds]
        concepts = sorted(set.intersection(*(set(one.concepts) for one in some))) if some else []
        if len(some) > 1 and len(concepts) > 1:
            made.append(_of_level(level, some, concepts, seed))
    return made


def level_semantics_of(profiles_of: Mapping[Place, Float[np.ndarray, " c"]]) -> list[LevelSemantics]:
    """The same of profiles that are known as they are, without intervals.

    Args:
        profiles_of: Place -> share of each concept, over the same concepts.
    """
    made = []
    for level in dict.fromkeys(level for _, level in profiles_of):
        own = {place[0]: of for place, of in profiles_of.items() if place[1] == level and place[0] != FUSED}
        if len(own) < 2:
            continue
        stacked = np.stack(list(own.values()))
        lead = speciality(stacked)
        made.append(
            LevelSemantics(
                level=level,
                variance=_bare(float(variance(stacked))),
                consistency=_bare(float(consistency(stacked))),
                speciality={name: _bare(float(value)) for name, value in zip(own, lead, strict=True)},
                null=None,
            )
        )
    return made


def _bare(value: float) -> Estimate:
    return Estimate(value, None, None, None)


def block_weights(blocks: int, *, seed: int = 0, draws: int = _DRAWS) -> Float[np.ndarray, "r b"]:
    """How often each block counts: once in the first row, as often as it was drawn with replacement in the others."""
    drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), size=draws)
    return np.concatenate([np.ones((1, blocks)), drawn.astype(np.float64)])


def estimate_of(replicas: Float[np.ndarray, " r"], *, chance: float | None, n: int, groups: int) -> Estimate:
    """The first replica, which is the value itself, with the interval that the others give."""
    low, high = np.quantile(replicas[1:], [0.025, 0.975]) if groups > 1 else (None, None)
    return Estimate(
        float(replicas[0]),
        None if low is None else float(low),
        None if high is None else float(high),
        chance,
        n,
        groups,
    )


def _of_level(level: str, some: Sequence[Dissection], concepts: Sequence[str], seed: int) -> LevelSemantics:
    weights = block_weights(some[0].overlaps.blocks, seed=seed)
    own = np.stack([profiles(_of(one, one.overlaps.iou(weights), concepts)) for one in some])  # (m, r, c)
    shuffled = np.stack([profiles(_of(one, one.shuffled, concepts)) for one in some])  # (m, s, c)
    cases, groups = min(one.cases for one in some), min(one.groups for one in some)

    def estimate(of: Callable[[np.ndarray], np.ndarray]) -> Estimate:
        drawn = of(shuffled)
        return estimate_of(of(own), chance=float(drawn.mean()) if drawn.size else None, n=cases, groups=groups)

    null = consistency(shuffled)
    return LevelSemantics(
        level=level,
        variance=estimate(variance),
        consistency=estimate(consistency),
        speciality={
            one.place[0]: estimate(lambda profile, number=number: speciality(profile)[number])
            for number, one in enumerate(some)
        },
        null=(float(null.min()), float(null.max())) if null.size else None,
    )


def _of(one: Dissection, iou: Float[np.ndarray, "r d c"], concepts: Sequence[str]) -> Float[np.ndarray, "r d c"]:
    return iou[:, :, [one.concepts.index(name) for name in concepts]]
