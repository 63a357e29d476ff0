"""`SegmentEvaluation`: structures outlined by a sentence."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lexiscope.core.settings import Flag, Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass


class SegmentOptions(Settings):
    """Choices of the evaluation of segmentation.

    Args:
        sentence: Sentence to ask with: "name", the structure's plain name, or "own", the case's instruction where it
            has one.
        foreign: Structures of other examinations that each case is asked for, to count false positives.
        tolerance: Distance within which borders count as equal, in the unit of the images, or in pixels.
        without: Also measure with each modality left out, one at a time.
        limit: Measure so many cases, evenly taken; all when left out.
    """

    sentence: Literal["name", "own"] = "name"
    foreign: int = Field(default=4, ge=0)
    tolerance: float = Field(default=2.0, gt=0)
    without: Annotated[bool, Flag("--without/--all-modalities")] = True
    limit: int | None = Field(default=None, ge=1)


class SegmentEvaluation:
    """Measure masks of structures: overlap and borders, false positives, and each modality left out."""

    name: ClassVar[str] = "segment"
    Options: ClassVar[SettingsClass] = SegmentOptions
    sections: ClassVar[Mapping[str, str]] = {
        "without": "Modality -> mean DSC when no measured case has it, nothing being fitted again.",
        "parameters": "Parameters of the segmenter: trainable, and total with frozen towers.",
        "cost": "Mean processor seconds a case, all of its sentences together, and the largest memory of the process.",
        "false_positives": "Kind of absent structure -> share of sentences with more than 0.1 % painted.",
        "by_case": "Case -> structure -> DSC.",
        "unit": "Unit of the distances: mm, nm or px.",
    }
    near_spared: ClassVar[float] = 0.05
    rule: ClassVar[str] = (
        "DSC, IoU, HD95 and NSD of each structure in each case that has it, at full resolution on the grid of its "
        "mask; means over the cases of a group first, then over groups. mean_dsc is the mean over structures. An empty "
        "mask of what is there has DSC 0 and the image's diagonal as distance; cases without the structure count for "
        "the rate of false positives alone: the share of sentences about absent structures, annotated as absent or "
        "foreign to the examination, whose mask covers more than 0.1 % of the image. Chance is painting everything. "
        "The baseline other_sentence is asked for another structure. Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: SegmentOptions) -> OpenEvaluation:
        """Load the segmenter."""
        from lexiscope.evaluate.segment.evaluate import OpenSegment

        return OpenSegment.open(context, options)
