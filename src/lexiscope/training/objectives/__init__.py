"""objectives: losses that training minimises; one family per file.

In: a batch. For aligning it is `PairedEmbeddings` (embeddings of images and of texts, with keys that say which belong
together); for pretraining the images or the masked words themselves. Out: named `Loss`es, each with its chance level.
An objective is a module whose forward takes the batch; with several processes it sees the global batch. What it
requires of a corpus stands in its `needs`.
"""

from lexiscope.core.catalog import Catalog
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.pairs import PairedEmbeddings

OBJECTIVES = Catalog(
    "objective",
    {
        "clip": "lexiscope.training.objectives.clip:Clip",
        "siglip": "lexiscope.training.objectives.siglip:Siglip",
    },
)
IMAGE_OBJECTIVES = Catalog(
    "image objective",
    {
        "mae": "lexiscope.training.objectives.mae:Mae",
        "simclr": "lexiscope.training.objectives.simclr:SimClr",
        "decur": "lexiscope.training.objectives.decur:DeCur",
        "comm": "lexiscope.training.objectives.comm:Comm",
    },
)
TEXT_OBJECTIVES = Catalog("text objective", {"mlm": "lexiscope.training.objectives.mlm:Mlm"})
LABEL_OBJECTIVES = Catalog("label objective", {"supcon": "lexiscope.training.objectives.supcon:SupCon"})

__all__ = ["IMAGE_OBJECTIVES", "LABEL_OBJECTIVES", "OBJECTIVES", "TEXT_OBJECTIVES", "Loss", "PairedEmbeddings"]
