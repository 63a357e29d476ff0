"""`weigh_legs`: weights of the legs of a search, chosen on texts of the split "val" that look for their own case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus import Corpus
from lexiscope.index.fulltext import FullText, average_length
from lexiscope.index.legs import LegWeights
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.embed import embed_cases
from lexiscope.tasks.search.wording import wording_vectors

_SPLIT = "val"
_FEWEST, _MOST = 40, 300  # queries
_SURE = 2.0  # standard errors by which other weights must beat the defaults, below which they are noise
_IMAGE, _WORDS, _JOINT = (0.0, 0.15, 0.3, 0.5, 0.8), (0.0, 0.2, 0.4, 0.7, 1.0, 1.5), (0.0, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class LegScores:
    """Scores of every case for every query; row and column of one number belong together.

    Args:
        image: Cosines of queries and images.
        tower: Cosines of queries and what is written, by the text tower alone.
        joint: Cosines of the same two in the joint space.
        words: BM25 sums.
    """

    image: Float[np.ndarray, "q n"]
    tower: Float[np.ndarray, "q n"]
    joint: Float[np.ndarray, "q n"]
    words: Float[np.ndarray, "q n"]


def weigh_legs(model: ModelDirectory, corpus: Corpus, *, joint: JointSpace) -> dict[str, Any]:
    """Weights, and what they were weighed on, as fields of a `Manifest`; the defaults where nothing can be weighed.

    Queries are the last texts of the cases of "val" that have texts of two columns and an image; what is looked for
    is the first. They come from the corpus indexed, or else from the one that the model was aligned on.

    Args:
        model: The model.
        corpus: Corpus that is indexed.
        joint: Joint space of the model.
    """
    for one in (corpus, _trained_on(model)):
        cases = _weighable(one, set(model.views())) if one is not None else []
        if one is not None and len(cases) >= _FEWEST:
            weights = best_weights(_scores(model, one, cases, joint))
            return {
                "weights": weights,
                "weighed_on": {"corpus": one.version, "split": _SPLIT, "queries": len(cases)},
            }
    return {"weights": LegWeights(), "weighed_on": None}


def best_weights(scores: LegScores) -> LegWeights:
    """Weights with the largest mean reciprocal rank; the defaults where nothing beats them by more than chance.

    Example:
        >>> right, nothing = np.eye(3), np.zeros((3, 3))
        >>> best_weights(LegScores(nothing, right, right, nothing)) == LegWeights()
        True
    """
    start = LegWeights()
    candidates = [
        replace(start, image=replace(start.image, weight=image), words=replace(start.words, weight=words), joint=joint)
        for image, words, joint in product(_IMAGE, _WORDS, _JOINT)
    ]
    best = max(candidates, key=lambda weights: float(_reciprocal_ranks(scores, weights).mean()))
    gains = _reciprocal_ranks(scores, best) - _reciprocal_ranks(scores, start)
    error = float(gains.std()) / np.sqrt(len(gains))
    return best if gains.mean() > _SURE * error else start


def _reciprocal_ranks(scores: LegScores, weights: LegWeights) -> Float[np.ndarray, " q"]:
    wording = (1 - weights.joint) * scores.tower + weights.joint * scores.joint
    best = scores.words.max(axis=1, keepdims=True)
    certain = np.vectorize(weights.words.weight_at, otypes=[float])(best)
    total = (
        weights.image.weight * scores.image
        + weights.wording.weight * wording
        + certain * scores.words / np.maximum(best, 1e-9)
    )
    own = np.diag(total)[:, None]
    ranks = 1 + (total > own).sum(axis=1) + ((total == own).sum(axis=1) - 1) / 2
    return 1 / ranks


def _trained_on(model: ModelDirectory) -> Corpus | None:
    try:
        return Corpus.open(model.record()["trained_on"]["path"])
    except (LexiscopeError, KeyError, TypeError):
        return None


def _weighable(corpus: Corpus, modalities: set[str]) -> list[Case]:
    cases = (case for case in corpus.cases(_SPLIT) if len({text.source for text in case.statements}) > 1)
    return [case for case in cases if case.images.keys() & modalities][:_MOST]


def _scores(model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], joint: JointSpace) -> LegScores:
    targets, queries = [case.statements[0].text for case in cases], [case.statements[-1].text for case in cases]
    images = embed_cases(model, corpus, cases, joint=joint)
    asked, written, width = wording_vectors(joint, queries), wording_vectors(joint, targets), joint.width
    return LegScores(
        image=asked[:, -width:] @ images.T,
        tower=asked[:, :-width] @ written[:, :-width].T,
        joint=asked[:, -width:] @ written[:, -width:].T,
        words=_exact_words(queries, targets),
    )


def _exact_words(queries: Sequence[str], targets: Sequence[str]) -> Float[np.ndarray, "q n"]:
    """BM25 sums, (queries, targets)."""
    fulltext = FullText(average_length(targets))
    documents = [dict(zip(text.indices, text.values, strict=True)) for text in map(fulltext.document, targets)]
    having: dict[int, int] = {}
    for document in documents:
        for word in document:
            having[word] = having.get(word, 0) + 1
    n = len(documents)
    rarity = {word: np.log(1 + (n - count + 0.5) / (count + 0.5)) for word, count in having.items()}
    return np.array(
        [[_match(query, document, rarity) for document in documents] for query in map(fulltext.query, queries)]
    )


def _match(query: Any, document: dict[int, float], rarity: dict[int, float]) -> float:
    return sum(document[word] * rarity[word] for word in query.indices if word in document)
