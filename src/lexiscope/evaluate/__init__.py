"""evaluate: what a model is worth, against chance and against what it was trained on.

In: a model directory and a corpus. Out: a `Report`, whose numbers have chance level, interval by group, data version
and seed; or a refusal, when training and test share what they must not share.
"""

from lexiscope.core.catalog import Catalog

EVALUATIONS = Catalog(
    "evaluation",
    {
        "answer": "lexiscope.evaluate.answer.evaluation:AnswerEvaluation",
        "assistant": "lexiscope.evaluate.assistant.evaluation:AssistantEvaluation",
        "caption": "lexiscope.evaluate.caption.evaluation:CaptionEvaluation",
        "classify": "lexiscope.evaluate.classify.evaluation:ClassifyEvaluation",
        "search": "lexiscope.evaluate.search.evaluation:SearchEvaluation",
        "segment": "lexiscope.evaluate.segment.evaluation:SegmentEvaluation",
    },
)
"""`lexiscope evaluate NAME`: classes with the interface of `evaluation.Evaluation`."""
