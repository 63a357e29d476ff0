"""adapters: models behind the protocols of `interpret.subject`.

In: a model directory and a split of a corpus, or any torch module. Out: subjects, each with the cases that it is
interpreted on. A line of `ADAPTERS` is a function `open_subjects(model, corpus, split, *, seed)` that gives a list of
(subject, cases): one for each thing that a model of the kind is asked for, none where the model lacks the part. A kind
that can be asked for a single thing also takes `target`, its name; one that draws what it is asked takes `only`, ids of
the cases that somebody names, and `limit`, the most to draw. A module of your own needs no line: `adapters.module`
wraps it.
"""

from lexiscope.core.catalog import Catalog

ADAPTERS = Catalog(
    "interpreted part",
    {
        "joint": "lexiscope.interpret.adapters.joint:joint_subjects",
        "classifier": "lexiscope.interpret.adapters.classifier:classifier_subjects",
        "assistant": "lexiscope.interpret.adapters.assistant:assistant_subjects",
        "segmenter": "lexiscope.interpret.adapters.segmenter:segmenter_subjects",
    },
)
