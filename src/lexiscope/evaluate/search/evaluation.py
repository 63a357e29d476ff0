"""`SearchEvaluation`: retrieval in both directions."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass


class SearchOptions(Settings):
    """Queries to search with.

    Args:
        queries: File of queries, JSON lines {"query": "...", "cases": ["id"]} or TREC qrels: measures exactly what
            `lexiscope search` finds among the cases of the split, with each leg alone beside it. Without it the split's
            own texts and images look for each other.
        topics: Words of the topics where the queries are TREC qrels, lines topic<TAB>words; NAME.topics.tsv beside
            NAME.qrels when left out.
    """

    queries: Path | None = None
    topics: Path | None = None


class SearchEvaluation:
    """Measure how well images and texts find each other, or how well `search` answers a file of queries."""

    name: ClassVar[str] = "search"
    Options: ClassVar[SettingsClass] = SearchOptions
    sections: ClassVar[Mapping[str, str]] = {
        "by_text_column": "Text column -> the same metrics for its texts alone.",
        "legs": "With --queries: each leg of the search alone (image, wording, words) -> the same metrics.",
        "reranked": "With --queries: the same metrics when the first 50 hits are read again word by word.",
    }
    near_spared: ClassVar[float] = 0.0
    rule: ClassVar[str] = (
        "A text finds its image among all images of the split, an image finds its text among all texts of the same "
        "column. Items whose text reads the same (case, spacing and punctuation aside) answer a query equally. "
        "Exact ties count half. With --queries: a query finds its cases among those of the split; recall@k is the "
        "share of queries with a relevant case among the first k hits. Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: SearchOptions) -> OpenEvaluation:
        """Load the joint space, or read the queries."""
        if options.queries is not None:
            from lexiscope.evaluate.search.ranking import OpenRanking

            return OpenRanking.open(context, options.queries, options.topics)
        from lexiscope.evaluate.search.evaluate import OpenSearch

        return OpenSearch.open(context)
