"""judges: who says how good an answer is. One interface (`judge.Judge`); what they mark is one `judge.Exhibit` each.

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
