"""Search measured as it is used: queries of a file go through `Searcher`, all legs together and each leg alone."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.errors import EvaluationError, IndexStoreError
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.retrieval import chance_recall_at
from lexiscope.evaluate.search.queries import JudgedQuery, read_queries
from lexiscope.evaluate.statistics import Estimate
from lexiscope.index.legs import LEGS
from lexiscope.tasks.search.indexing import index_at
from lexiscope.tasks.search.place import IndexPlace
from lexiscope.tasks.search.search import Searcher, SearchRequest

_DEPTH = 50  # hits that are looked through for the right ones; what lies deeper counts as not found


@dataclass(frozen=True, slots=True)
class JudgedItems:
    """Queries, and the cases that are searched.

    Args:
        queries: The queries, with only those relevant cases that are searched.
        groups: Group of the first relevant case of each query.
        n: Number of cases searched.
    """

    queries: Sequence[JudgedQuery]
    groups: Sequence[str]
    n: int


@dataclass(frozen=True, slots=True)
class OpenRanking:
    """Search by a file of queries, ready to be measured.

    Args:
        context: Model, corpus and split.
        queries: File of queries.
        topics: Words of the topics, where the file is TREC's qrels.
    """

    context: EvaluationContext
    queries: Path
    topics: Path | None = None
    _judged: list[JudgedQuery] = field(default_factory=list)

    @classmethod
    def open(cls, context: EvaluationContext, queries: Path, topics: Path | None) -> "OpenRanking":
        """Read the queries."""
        return cls(context, queries, topics, read_queries(queries, topics))

    @property
    def learned_from(self) -> None:
        """Nothing but what towers and joint space learned from."""

    def items(self, measured: MeasuredSplit) -> JudgedItems:
        """Queries with a relevant case in the split."""
        groups = {case.id: case.group for case in measured.cases()}
        known = {row["id"] for row in self.context.corpus.rows(columns=["id"])}
        unknown = next((case for query in self._judged for case in query.relevant if case not in known), None)
        if unknown is not None:
            raise EvaluationError(
                f"{self.queries} names the case {unknown!r}, which the corpus lacks; see: corpus list"
            )
        kept = [
            JudgedQuery(query.words, cases)
            for query in self._judged
            if (cases := {case: grade for case, grade in query.relevant.items() if case in groups})
        ]
        if not kept:
            msg = f"expected queries about cases of split {measured.split!r}, found none in {self.queries}"
            raise EvaluationError(f"{msg}; name the split of their cases with --split")
        return JudgedItems(kept, [groups[next(iter(query.relevant))] for query in kept], len(groups))

    def answers(self, items: JudgedItems) -> dict[str, list[list[str]]]:
        """Name of a way to search -> the cases that it finds for each query, best first."""
        ways: dict[str, dict[str, Any]] = {
            "search": {},
            **{leg: {"legs": (leg,)} for leg in LEGS},
            "reranked": {"rerank": True},
        }
        with ExitStack() as stack:
            searcher = self._searcher(stack)
            return {name: self._found(searcher, items, name, options) for name, options in ways.items()}

    def baselines(self, items: JudgedItems, answers: Mapping[str, Any]) -> dict[str, Any]:
        """None: the legs are sections of the report."""
        del items, answers
        return {}

    def measure(
        self, items: JudgedItems, answers: Mapping[str, list[list[str]]], baselines: Mapping[str, Any]
    ) -> Measurements:
        """Recall, mean reciprocal rank and discounted gain of the search, of each leg, and re-ranked."""
        del baselines
        measured = {name: self._metrics(items, found) for name, found in answers.items()}
        cases = {case for query in items.queries for case in query.relevant}
        return Measurements(
            n=len(items.queries),
            cases=len(cases),
            groups=len(set(items.groups)),
            metrics={"search": measured["search"]},
            sections={"legs": {leg: measured[leg] for leg in LEGS}, "reranked": measured["reranked"]},
            notes=[f"{items.n} cases were searched; of each query the first {_DEPTH} hits count"],
        )

    def _searcher(self, stack: ExitStack) -> Searcher:
        """The model's own index where it holds this corpus, else one that lives as long as the measurement."""
        model, corpus = self.context.model, self.context.corpus
        try:
            opened = Searcher.open(model)
            if opened.corpus_version == corpus.version and opened.holds_wording:
                return stack.enter_context(opened)
            opened.close()
        except IndexStoreError:
            pass
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lexiscope-index-")))
        place = IndexPlace(model, root=root)
        index_at(place, corpus, progress=self.context.progress)
        return stack.enter_context(Searcher.open_at(place))

    def _found(self, searcher: Searcher, items: JudgedItems, name: str, options: Mapping[str, Any]) -> list[list[str]]:
        found = []
        for done, query in enumerate(items.queries, start=1):
            request = SearchRequest.of(
                {"query": query.words, "k": _DEPTH, "where": (f"split={self.context.split}",), **options}
            )
            found.append([hit["case"] for hit in searcher.predict(None, request).value])
            if self.context.progress:
                self.context.progress(done, len(items.queries), f"searching ({name})")
        return found

    def _metrics(self, items: JudgedItems, found: Sequence[Sequence[str]]) -> dict[str, Estimate]:
        measure = Measure(items.groups, self.context.seed, self.context.resamples)
        pairs = list(zip(items.queries, found, strict=True))
        firsts = np.array([first_place(query.relevant, hits) for query, hits in pairs])
        counts = np.array([len(query.relevant) for query in items.queries])
        gains = np.array([discounted_gain(query.relevant, hits, k=10) for query, hits in pairs])
        recalls = {
            f"recall@{k}": measure.mean((firsts <= k).astype(float), chance=chance_recall_at(counts, items.n, k))
            for k in (1, 10)
        }
        return {
            **recalls,
            "mrr": measure.mean(1 / firsts, chance=None),
            "ndcg@10": measure.mean(gains, chance=None),
        }


def first_place(relevant: Mapping[str, float], found: Sequence[str]) -> float:
    """Rank of the first relevant case, from 1; infinite where none was found.

    Example:
        >>> first_place({"b": 1.0}, ["a", "b"]), first_place({"c": 1.0}, ["a", "b"])
        (2.0, inf)
    """
    return next((float(rank) for rank, case in enumerate(found, start=1) if case in relevant), float("inf"))


def discounted_gain(relevant: Mapping[str, float], found: Sequence[str], *, k: int) -> float:
    """Normalised discounted cumulative gain, the grades as gains (Järvelin & Kekäläinen, ACM TOIS 2002).

    Example:
        >>> discounted_gain({"a": 1.0}, ["a", "b"], k=10), round(discounted_gain({"b": 1.0}, ["a", "b"], k=10), 3)
        (1.0, 0.631)
    """
    ideal = _discounted(sorted(relevant.values(), reverse=True)[:k])
    return _discounted([relevant.get(case, 0.0) for case in found[:k]]) / ideal


def _discounted(gains: Sequence[float]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, start=1)))
