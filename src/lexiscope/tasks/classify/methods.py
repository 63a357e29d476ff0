"""`FittedClasses`: one way to tell classes from images, fitted once: by a probe, by prompts or by evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from jaxtyping import Float, Float32

from lexiscope.core.errors import UsageError
from lexiscope.tasks.classify.calibration import probabilities, uncertainty
from lexiscope.tasks.classify.evidential import Evidential, fit_evidential
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.probe import Probe, few_shot, fit_probe
from lexiscope.tasks.classify.prompts import Prompts, zero_shot
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.views import ImageBatch

if TYPE_CHECKING:
    from lexiscope.tasks.classify.classify import ClassifierSettings


@dataclass(frozen=True, slots=True)
class ReadCase:
    """One case as the model reads it.

    Args:
        images: A batch of one.
        features: Features of the image towers, NaN where a modality is missing.
        embedding: Unit vector of the joint space.
    """

    images: ImageBatch
    features: Float32[np.ndarray, "1 f"]
    embedding: Float32[np.ndarray, "1 d"]

    @classmethod
    def of(cls, images: ImageBatch, readouts: Readouts) -> "ReadCase":
        """A batch of one, read by the towers."""
        return cls(images, *readouts.of_batch(images))


@dataclass(frozen=True, slots=True)
class ClassProbabilities:
    """Classes of one case with their probabilities.

    Args:
        label: The likeliest value.
        probabilities: Value -> its probability; they sum to 1.
        uncertainty: 0 (sure) to 1 (a guess).
        opinions: Belief and uncertainty, fused and by modality, where the method has them.
    """

    label: str
    probabilities: Mapping[str, float]
    uncertainty: float
    opinions: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        values: Sequence[str],
        row: Float[np.ndarray, " k"],
        uncertainty: float,
        opinions: Mapping[str, Any] | None = None,
    ) -> "ClassProbabilities":
        """The probabilities of one row, by value.

        Example:
            >>> ClassProbabilities.of(["left", "right"], np.array([0.25, 0.75]), 0.8).label
            'right'
        """
        by_value = {value: float(probability) for value, probability in zip(values, row, strict=True)}
        return cls(values[int(row.argmax())], by_value, uncertainty, opinions)


class FittedClasses(Protocol):
    """Classes that were learned; every call classifies one case."""

    def classify(self, case: ReadCase) -> ClassProbabilities:
        """The probabilities of the classes of one case."""
        ...

    def probabilities(self, cases: LabelledFeatures) -> Float[np.ndarray, "n k"]:
        """The probabilities of the classes of many cases that were read before."""
        ...


def fit_classes(learned: LearningSet, readouts: Readouts, settings: "ClassifierSettings") -> FittedClasses:
    """Fit the classes by the method of the settings.

    Raises:
        UsageError: prompts for a value that is none, or more shots than cases.
    """
    values = learned.target.values
    if settings.method == "prompts":
        return ByPrompts(values, zero_shot(learned, readouts, prompts=settings.prompts))
    if settings.method == "evidential":
        return ByEvidence(values, evidential(learned, seed=settings.seed))
    fitted = probe(learned, shots=settings.shots, seed=settings.seed)
    return ByProbe(values, fitted, readouts.mirrored() if learned.mirror else None)


@dataclass(frozen=True, slots=True)
class ByPrompts:
    """Classes in words."""

    values: Sequence[str]
    prompts: Prompts

    def classify(self, case: ReadCase) -> ClassProbabilities:
        """The classes by the cosines of the embedding with their wordings."""
        rows = probabilities(self.prompts.logits(case.embedding), temperature=self.prompts.temperature)
        return ClassProbabilities.of(self.values, rows[0], float(uncertainty(rows)[0]))

    def probabilities(self, cases: LabelledFeatures) -> Float[np.ndarray, "n k"]:
        """The same of many cases."""
        return probabilities(self.prompts.logits(cases.embeddings), temperature=self.prompts.temperature)


@dataclass(frozen=True, slots=True)
class ByProbe:
    """Classes by a probe of the features, and of those of the mirrored images where sides mean nothing."""

    values: Sequence[str]
    probe: Probe
    mirrored: Readouts | None

    def classify(self, case: ReadCase) -> ClassProbabilities:
        """The classes by the mean logits of the images as they are and mirrored."""
        seen = [case.features] if self.mirrored is None else [case.features, self.mirrored.of_batch(case.images)[0]]
        rows = probabilities(self.probe.mean_logits(seen), temperature=self.probe.temperature)
        return ClassProbabilities.of(self.values, rows[0], float(uncertainty(rows)[0]))

    def probabilities(self, cases: LabelledFeatures) -> Float[np.ndarray, "n k"]:
        """The same of many cases."""
        return probabilities(self.probe.mean_logits(cases.seen), temperature=self.probe.temperature)


@dataclass(frozen=True, slots=True)
class ByEvidence:
    """Classes by the opinions of the modalities that are present."""

    values: Sequence[str]
    evidential: Evidential

    def classify(self, case: ReadCase) -> ClassProbabilities:
        """The classes by the fused opinion, whose uncertainty is the mass that no value has."""
        opinions = self.evidential.judge(case.features)
        unsure = float(opinions.fused.uncertainty[0])
        return ClassProbabilities.of(self.values, opinions.probabilities[0], unsure, opinions.of_case(0, self.values))

    def probabilities(self, cases: LabelledFeatures) -> Float[np.ndarray, "n k"]:
        """The same of many cases."""
        return self.evidential.judge(cases.features).probabilities


def probe(learned: LearningSet, *, shots: int | None = None, seed: int = 0) -> Probe:
    """A probe on the frozen features, calibrated on the cases held out for that.

    Args:
        learned: The labelled cases.
        shots: Cases of each class to learn from, drawn by `seed`; None takes all.
        seed: Seed of the folds and of the draw.

    Raises:
        UsageError: a class has fewer cases than shots.
    """
    fit, classes = learned.fit, len(learned.target.values)
    rows = np.arange(len(fit.labels)) if shots is None else few_shot(fit.labels, fit.groups, shots=shots, seed=seed)
    if rows is None:
        fewest = min(np.bincount(fit.labels, minlength=classes))
        raise UsageError(f"expected {shots} cases of each class, the rarest has {fewest}; take fewer shots")
    groups = [fit.groups[row] for row in rows]
    features = np.concatenate([seen[rows] for seen in fit.seen])
    labels = np.tile(fit.labels[rows], len(fit.seen))
    made = fit_probe(features, labels, groups * len(fit.seen), classes=classes, seed=seed)
    return made.calibrated(learned.calibration.seen, learned.calibration.labels)


def evidential(learned: LearningSet, *, strength: float | None = None, seed: int = 0) -> Evidential:
    """An opinion for each modality on its frozen features, and their combination (`models.evidential`).

    Args:
        learned: The labelled cases.
        strength: The C of a probe on the same features; None cross-validates one.
        seed: Seed of the folds and of the first weights.
    """
    strength = probe(learned, seed=seed).strength if strength is None else strength
    fit, classes = learned.fit, len(learned.target.values)
    return fit_evidential(fit.features, fit.labels, fit.blocks, classes=classes, strength=strength, seed=seed)
