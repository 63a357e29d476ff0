"""judges: those who say how good an answer is.

In: one `judge.JudgedAnswer` each. Out: its `judge.JudgeScore`. One interface, `judge.Judge`.

"sheet" is no name here: people fill a CSV file in their own time, see `judges.sheet`.
"""

from lexiscope.core.catalog import Catalog

JUDGES = Catalog(
    "judge",
    {
        "rules": "lexiscope.evaluate.judges.rules:open_rules",
        "local": "lexiscope.evaluate.judges.model:open_local",
        "endpoint": "lexiscope.evaluate.judges.model:open_endpoint",
    },
)
"""`evaluate --judge NAME`: each takes a `choose.JudgeOptions` and returns a `judge.Judge`."""
