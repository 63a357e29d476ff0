"""training: a corpus and towers in, a model directory out; one loop for every stage.

In: a corpus, views and models. Out: trained parts in a model directory, with the log, the resolved configuration and
the checkpoints of the run beside them. `STAGES` names the steps by which a model grows, and `stage` runs any of them;
the losses are in `objectives/`, the loop that all of them share (schedule, clipping, resume) in `loop/`.

Read in this order: `stage` (what every run does), then a stage: `align/`, `pretrain/` or `instruct/`.
"""

from lexiscope.core.catalog import Catalog

STAGES = Catalog(
    "stage",
    {
        "pretrain-image": "lexiscope.training.pretrain.pretrain:PretrainImage",
        "pretrain-text": "lexiscope.training.pretrain.pretrain:PretrainText",
        "align": "lexiscope.training.align.align:Align",
        "instruct": "lexiscope.training.instruct.instruct:Instruct",
        "segment": "lexiscope.training.segment.segment:Segment",
    },
)
