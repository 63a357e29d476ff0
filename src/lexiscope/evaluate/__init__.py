"""evaluate: what a model is worth, against chance and against what it was trained on.

In: a model directory and a corpus. Out: numbers with chance level, interval by group, data version and seed; or a
refusal, when training and test share what they must not share.
"""

from lexiscope.core.catalog import Catalog

EVALUATIONS = Catalog(
    "evaluation task",
    {
        "answer": "lexiscope.evaluate.answer.evaluate:evaluate_answers",
        "caption": "lexiscope.evaluate.caption.evaluate:evaluate_captions",
        "classify": "lexiscope.evaluate.classify.evaluate:evaluate_classification",
        "interpret": "lexiscope.evaluate.assistant.evaluate:evaluate_assistant",
        "search": "lexiscope.evaluate.search.evaluate:evaluate_search",
    },
)
"""`evaluate --task NAME`: each takes (model, corpus, *, split, accept_leak, seed, progress), with those of its own as
further options, and returns JSON types."""
