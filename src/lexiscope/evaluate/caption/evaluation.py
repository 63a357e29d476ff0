"""`CaptionEvaluation`: descriptions of images."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass


class CaptionOptions(Settings):
    """Choices of the evaluation of captions.

    Args:
        max_tokens: Longest caption that the language model decodes, in its tokens.
    """

    max_tokens: int = Field(default=96, ge=1)


class CaptionEvaluation:
    """Measure descriptions of images: likeness to reference captions, and the facts that are stated."""

    name: ClassVar[str] = "caption"
    Options: ClassVar[SettingsClass] = CaptionOptions
    sections: ClassVar[Mapping[str, str]] = {
        "by_attribute": "Attribute -> share of the captions that state its true value, where a reference does.",
        "by_writer": "Writer -> number of the captions that it wrote.",
        "abstained": "Number of the captions that say that they cannot tell.",
        "examples": "Some captions beside their references.",
        "weighed": "Writer -> its score on held-out cases, by which the default was chosen; empty without any.",
        "taught_with_seed": "Seed that the assistant was trained with.",
    }
    near_spared: ClassVar[float] = 0.05
    rule: ClassVar[str] = (
        "Likeness (BLEU-4, ROUGE-L, CIDEr) is to the captions of the same case. Attribute accuracy asks, for each "
        "attribute value that a reference states in words, whether the written caption states it and no other of the "
        "attribute; attributes weigh the same. A value that several attributes have counts for the one that its clause "
        'names, and "no atrophy" states that there is none. Attributes that no image shows, such as age and sex, do '
        "not count. Differences to the nearest case's and the most typical caption are of attribute accuracy, on the "
        "same resampled groups. Chance is a caption of a training case drawn at random. The baseline "
        "shuffled_images sees the image of a case of another group. Captions that training also has are left out, and "
        "near-duplicates of images learned from where they are at most 5 % of the measured cases. "
        "Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: CaptionOptions) -> OpenEvaluation:
        """Load the assistant."""
        from lexiscope.evaluate.caption.evaluate import OpenCaption

        return OpenCaption.open(context, options)
