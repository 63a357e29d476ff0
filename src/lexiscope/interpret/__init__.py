"""What each modality and the text contribute, how they work together, and when not to believe it.

In: a trained model behind the protocols of `interpret.subject`, and the cases it is interpreted on. Out: a `Result` for
each method, with its table, its plot, what it assumes and what it cannot tell; together one report.

A method is a function `method(subject, cases, *, seed=0, progress=None) -> Result`. One that takes `cached` is given a
`CachedSubject`, which knows what other methods asked; one that takes `results`, as `advice`, the results of the others.
"""

from lexiscope.core.catalog import Catalog

MOST_CASES = 32  # of each part, where nobody says how many: every subset of the inputs is asked about each of them

METHODS = Catalog(
    "interpretation method",
    {
        "contribution": "lexiscope.interpret.contribution:contribution",
        "interaction": "lexiscope.interpret.interaction:interaction",
        "uncertainty": "lexiscope.interpret.uncertainty.method:uncertainty",
        "saliency": "lexiscope.interpret.saliency:saliency",
        "semantics": "lexiscope.interpret.semantics.semantics:semantics",
        "similarity": "lexiscope.interpret.similarity.similarity:similarity",
        "evolution": "lexiscope.interpret.evolution.evolution:evolution",
        "advice": "lexiscope.interpret.advice:advice",  # the last: it reads the others
    },
)
