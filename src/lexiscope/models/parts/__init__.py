"""parts: the parts of a model directory, one row of `PARTS` each.

In: modules that were built or trained. Out: a folder that is complete in itself, and a section of the model card.

A new part is one file with a `Part` and one line here. A package outside lexiscope adds one through the entry-point
group `lexiscope.part`.
"""

from lexiscope.core.catalog import Catalog
from lexiscope.models.parts.part import Part

PARTS = Catalog(
    "part",
    {
        "image": "lexiscope.models.parts.image:ImagePart",
        "text": "lexiscope.models.parts.text:TextPart",
        "joint": "lexiscope.models.parts.joint:JointPart",
        "assistant": "lexiscope.models.parts.assistant:AssistantPart",
        "segmenter": "lexiscope.models.parts.segmenter:SegmenterPart",
    },
)


def find_part(name: str) -> Part:
    """The part of a name.

    Raises:
        UsageError: no part of that name.

    Example:
        >>> find_part("joint").command
        'lexiscope train align CORPUS --out {path}'
    """
    part: Part = PARTS.load(name)()
    return part


__all__ = ["PARTS", "Part", "find_part"]
