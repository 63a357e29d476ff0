"""core: the nouns that every other room speaks, and what they all need to speak safely.

In: nothing. Out: `Case` and its parts, `Prediction`, the error tree, name tables, run records, safe file writing.
Imports no other room, and no array library: `lexiscope --help` loads this room and little else.
"""

from lexiscope.core.case import Case, Provenance
from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import LexiscopeError
from lexiscope.core.image import Image
from lexiscope.core.passage import PASSAGE_KINDS, Passage
from lexiscope.core.prediction import Evidence, OutOfDistribution, Prediction
from lexiscope.core.turn import Span, Turn

__all__ = [
    "PASSAGE_KINDS",
    "Case",
    "Catalog",
    "Evidence",
    "Image",
    "LexiscopeError",
    "OutOfDistribution",
    "Passage",
    "Prediction",
    "Provenance",
    "Span",
    "Turn",
]
