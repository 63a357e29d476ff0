"""`choose_captions`: which writer of captions a model uses, weighed on held-out cases by what captions state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.answering.captioning import CaptionPipeline, CaptionWriter, SeenCases
from lexiscope.corpus.wording import normalise, word_overlap
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes
from lexiscope.models.assistant.captions import BASELINES, WRITERS, CaptionChoice

_SURE = 1.96  # standard errors by which a writer must beat the baselines
_RESAMPLES = 200  # of groups, for a standard error


def choose_captions(
    writers: Sequence[CaptionWriter],
    held_out: Sequence[DescribedCase],
    seen: SeenCases,
    *,
    reader: StatedAttributes,
    typical: str,
) -> CaptionChoice:
    """Order of the writers by the share of stated attributes that they get right on held-out cases.

    Where captions state no attribute, by the words that they share with the reference. A writer that looks at the image
    writes where it is better than the nearest case's and the most typical caption by more than the 95 % of chance; else
    the better of these two does, which need no look at it. A few held-out patients tell little apart: of several that
    are so much better, and without held-out cases, the first in the order of `WRITERS` writes that is not worse than
    the best by more than a standard error, a caption whose clauses have evidence before one without (the rule of
    Breiman et al., Classification and Regression Trees, 1984, section 3.4.3).

    Args:
        writers: Writers to choose from, each of them with something to say.
        held_out: Held-out cases with their captions.
        seen: The same cases as the model sees them.
        reader: Attributes that captions are read for.
        typical: Caption that can be given without looking.
    """
    names = [name for name in WRITERS if name in {writer.name for writer in writers}]
    if not held_out:
        return CaptionChoice(tuple(names), typical=typical)
    captions = {writer.name: [one.text for one in CaptionPipeline([writer]).write(seen)] for writer in writers}
    measured = _measured(captions, held_out, reader)
    scores = {name: measured.score(name) for name in names}
    ranked = sorted(names, key=lambda name: -scores[name])
    baselines = [name for name in ranked if name in BASELINES]
    clear = [
        name
        for name in ranked
        if name not in BASELINES and all(measured.is_worse(one, than=name, errors=_SURE) for one in baselines)
    ]
    best = next(iter((*clear, *baselines)), ranked[0])
    first = next(name for name in names if name in (clear or [best]) and not measured.is_worse(name, than=best))
    order = (first, *(name for name in ranked if name != first))
    return CaptionChoice(order, scores, measured.by, len(held_out), typical)


def most_typical(captions: Sequence[str]) -> str:
    """Caption that shares most words with all others: what can be said without looking; empty without any.

    Example:
        >>> most_typical(["A fog.", "A red disc.", "A red square.", "A red ball."])
        'A red disc.'
    """
    texts = list(dict.fromkeys(captions))
    counts: dict[str, int] = {}
    for text in texts:
        for word in set(normalise(text).split()):
            counts[word] = counts.get(word, 0) + 1
    return max(texts, key=lambda text: _commonness(text, counts), default="")


@dataclass(frozen=True)
class _Measured:
    """What each writer's captions are worth, item by item: an attribute that a caption states, or a whole caption.

    Args:
        by: Name of the measure.
        values: Writer -> value of each item.
        attributes: Attribute of each item; all weigh the same.
        groups: Group of each item.
    """

    by: str
    values: Mapping[str, Float[np.ndarray, " n"]]
    attributes: np.ndarray
    groups: np.ndarray

    def score(self, name: str) -> float:
        """Mean over the items of each attribute, and over the attributes."""
        return self._mean(self.values[name], np.ones(len(self.attributes)))

    def is_worse(self, name: str, *, than: str, errors: float = 1.0) -> bool:
        """True where the difference is larger than so many of its standard errors over groups, by bootstrap."""
        difference = self.values[than] - self.values[name]
        rng, owners = np.random.default_rng(0), np.unique(self.groups)
        places = np.searchsorted(owners, self.groups)
        draws = rng.multinomial(len(owners), np.full(len(owners), 1 / len(owners)), size=_RESAMPLES)
        means = [self._mean(difference, weights[places].astype(float)) for weights in draws]
        return self._mean(difference, np.ones(len(places))) > errors * float(np.nanstd(means))

    def _mean(self, values: Float[np.ndarray, " n"], weights: Float[np.ndarray, " n"]) -> float:
        known = [name for name in np.unique(self.attributes) if weights[self.attributes == name].sum()]
        rows = [self.attributes == name for name in known]
        return float(np.mean([np.average(values[row], weights=weights[row]) for row in rows])) if rows else np.nan


def _measured(
    captions: Mapping[str, Sequence[str]], held_out: Sequence[DescribedCase], reader: StatedAttributes
) -> _Measured:
    facts = {name: list(reader.facts(held_out, texts)) for name, texts in captions.items()}
    groups = [one.case.group for one in held_out]
    stated = next(iter(facts.values()))
    if stated:
        values = {name: np.array([fact.right for fact in found], dtype=float) for name, found in facts.items()}
        names, rows = np.array([fact.attribute for fact in stated]), [fact.row for fact in stated]
        return _Measured("attribute_accuracy", values, names, np.array([groups[row] for row in rows]))
    overlaps = {name: _overlaps(texts, held_out) for name, texts in captions.items()}
    return _Measured("word_overlap", overlaps, np.array([""] * len(groups)), np.array(groups))


def _overlaps(captions: Sequence[str], held_out: Sequence[DescribedCase]) -> Float[np.ndarray, " n"]:
    pairs = zip(captions, held_out, strict=True)
    return np.array([max(word_overlap(caption, one) for one in case.references) for caption, case in pairs])


def _commonness(text: str, counts: Mapping[str, int]) -> float:
    words = set(normalise(text).split())
    return sum(counts[word] for word in words) / max(1, len(words))
