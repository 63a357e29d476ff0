"""`SearchEvaluation`: retrieval in both directions."""

from collections.abc import Mapping
from typing import ClassVar

from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass


class SearchOptions(Settings):
    """Search has no options of its own."""


class SearchEvaluation:
    """Measure how well images and texts find each other, over all texts and by text column."""

    name: ClassVar[str] = "search"
    Options: ClassVar[SettingsClass] = SearchOptions
    sections: ClassVar[Mapping[str, str]] = {
        "by_text_column": "Text column -> the same metrics for its texts alone.",
    }
    near_spared: ClassVar[float] = 0.0
    rule: ClassVar[str] = (
        "A text finds its image among all images of the split, an image finds its text among all texts of the same "
        "column. Items whose text reads the same (case, spacing and punctuation aside) answer a query equally. "
        "Exact ties count half. Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: SearchOptions) -> OpenEvaluation:
        """Load the joint space; nothing else is needed."""
        del options
        from lexiscope.evaluate.search.evaluate import OpenSearch

        return OpenSearch.open(context)
