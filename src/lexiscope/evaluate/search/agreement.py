"""Does a search in words find what the words say? Cases found are compared with the query's case by attributes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from lexiscope.core.case import Case, Scalar
from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.statistics import RESAMPLES, bootstrap_by_group
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_cases, embed_texts

_MOST_VALUES = 12  # an attribute with more values than this is a name or a measurement, not a category
_COVERED = 0.8  # share of the cases that must have it


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
) -> dict[str, Any]:
    """Search with every text of a split among the images of the other groups; how many of the first k are alike?

    Unlike recall, which asks for the one image a text was written for, this asks whether what is found shows the same
    thing. The query's own patient or paper is left out, so nothing is found by recognising it.

    Args:
        attributes: Which to compare; None takes every attribute of words with few values.
        k: Cases found per query; fewer where the other groups have fewer.

    Returns:
        JSON types: task, split, n, k and metrics {"same NAME": {"value", "low", "high", "chance"}}; chance is the share
        of the other groups' cases that are alike.

    Raises:
        EvaluationError: the split has no two groups with image, text and a categorical attribute.
        ModelError: the model has no joint space.
    """
    cases = [case for case in corpus.cases(split=split) if case.images and case.texts]
    names = list(attributes) if attributes is not None else categorical_attributes(cases)
    if len({case.group for case in cases}) < 2 or not names:
        came = f"{len(cases)} cases with attributes {names}"
        msg = f"expected two groups with images, texts and attributes of few values in split {split!r}, got {came}"
        raise EvaluationError(f"{msg}; give another split")
    joint = model.joint()
    images = embed_cases(model, corpus, cases, joint=joint, progress=progress)
    rows = [row for row, case in enumerate(cases) for _ in case.texts]
    texts = embed_texts(joint, [text.text for case in cases for text in case.texts])
    scores = texts @ images.T  # (t, n)
    groups = np.array([case.group for case in cases])
    found = {name: _shares(scores, rows, groups, [case.attributes.get(name) for case in cases], k) for name in names}
    metrics = {
        f"same {name}": bootstrap_by_group(values, asked, chance=chance, seed=seed, resamples=resamples).to_dict()
        for name, (values, asked, chance) in found.items()
        if len(values)
    }
    return {"task": "agreement", "split": split, "n": len(cases), "k": k, "metrics": metrics}


def categorical_attributes(cases: Sequence[Case]) -> list[str]:
    """Names of the attributes that sort cases into a few kinds: words, between 2 and 12 of them, rarely absent."""
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


def _shares(
    scores: np.ndarray, rows: Sequence[int], groups: np.ndarray, values: Sequence[Scalar | None], k: int
) -> tuple[np.ndarray, list[str], float]:
    """For each query whose case has the attribute: the share of the first k that are alike; its group; mean chance."""
    truth = np.array([str(value) if value is not None else "" for value in values])
    shares, asked, chances = [], [], []
    for row, score in zip(rows, scores, strict=True):
        others = np.flatnonzero((groups != groups[row]) & (truth != ""))
        if not truth[row] or not len(others):
            continue
        alike = truth[others] == truth[row]
        first = np.argsort(-score[others], kind="stable")[:k]
        shares.append(float(alike[first].mean()))
        chances.append(float(alike.mean()))
        asked.append(str(groups[row]))
    return np.array(shares), asked, float(np.mean(chances)) if chances else 0.0
