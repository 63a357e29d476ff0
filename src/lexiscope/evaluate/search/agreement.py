"""Agreement of search with what its words say: cases found are compared with the query's case by attributes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.case import Case, Scalar
from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.statistics import RESAMPLES, Estimate, plain
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_cases, embed_texts

_MOST_VALUES = 12  # an attribute with more values than this is a name or a measurement, not a category
_COVERED = 0.8  # share of the cases that must have it


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of cases found with the query's case.

    Args:
        split: Split that was measured.
        n: Number of cases.
        k: Number of cases found that are compared, per query.
        metrics: "same NAME" -> share of the cases found that have the same value of the attribute; chance is the share
            of the other groups' cases that have it.
    """

    split: str
    n: int
    k: int
    metrics: Mapping[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"task": "agreement", "split": self.split, "n": self.n, "k": self.k, "metrics": plain(self.metrics)}


def attribute_agreement(
    model: ModelDirectory,
    corpus: Corpus,
    *,
    split: str = "test",
    attributes: Sequence[str] | None = None,
    k: int = 5,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> Agreement:
    """Search with every text of a split among the images of the other groups, and count how many found are alike.

    Unlike recall, which asks for the one image a text was written for, this asks whether what is found shows the same
    thing. The query's own patient or paper is left out, so nothing is found by recognising it.

    Args:
        model: Model with a joint space.
        corpus: Corpus whose split is searched.
        split: Split to measure.
        attributes: Attributes to compare; None takes every attribute of words with few values.
        k: Cases found per query; fewer where the other groups have fewer.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
        progress: Called with the number of cases embedded.

    Raises:
        EvaluationError: the split has no two groups with image, text and a categorical attribute.
        ModelError: the model has no joint space.
    """
    cases = [case for case in corpus.cases(split=split) if case.images and case.statements]
    names = list(attributes) if attributes is not None else categorical_attributes(cases)
    groups = [case.group for case in cases]
    if len(set(groups)) < 2 or not names:
        came = f"{len(cases)} cases with attributes {names}"
        msg = f"expected two groups with images, texts and attributes of few values in split {split!r}, got {came}"
        raise EvaluationError(f"{msg}; give another split")
    scores, rows = _text_scores(model, corpus, cases, progress)
    metrics = {}
    for name in names:
        alike = shares_alike(scores, rows, groups, [case.attributes.get(name) for case in cases], k)
        if len(alike.shares):
            measure = Measure(alike.groups, seed, resamples)
            metrics[f"same {name}"] = measure.mean(alike.shares, chance=alike.chance)
    return Agreement(split, len(cases), k, metrics)


def _text_scores(
    model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], progress: Progress | None
) -> tuple[Float[np.ndarray, "t n"], list[int]]:
    """Score of each case's images for each text, and the row of the case that the text is of."""
    joint = model.joint()
    images = embed_cases(model, corpus, cases, joint=joint, progress=progress)
    rows = [row for row, case in enumerate(cases) for _ in case.statements]
    texts = embed_texts(joint, [text.text for case in cases for text in case.statements])
    return texts @ images.T, rows


def categorical_attributes(cases: Sequence[Case]) -> list[str]:
    """Names of the attributes that sort cases into a few kinds: words, between 2 and 12 of them, rarely absent.

    Example:
        >>> from lexiscope.core.case import Provenance
        >>> about = [{"side": "lr"[n % 2], "age": n} for n in range(9)]
        >>> cases = [Case("c", "g", Provenance("by hand"), attributes=attributes) for attributes in about]
        >>> categorical_attributes(cases)
        ['side']
    """
    values: dict[str, list[Scalar]] = defaultdict(list)
    for case in cases:
        for name, value in case.attributes.items():
            values[name].append(value)
    return [
        name
        for name, given in values.items()
        if all(isinstance(value, str) for value in given)
        and 2 <= len(set(given)) <= _MOST_VALUES
        and len(given) >= _COVERED * len(cases)
    ]


@dataclass(frozen=True, slots=True)
class SharesAlike:
    """Queries whose case has an attribute.

    Args:
        shares: Share of the first cases found that have the query's value.
        groups: Group of each query.
        chance: Mean share of the cases searched that have the query's value.
    """

    shares: Float[np.ndarray, " q"]
    groups: Sequence[str]
    chance: float


def shares_alike(
    scores: Float[np.ndarray, "t n"],
    rows: Sequence[int],
    groups: Sequence[str] | np.ndarray,
    values: Sequence[Scalar | None],
    k: int,
) -> SharesAlike:
    """Count, for each query, how many of the first k cases of other groups have its value.

    Args:
        scores: Score of each case for each query.
        rows: Row of each query's own case.
        groups: Group of each case.
        values: Value of the attribute of each case; cases without one are neither queries nor found.
        k: Number of cases found per query.

    Example:
        >>> scores = np.array([[0.9, 0.8, 0.7, 0.1]])
        >>> shares_alike(scores, [0], ["a", "b", "c", "d"], ["x", "x", "y", "y"], 2).shares.tolist()
        [0.5]
    """
    groups, truth = np.array(groups), np.array([str(value) if value is not None else "" for value in values])
    shares, queries, by_chance = [], [], []
    for row, score in zip(rows, scores, strict=True):
        others = np.flatnonzero((groups != groups[row]) & (truth != ""))
        if not truth[row] or not len(others):
            continue
        alike = truth[others] == truth[row]
        first = np.argsort(-score[others], kind="stable")[:k]
        shares.append(float(alike[first].mean()))
        by_chance.append(float(alike.mean()))
        queries.append(str(groups[row]))
    return SharesAlike(np.array(shares), queries, float(np.mean(by_chance)) if by_chance else 0.0)
