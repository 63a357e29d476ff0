"""objectives: what training makes small; one family of losses per file.

In: a batch of `Pairs` (embeddings of images and of texts, and who belongs to whom). Out: named `Loss`es, each with its
chance level. An objective is a module whose forward takes the batch; with several processes it sees the global batch.
"""

from lexiscope.core.catalog import Catalog
from lexiscope.training.objectives.pairs import Loss, Pairs

OBJECTIVES = Catalog(
    "objective",
    {
        "clip": "lexiscope.training.objectives.clip:Clip",
        "siglip": "lexiscope.training.objectives.siglip:Siglip",
    },
)

__all__ = ["OBJECTIVES", "Loss", "Pairs"]
