"""`Classifier`: the value of one attribute, with the cases that speak for it; `classify` for one image."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from lexiscope.core.prediction import Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Flag, Settings
from lexiscope.tasks.options import LearnedFrom, Where
from lexiscope.tasks.task import Task, require_input

if TYPE_CHECKING:
    import numpy as np

    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.ood_detector import OodDetector
    from lexiscope.tasks.classify.conformal_classes import ConformalClasses
    from lexiscope.tasks.classify.labelled_cases import LabelledCases
    from lexiscope.tasks.classify.methods import FittedClasses, ReadCase
    from lexiscope.tasks.classify.readouts import Readouts
    from lexiscope.tasks.inputs import Input

Method: TypeAlias = Literal["probe", "prompts", "evidential"]


class ClassifierSettings(Settings):
    """Settings of a classifier: the attribute, and the way its classes are learned, once.

    Args:
        attribute: Name of the attribute to predict.
        learned_from: Corpus to learn from, in place of the one the model was trained on.
        method: "probe" is fitted on labelled cases; "prompts" puts the classes in words; "evidential" combines what
            each modality believes and how little it knows.
        shots: Learn from so many cases of each class only.
        prompts: Value and one way to say it, for the method "prompts"; repeated for more of them.
        min_groups: Values that fewer groups than this have, among the cases learned from, become one, "other".
        mirror: See images also mirrored; when left out, where nothing that is learned from tells left from right.
        seed: Seed of folds and draws.
    """

    attribute: str
    learned_from: LearnedFrom = None
    method: Method = "probe"
    shots: Annotated[int | None, Field(ge=1)] = None
    prompts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    min_groups: Annotated[int, Field(ge=0)] = 0
    mirror: Annotated[bool | None, Flag("--mirror/--sides")] = None
    seed: int = 0


class ClassifyRequest(Settings):
    """Evidence that stands beside the class of one image.

    Args:
        k: Nearest labelled cases to show; never one of the case's own group.
        where: Only evidence from such cases, for example 'attributes.age>=50'. Repeatable.
    """

    k: Annotated[int, Flag("-k"), Field(ge=0)] = 5
    where: Where = ()


def classify(
    model: "ModelDirectory | Path | str",
    image: Path | str,
    *,
    attribute: str,
    corpus: "Corpus | Path | str | None" = None,
    learned_from: "Corpus | Path | str | None" = None,
    method: Method = "probe",
    shots: int | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    where: Sequence[str] = (),
    modality: str | None = None,
    min_groups: int = 0,
    mirror: bool | None = None,
    k: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Say which value of an attribute a case has.

    The case's texts are not read: only its images.

    Args:
        model: A model directory with a joint space.
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        attribute: Name of the attribute to predict.
        corpus: The corpus that holds the case.
        learned_from: Corpus to learn from; the one the model was trained on when None.
        method: "probe" (logistic regression on the features of the image towers), "prompts" (the classes in words) or
            "evidential" (an opinion of each modality present, which may be "I do not know", and their combination).
        shots: Learn from so many cases of each class only.
        prompts: Value -> wordings, for the method "prompts".
        where: Conditions that every case of the evidence satisfies, such as "attributes.age>=50".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        min_groups: Values that fewer groups than this have, among the cases learned from, become one, "other".
        mirror: Let the probe see every image also mirrored; None does so where no text and no attribute that was
            learned from tells left from right.
        k: Nearest cases to give as evidence; never one of the case's own group.
        seed: Seed of folds and draws.
        progress: Called while the labelled cases are read.

    Returns:
        One Prediction. Its value is {"label", "probabilities", "attribute", "method"}; its score the probability of the
        label; its evidence the nearest cases that were learned from, each with its cosine and its own label. With
        "evidential" the value also has "opinions": {"fused" or modality: {"belief": {value: ...}, "uncertainty"}}, and
        the prediction's uncertainty is the fused one: the mass that no value has, 1 when nothing is known. Where the
        corpus that was learned from has cases in "val", the value also has "conformal" (see `ConformalClasses`):
        {"labels", "coverage"}, values one of which is the true one for so many of the cases that are like these, and
        {"held_back", "risk"}, whether to answer would make more than that share of all cases wrong; "groups" is the
        number of held-out ones that it rests on.

    Raises:
        UsageError: an attribute that is no class, or an input that fits no modality.
        SourceError: an image file that cannot be read.
        ModelError: the model has no joint space, or what it was trained on is gone.
    """
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.tasks.inputs import read_input

    learning = {"shots": shots, "prompts": prompts or {}, "min_groups": min_groups, "mirror": mirror, "seed": seed}
    settings = ClassifierSettings.of(
        {"attribute": attribute, "learned_from": learned_from, "method": method, **learning}
    )
    model, request = ModelDirectory.of(model), ClassifyRequest.of({"k": k, "where": where})
    given = read_input(image, views=model.views(), corpus=corpus, modality=modality)
    with Classifier.open(model, settings, progress=progress) as classifier:
        return [classifier.predict(given, request)]


class Classifier(Task[ClassifierSettings, ClassifyRequest]):
    """Say which value of an attribute an image or a case has, with the cases that speak for it.

    Only images are read, never the case's texts. The classes are learned from what the model was trained on.
    """

    name: ClassVar[str] = "classify"
    part: ClassVar[str] = "joint"
    Settings = ClassifierSettings
    Request = ClassifyRequest
    reads_image: ClassVar[bool] = True

    def __init__(
        self,
        settings: ClassifierSettings,
        readouts: "Readouts",
        fitted: "FittedClasses",
        labelled: "LabelledCases",
        conformal: "ConformalClasses | None" = None,
        *,
        ood: "OodDetector | None" = None,
    ) -> None:
        self.settings = settings
        self.readouts = readouts
        self.fitted = fitted
        self.labelled = labelled
        self.conformal = conformal
        self.ood = ood
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: ClassifierSettings | None = None,
        *,
        progress: Progress | None = None,
    ) -> "Classifier":
        """Read the labelled cases and fit the classes to them.

        Raises:
            UsageError: no attribute is named, or it is no class.
            ModelError: the model has no joint space, or what it was trained on is gone.
        """
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.tasks.classify.conformal_classes import ConformalClasses
        from lexiscope.tasks.classify.labelled_cases import LabelledCases
        from lexiscope.tasks.classify.learning_set import read_learning_set
        from lexiscope.tasks.classify.methods import fit_classes
        from lexiscope.tasks.classify.readouts import Readouts
        from lexiscope.tasks.training_part import training_part

        model, settings = ModelDirectory.of(model), settings or ClassifierSettings.of({})
        readouts = Readouts(model.joint(), model.views())
        learning_set = read_learning_set(
            training_part(model, settings.learned_from),
            readouts,
            attribute=settings.attribute,
            min_groups=settings.min_groups,
            mirror=settings.mirror,
            progress=progress,
        )
        fitted = fit_classes(learning_set, readouts, settings)
        held_out = learning_set.calibration
        conformal = ConformalClasses.of(fitted.probabilities(held_out), held_out) if len(held_out.cases) else None
        return cls(
            settings, readouts, fitted, LabelledCases.of(learning_set), conformal, ood=model.ood_detector("joint")
        )

    def predict(
        self,
        given: "Input | None",
        request: ClassifyRequest,
        *,
        progress: Progress | None = None,  # noqa: ARG002 - its steps are of unequal length
    ) -> Prediction:
        """The value of the attribute for one input; see `lexiscope.classify` for its form.

        Raises:
            UsageError: no input.
        """
        from lexiscope.tasks.classify.methods import ReadCase

        given = require_input(given, self)
        with self._lock:
            case = ReadCase.of(given.images, self.readouts)
            classes = self.fitted.classify(case)
            value = {
                "label": classes.label,
                "probabilities": dict(classes.probabilities),
                "attribute": self.settings.attribute,
                "method": self.settings.method,
                **({} if classes.opinions is None else {"opinions": classes.opinions}),
                **({} if self.conformal is None else {"conformal": self.conformal.of_case(classes.probabilities)}),
            }
            return Prediction(
                self.name,
                given.name,
                value,
                score=classes.probabilities[classes.label],
                uncertainty=classes.uncertainty,
                evidence=self.labelled.nearest(case.embedding[0], given, k=request.k, where=request.where),
                out_of_distribution=None if self.ood is None else self.ood.judge(self._branches(case)),
            )

    def _branches(self, case: "ReadCase") -> "dict[str, np.ndarray]":
        """Branch -> its features, NaN where it is missing."""
        return {name: case.features[:, columns] for name, columns in self.readouts.blocks.items()}
