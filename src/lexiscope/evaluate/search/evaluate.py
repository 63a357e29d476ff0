"""How well a model finds images by their words and words by their image, on one split of a corpus."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.passage import Passage
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.evaluate.metrics.retrieval import (
    average_precision,
    chance_average_precision,
    chance_first_rank,
    chance_recall_at,
    first_rank,
    recall_at,
    relevant_ranks,
)
from lexiscope.evaluate.statistics import RESAMPLES, Estimate, bootstrap_by_group
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.embed import embed_cases, embed_texts, require_readable

RULE = (
    "A text finds its image among all images of the split, an image finds its text among all texts of the same column. "
    "Items whose text reads the same (case, spacing and punctuation aside) answer a query equally. "
    "Exact ties count half. Intervals: 95 % bootstrap over groups."
)
_CUTOFFS = (1, 5, 10)
Metrics = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one column: the row of the case each describes, its vector, and its words without punctuation."""

    rows: np.ndarray
    vectors: Float[np.ndarray, "t d"]
    keys: tuple[str, ...]


def evaluate_search(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    split: str = "test",
    accept_leak: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure retrieval in both directions, over all texts and by text column.

    Args:
        split: Any split name of the corpus.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        seed: Of the bootstrap.

    Returns:
        JSON types: task, split, n, metrics, by_text_column, audit, and what is needed to repeat it. Each metric is
        {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has no case with both an image and a text.
        LeakageError: training shares a group, an image or a describing text with the split.
        ModelError: the model has no joint space.
        UsageError: the model reads none of the corpus's modalities, or the leak was accepted without a reason.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    audit = leakage_gate(model, corpus, split=split, accept_leak=accept_leak)
    known = frozenset(normalise(text) for text in audit.get("left_out", ()))
    require_readable(model, corpus)
    reads = model.views().keys()
    cases = [case for case in corpus.cases(split=split) if case.images.keys() & reads and _asked(case, known)]
    if not cases:
        names = sorted({row["split"] for row in corpus.rows(columns=["split"])} - {None})
        has = ", ".join(names) or "no splits"
        msg = f"expected cases with image and text in split {split!r}, found none; this corpus has {has}"
        raise EvaluationError(f"{msg}; name one with --split, or split it with: lexiscope corpus split {corpus.path}")
    joint = model.joint()
    images = embed_cases(model, corpus, cases, joint=joint, progress=progress)
    groups = [case.group for case in cases]
    columns = _columns(cases)
    texts = {column: _embed_column(joint, cases, column, known) for column in columns}
    measure = _Measure(images, groups, seed, resamples)
    return {
        "task": "search",
        "split": split,
        "n": len(cases),
        "groups": len(set(groups)),
        "metrics": measure.both(_concatenate(list(texts.values()))),
        "by_text_column": {column: measure.both(texts[column]) for column in columns},
        "audit": audit,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "resamples": resamples,
    }


@dataclass(frozen=True, slots=True)
class _Measure:
    images: Float[np.ndarray, "n d"]
    groups: Sequence[str]
    seed: int
    resamples: int

    def both(self, texts: _Texts) -> dict[str, Metrics]:
        return {"text_to_image": self._text_to_image(texts), "image_to_text": self._image_to_text(texts)}

    def _text_to_image(self, texts: _Texts) -> Metrics:
        rows_of = _rows_by_key(texts.keys, texts.rows)
        relevant = [rows_of[key] for key in texts.keys]
        return self._metrics(texts.vectors, self.images, relevant, [self.groups[row] for row in texts.rows])

    def _image_to_text(self, texts: _Texts) -> Metrics:
        alike = _rows_by_key(texts.keys, np.arange(len(texts.keys)))
        queries = np.unique(texts.rows)
        relevant = [
            np.unique(np.concatenate([alike[texts.keys[t]] for t in np.flatnonzero(texts.rows == row)]))
            for row in queries
        ]
        return self._metrics(self.images[queries], texts.vectors, relevant, [self.groups[row] for row in queries])

    def _metrics(self, queries: Any, gallery: Any, relevant: list[np.ndarray], groups: list[str]) -> Metrics:
        ranks = relevant_ranks(queries, gallery, relevant)
        counts, n = np.array([len(r) for r in relevant]), len(gallery)

        def estimate(values: np.ndarray, chance: float, statistic: Callable[[np.ndarray], float] = np.mean) -> Any:
            measured: Estimate = bootstrap_by_group(
                values, groups, chance=chance, statistic=statistic, seed=self.seed, resamples=self.resamples
            )
            return measured.to_dict()

        recalls = {f"recall@{k}": estimate(recall_at(ranks, k), chance_recall_at(counts, n, k)) for k in _CUTOFFS}
        return {
            **recalls,
            "median_rank": estimate(first_rank(ranks), chance_first_rank(counts, n), np.median),
            "mAP": estimate(average_precision(ranks), chance_average_precision(counts, n)),
        }


def _asked(case: Case, known: Set[str]) -> list[Passage]:
    """The passages that may be measured with: those whose words training does not have."""
    return [text for text in case.texts if normalise(text.text) not in known]


def _columns(cases: Sequence[Case]) -> list[str]:
    return list(dict.fromkeys(text.source for case in cases for text in case.texts))


def _embed_column(joint: JointSpace, cases: Sequence[Case], column: str, known: Set[str]) -> _Texts:
    found = [
        (row, text.text) for row, case in enumerate(cases) for text in _asked(case, known) if text.source == column
    ]
    vectors = embed_texts(joint, [text for _, text in found])
    return _Texts(np.array([row for row, _ in found]), vectors, tuple(normalise(text) for _, text in found))


def _concatenate(columns: Sequence[_Texts]) -> _Texts:
    return _Texts(
        np.concatenate([c.rows for c in columns]),
        np.concatenate([c.vectors for c in columns]),
        tuple(key for c in columns for key in c.keys),
    )


def _rows_by_key(keys: Sequence[str], rows: np.ndarray) -> dict[str, np.ndarray]:
    found: dict[str, list[int]] = {}
    for key, row in zip(keys, rows, strict=True):
        found.setdefault(key, []).append(int(row))
    return {key: np.unique(members) for key, members in found.items()}
