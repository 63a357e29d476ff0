"""Search measured: images that find their words, words that find their image, on one split of a corpus."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.passage import Passage
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.retrieval import (
    average_precision,
    chance_average_precision,
    chance_first_rank,
    chance_recall_at,
    first_rank,
    recall_at,
    relevant_ranks,
)
from lexiscope.evaluate.statistics import Estimate
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.embed import embed_cases, embed_texts, require_readable

_CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class SearchItems:
    """Cases that are searched, and the texts that they are searched with.

    Args:
        cases: Cases with an image that the model reads and a text that training does not have.
        known_texts: Normalised words of the texts that training also has.
    """

    cases: Sequence[Case]
    known_texts: Set[str]

    @property
    def columns(self) -> list[str]:
        """Text columns, in the order in which they are met."""
        return list(dict.fromkeys(text.source for case in self.cases for text in case.statements))


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Texts of one column.

    Args:
        rows: Row of the case that each text describes.
        vectors: Embedding of each text.
        keys: Words of each text without case and punctuation.
    """

    rows: Int64[np.ndarray, " t"]
    vectors: Float[np.ndarray, "t d"]
    keys: tuple[str, ...]

    @classmethod
    def joined(cls, columns: Sequence["TextVectors"]) -> "TextVectors":
        """All texts of several columns."""
        return cls(
            np.concatenate([column.rows for column in columns]),
            np.concatenate([column.vectors for column in columns]),
            tuple(key for column in columns for key in column.keys),
        )


@dataclass(frozen=True, slots=True)
class Embedded:
    """Images and texts of the items, embedded.

    Args:
        images: Embedding of each case's images.
        texts: Text column -> its texts.
    """

    images: Float[np.ndarray, "n d"]
    texts: Mapping[str, TextVectors]


@dataclass(frozen=True, slots=True)
class OpenSearch:
    """Search, ready to be measured. Use `OpenSearch.open`."""

    context: EvaluationContext
    joint: JointSpace

    @classmethod
    def open(cls, context: EvaluationContext) -> "OpenSearch":
        """Load the joint space of a model that reads the corpus."""
        require_readable(context.model, context.corpus)
        return cls(context, context.model.joint())

    @property
    def learned_from(self) -> None:
        """Nothing but what towers and joint space learned from."""

    def items(self, measured: MeasuredSplit) -> SearchItems:
        """Cases with an image that the model reads and a text that training does not have."""
        modalities, known = self.context.model.views().keys(), measured.known_texts
        cases = [case for case in measured.cases() if case.images.keys() & modalities and _unknown(case, known)]
        if not cases:
            raise _nothing_to_search(measured)
        return SearchItems(cases, known)

    def answers(self, items: SearchItems) -> Embedded:
        """Embed the images of the cases, and the texts column by column."""
        run = self.context
        images = embed_cases(run.model, run.corpus, items.cases, joint=self.joint, progress=run.progress)
        return Embedded(images, {column: self._texts(items, column) for column in items.columns})

    def baselines(self, items: SearchItems, answers: Embedded) -> dict[str, Embedded]:
        """None: chance is known exactly."""
        del items, answers
        return {}

    def measure(self, items: SearchItems, answers: Embedded, baselines: Mapping[str, Embedded]) -> Measurements:
        """Recall, median rank and mean average precision in both directions."""
        del baselines
        groups = [case.group for case in items.cases]
        measure = SearchMeasure(answers.images, groups, self.context.seed, self.context.resamples)
        return Measurements.about(
            items.cases,
            measure.both(TextVectors.joined(list(answers.texts.values()))),
            sections={"by_text_column": {column: measure.both(texts) for column, texts in answers.texts.items()}},
        )

    def _texts(self, items: SearchItems, column: str) -> TextVectors:
        texts = [
            (row, text.text)
            for row, case in enumerate(items.cases)
            for text in _unknown(case, items.known_texts)
            if text.source == column
        ]
        vectors = embed_texts(self.joint, [text for _, text in texts])
        return TextVectors(np.array([row for row, _ in texts]), vectors, tuple(normalise(text) for _, text in texts))


@dataclass(frozen=True, slots=True)
class SearchMeasure:
    """Metrics of both directions of search among the same images.

    Args:
        images: Embedding of each case's images.
        groups: Group of each case.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
    """

    images: Float[np.ndarray, "n d"]
    groups: Sequence[str]
    seed: int
    resamples: int

    def both(self, texts: TextVectors) -> dict[str, dict[str, Estimate]]:
        """Metrics of texts that look for their image, and of images that look for their text."""
        return {"text_to_image": self._text_to_image(texts), "image_to_text": self._image_to_text(texts)}

    def _text_to_image(self, texts: TextVectors) -> dict[str, Estimate]:
        rows_of = _rows_by_key(texts.keys, texts.rows)
        relevant = [rows_of[key] for key in texts.keys]
        return self._metrics(texts.vectors, self.images, relevant, [self.groups[row] for row in texts.rows])

    def _image_to_text(self, texts: TextVectors) -> dict[str, Estimate]:
        alike = _rows_by_key(texts.keys, np.arange(len(texts.keys)))
        queries = np.unique(texts.rows)
        relevant = [
            np.unique(np.concatenate([alike[texts.keys[t]] for t in np.flatnonzero(texts.rows == row)]))
            for row in queries
        ]
        return self._metrics(self.images[queries], texts.vectors, relevant, [self.groups[row] for row in queries])

    def _metrics(
        self,
        queries: Float[np.ndarray, "q d"],
        gallery: Float[np.ndarray, "n d"],
        relevant: list[np.ndarray],
        groups: list[str],
    ) -> dict[str, Estimate]:
        measure = Measure(groups, self.seed, self.resamples)
        ranks = relevant_ranks(queries, gallery, relevant)
        counts, n = np.array([len(rows) for rows in relevant]), len(gallery)
        firsts = first_rank(ranks)
        recalls = {
            f"recall@{k}": measure.mean(recall_at(ranks, k), chance=chance_recall_at(counts, n, k)) for k in _CUTOFFS
        }
        return {
            **recalls,
            "median_rank": measure.of(lambda rows: float(np.median(firsts[rows])), chance=chance_first_rank(counts, n)),
            "mAP": measure.mean(average_precision(ranks), chance=chance_average_precision(counts, n)),
        }


def _unknown(case: Case, known_texts: Set[str]) -> list[Passage]:
    """Passages that may be measured with: those whose words training does not have."""
    return [text for text in case.statements if normalise(text.text) not in known_texts]


def _nothing_to_search(measured: MeasuredSplit) -> EvaluationError:
    names = sorted({row["split"] for row in measured.corpus.rows(columns=["split"])} - {None})
    has = ", ".join(names) or "no splits"
    msg = f"expected cases with image and text in split {measured.split!r}, found none; this corpus has {has}"
    split = f"split it with: lexiscope corpus split {measured.corpus.path}"
    return EvaluationError(f"{msg}; name one with --split, or {split}")


def _rows_by_key(keys: Sequence[str], rows: np.ndarray) -> dict[str, np.ndarray]:
    places: dict[str, list[int]] = {}
    for key, row in zip(keys, rows, strict=True):
        places.setdefault(key, []).append(int(row))
    return {key: np.unique(members) for key, members in places.items()}
