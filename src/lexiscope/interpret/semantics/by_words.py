"""Semantics where nobody drew masks: units named by words of captions, through a joint space of images and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.progress import Progress
from lexiscope.interpret.group_shuffle import shuffle_groups
from lexiscope.interpret.pooled import Place, pool_levels
from lexiscope.interpret.semantics.soft_wpmi import soft_wpmi
from lexiscope.interpret.semantics.strongest import ShownUnit
from lexiscope.interpret.subject import FUSED, Cases, JointlyEmbeds

_SHUFFLES = 5
_LEVEL = 0.05  # part of the units that would be named where images have nothing to do with them
_FEWEST = 10  # images that a unit can be named by
_SHOWN = 2  # images that a unit is shown with
_TOP, _PART = 100, 5  # images that stand for a unit: 100, or a fifth where there are fewer


@dataclass(frozen=True, eq=False)
class NamedUnits:
    """Units of one place, each with the word that says best what it responds to.

    Args:
        place: Branch and level.
        words: Words that were tried.
        scores: `(d, c)`, SoftWPMI.
        limit: Score that 5 % of the units exceed with the images of other cases.
        top: `(d, t)`, rows of the cases that each unit responds to most, the strongest first.
        dead: Units that never change.
        cases: Cases with an image that both models read.
    """

    place: Place
    words: tuple[str, ...]
    scores: Float[np.ndarray, "d c"]
    limit: float
    top: Int64[np.ndarray, "d t"]
    dead: tuple[int, ...]
    cases: int

    @property
    def named(self) -> dict[int, str]:
        """Unit -> its word, where its score is beyond the limit."""
        best = self.scores.argmax(axis=1)
        beyond = self.scores.max(axis=1) > self.limit
        return {int(unit): self.words[best[unit]] for unit in np.flatnonzero(beyond) if unit not in self.dead}

    def profile(self) -> Float[np.ndarray, " c"]:
        """Part of the named units that each word names; even where none is named."""
        counts = np.array([list(self.named.values()).count(word) for word in self.words], dtype=float)
        return counts / counts.sum() if counts.sum() else np.full(len(self.words), 1 / len(self.words))


def name_units(
    subject: Any,
    space: JointlyEmbeds,
    cases: Cases[Any],
    words: Sequence[str],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[NamedUnits]:
    """Units of every place with at least ten images, named by words (CLIP-Dissect's SoftWPMI).

    Args:
        subject: Shows its levels.
        space: Puts words and the cases' images into one space.
        words: Words to name units by.
        seed: Seed of the shuffles.
    """
    images, texts = space.image_vectors(cases), space.text_vectors(list(words))
    cosines = images @ texts.T  # (n, c), NaN without an image
    made = []
    with pool_levels(subject, cases, progress=progress) as pooled:
        for place in pooled.places:
            rows = np.flatnonzero(pooled.present[place] & np.isfinite(cosines).all(axis=1))
            if len(rows) >= _FEWEST:
                groups = [cases.groups[row] for row in rows.tolist()]
                responses = pooled.read(place)[rows]
                found = _named(place, tuple(words), cosines[rows], responses, groups=groups, seed=seed)
                made.append(replace(found, top=rows[found.top]))
    return made


def best_named(named: Sequence[NamedUnits], *, most: int = 3) -> list[ShownUnit]:
    """Units of the modalities that are furthest beyond the limit, one for each word."""
    units = [
        (float(one.scores[unit].max()) - one.limit, ShownUnit(one.place, unit, word, one.top[unit].tolist()))
        for one in named
        if one.place[0] != FUSED
        for unit, word in one.named.items()
    ]
    first: dict[str, ShownUnit] = {}
    for _, shown in sorted(units, key=lambda pair: -pair[0]):
        first.setdefault(shown.concept, shown)
    return list(first.values())[:most]


def about_words(named: Sequence[NamedUnits]) -> Mapping[str, Any]:
    """Choices of the method."""
    return {"words": list(named[0].words) if named else [], "units named by chance": _LEVEL}


def chance_named(one: NamedUnits) -> float:
    """Units that would be named where images have nothing to do with them."""
    return _LEVEL * len(one.scores)


def _named(
    place: Place,
    words: tuple[str, ...],
    cosines: np.ndarray,
    responses: np.ndarray,
    *,
    groups: Sequence[str],
    seed: int,
) -> NamedUnits:
    rng = np.random.default_rng(seed)
    top = min(_TOP, len(responses) // _PART)
    shuffled = [soft_wpmi(cosines[shuffle_groups(groups, rng)], responses, top=top) for _ in range(_SHUFFLES)]
    limit = float(np.quantile([scores.max(axis=1) for scores in shuffled], 1 - _LEVEL))
    strongest = np.argsort(-responses, axis=0, kind="stable")[:_SHOWN].T
    dead = tuple(np.flatnonzero(np.ptp(responses, axis=0) == 0).tolist())
    return NamedUnits(place, words, soft_wpmi(cosines, responses, top=top), limit, strongest, dead, len(responses))
