"""`ClassifyEvaluation`: an attribute told from images."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from lexiscope.core.settings import Flag, Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass
from lexiscope.tasks.options import LearnedFrom


class ClassifyOptions(Settings):
    """Choices of the evaluation of classification.

    Args:
        attribute: Attribute to predict; `lexiscope corpus info` lists the names.
        learned_from: Corpus to learn from, in place of the one that the model was trained on.
        prompts: VALUE=WORDING, how to say a class in words. Repeatable.
        min_groups: Values that fewer groups than this have, in training, become one class, "other".
        mirror: See images also mirrored; left out, this is done where no text or attribute tells the sides.
        seeds: Fit with so many seeds, from the seed on, and give the mean and each.
    """

    attribute: str
    learned_from: LearnedFrom = None
    prompts: Annotated[dict[str, tuple[str, ...]], Flag("--prompt")] = Field(default_factory=dict)
    min_groups: int = Field(default=0, ge=0)
    mirror: Annotated[bool | None, Flag("--mirror/--sides")] = None
    seeds: int = Field(default=1, ge=1)


class ClassifyEvaluation:
    """Measure how well the values of an attribute are told from images, beside what needs no image."""

    name: ClassVar[str] = "classify"
    Options: ClassVar[SettingsClass] = ClassifyOptions
    sections: ClassVar[Mapping[str, str]] = {
        "attribute": "Attribute that was predicted.",
        "values": "Classes, in their order.",
        "collapsed": "Values that were too rare and count as the class 'other'.",
        "by_seed": "Balanced accuracy for each seed, where there are several.",
        "fusion": "Image, text and attributes together against each alone: share of cases known, gain, verdict.",
        "opinions": "Fused and each modality -> cases, mean uncertainty and balanced accuracy of that opinion alone.",
        "without": "Modality -> metrics when no measured case has it, nothing being fitted again.",
        "few_shot": "Number of cases of each class -> balanced accuracy, the mean over draws.",
        "wordings": "Class -> its wordings as prompts.",
        "probe": "Strength, temperature and cross-validation of the probe.",
        "texts": "Number of passages, of different ones, and of those that state the attribute and were held back.",
        "fitted_on": "Corpus, version, split and number of cases that classifiers learned from.",
    }
    near_spared: ClassVar[float] = 0.05
    rule: ClassVar[str] = (
        "Probes are fitted on the cases learned from, their strength by grouped cross-validation there; temperatures "
        "on that corpus's split 'val'. Classes weigh the same. The baseline shuffled_labels learns with the label of a "
        "case of another group. Near-duplicates of images learned from are left out when they are at most 5 % of the "
        "measured cases. Text that states the attribute reaches no classifier. Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: ClassifyOptions) -> OpenEvaluation:
        """Read what the classifiers learn from."""
        from lexiscope.evaluate.classify.evaluate import OpenClassify

        return OpenClassify.open(context, options)
