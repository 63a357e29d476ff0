"""`SegmentEvaluation`: structures outlined by a sentence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lexiscope.core.settings import Flag, Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass

NEAR_SPARED = 0.05


class SegmentOptions(Settings):
    """Choices of the evaluation of segmentation.

    Args:
        sentence: Sentence to ask with: "name", the structure's plain name, or "own", the case's instruction where it
            has one.
        foreign: Structures of other examinations that each case is asked for, to count false positives, and half as
            many that training never asked for either.
        tolerance: Distance within which borders count as equal, in the unit of the images, or in pixels.
        without: Also measure with each modality left out, one at a time.
        subsets: Also measure with every set of the modalities; of more than four, with each alone, each left out and
            all.
        probes: Also ask in other words: what each author wrote, nothing, another case's instruction, other names,
            wordings that training never used, and instructions with parts left out or places changed.
        against: Another model with a segmenter, measured on the same cases; the difference is paired.
        limit: Measure so many cases, evenly taken; all when left out.
    """

    sentence: Literal["name", "own"] = "name"
    foreign: int = Field(default=4, ge=0)
    tolerance: float = Field(default=2.0, gt=0)
    without: Annotated[bool, Flag("--without/--all-modalities")] = True
    subsets: Annotated[bool, Flag("--subsets/--no-subsets")] = False
    probes: Annotated[bool, Flag("--probes/--no-probes")] = False
    against: Path | None = None
    limit: int | None = Field(default=None, ge=1)


class SegmentEvaluation:
    """Measure masks of structures: overlap and borders, false positives, and each modality left out."""

    name: ClassVar[str] = "segment"
    Options: ClassVar[SettingsClass] = SegmentOptions
    sections: ClassVar[Mapping[str, str]] = {
        "without": "Modality -> mean DSC when it is hidden, nothing being fitted again; cases without another do not "
        "count.",
        "subsets": "With --subsets: modalities joined by + -> mean DSC when only these are shown, for every set that "
        "is not empty; of more than four modalities, for each alone, each left out and all (a note says so).",
        "sentences": "With --probes: source or wording of the sentence -> mean DSC, and less that of the plain name on "
        "the same cases (less_label_name): label-name; none, the zero vector; each author of instructions; shuffled, "
        "what was written about another group's case; wrong structure; unseen wording, never used in training; and an "
        "author's instruction with a sentence left out, with places turned round, or growing sentence by sentence "
        "(ladder).",
        "wrong_name": "With --probes: structure -> name of something else -> DSC of its mask with the structure; "
        "worst, the largest.",
        "unseen_wording": "With --probes: structure -> wording that training never used -> DSC less that of the plain "
        "name; worst, the most that is lost.",
        "parameters": "Parameters of the segmenter: trainable, and total with frozen towers.",
        "cost": "Mean processor seconds a case, all of its sentences together, the largest memory of the process, and "
        "both of each case.",
        "false_positives": "Kind of absent structure -> share of sentences with more than 0.1 % painted: annotated, "
        "which somebody searched for in vain; foreign, of other examinations; unseen foreign, which training never "
        "asked for.",
        "by_case": "Case -> structure -> DSC.",
        "unit": "Unit of the distances: mm, nm or px.",
    }
    near_spared: ClassVar[float] = NEAR_SPARED
    rule: ClassVar[str] = (
        "DSC, IoU, HD95 and NSD of each structure in each case that has it, at full resolution on the grid of its "
        "mask; means over the cases of a group first, then over groups. group_dsc takes all voxels of a group "
        "together, as of one volume, where its cases are slices. mean_dsc is the mean over structures. An empty "
        "mask of what is there has DSC 0 and the image's diagonal as distance; cases without the structure count for "
        "the rate of false positives alone: the share of sentences about absent structures, annotated as absent or "
        "foreign to the examination, whose mask covers more than 0.1 % of the image. Chance is painting everything. "
        "The baseline other_sentence is asked for another structure, other_model is the one named by --against. "
        "Intervals: 95 % bootstrap over groups; differences are paired by case."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: SegmentOptions) -> OpenEvaluation:
        """Load the segmenter."""
        from lexiscope.evaluate.segment.evaluate import OpenSegment

        return OpenSegment.open(context, options)
