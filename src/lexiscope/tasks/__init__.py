"""tasks: from cases and questions to predictions.

In: a model directory and a corpus (or a query). Out: `list[Prediction]`, each with the evidence it rests on; for the
rooms above also the bare embeddings of cases and texts.
"""

from lexiscope.core.catalog import Catalog

TASKS = Catalog(
    "task", {"classify": "lexiscope.tasks.classify.classify:classify", "search": "lexiscope.tasks.search.search:search"}
)

__all__ = ["TASKS"]
