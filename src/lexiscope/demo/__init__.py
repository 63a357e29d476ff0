"""demo: the whole line in one go, on a simulated cohort or on a folder of the user's own.

In: nothing, or a folder that a source reads. Out: a corpus, a model with its index, and `report.html`, which shows what
was found and how far it is above chance. `run` does the steps, `questions` chooses queries, `page` fills the page.
"""

from lexiscope.demo.run import DemoResult, run_demo

__all__ = ["DemoResult", "run_demo"]
