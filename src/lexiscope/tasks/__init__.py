"""tasks: from cases and questions to predictions.

In: a model directory and a corpus (or a query). Out: a `Prediction` with the evidence it rests on; for the rooms above
also the bare embeddings of cases and texts.
"""

from lexiscope.core.catalog import Catalog

TASKS = Catalog(
    "task",
    {
        "search": "lexiscope.tasks.search.search:Searcher",
        "classify": "lexiscope.tasks.classify.classify:Classifier",
        "caption": "lexiscope.tasks.caption:Captioner",
        "answer": "lexiscope.tasks.answer:Answerer",
        "segment": "lexiscope.tasks.segment.delineate:Delineator",
    },
)
"""Name -> class of `lexiscope.tasks.task.Task`: each is a verb of the command line."""

__all__ = ["TASKS"]
