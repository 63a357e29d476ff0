"""`classify`: the value of one attribute, by a probe or by prompts, with the cases that speak for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float, Float32

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.calibration import fit_temperature, probabilities, uncertainty
from lexiscope.tasks.classify.evidential import Evidential, fit_evidential
from lexiscope.tasks.classify.learning_set import LearningSet, read_learning_set
from lexiscope.tasks.classify.probe import Probe, few_shot, fit_probe
from lexiscope.tasks.classify.prompts import class_directions, class_wordings
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.inputs import read_input
from lexiscope.tasks.training_part import training_part

Method: TypeAlias = Literal["probe", "prompts", "evidential"]


@dataclass(frozen=True, slots=True)
class Prompts:
    """Classes as directions of the joint space.

    Args:
        wordings: Value -> the wordings that were averaged.
        directions: One unit vector a class, (k, d).
        scale: What cosines are multiplied by; one over the model's temperature.
        temperature: What the logits are divided by before they become probabilities.
    """

    wordings: Mapping[str, Sequence[str]]
    directions: Float32[np.ndarray, "k d"]
    scale: float
    temperature: float

    def logits(self, embeddings: Float32[np.ndarray, "n d"]) -> Float[np.ndarray, "n k"]:
        """One value for each class, before the temperature."""
        return self.scale * embeddings @ self.directions.T


def zero_shot(
    learned: LearningSet, readouts: Readouts, *, prompts: Mapping[str, Sequence[str]] | None = None
) -> Prompts:
    """Classes by their wordings; no label is used but those of the calibration cases, for the temperature.

    Args:
        prompts: Value -> wordings, in place of those that `class_wordings` finds.
    """
    wordings = class_wordings(learned.target, learned.fit.cases, given=prompts)
    directions, scale = class_directions(readouts.joint, wordings), float(readouts.joint.scale.item())
    held = learned.calibration
    temperature = fit_temperature(scale * held.embeddings @ directions.T, held.labels)
    return Prompts(wordings, directions, scale, temperature)


def probe(learned: LearningSet, *, shots: int | None = None, seed: int = 0) -> Probe:
    """A probe on the frozen features, calibrated on the cases held out for that.

    Args:
        shots: Cases of each class to learn from, drawn by `seed`; None takes all.

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
        strength: The C of a probe on the same features; None cross-validates one.
    """
    strength = probe(learned, seed=seed).strength if strength is None else strength
    fit, classes = learned.fit, len(learned.target.values)
    return fit_evidential(fit.features, fit.labels, fit.blocks, classes=classes, strength=strength, seed=seed)


def classify(
    model: ModelDirectory | Path | str,
    asked: Path | str,
    *,
    attribute: str,
    corpus: Corpus | Path | str | None = None,
    learned_from: Corpus | Path | str | None = None,
    method: Method = "probe",
    shots: int | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    modality: str | None = None,
    rare: int = 0,
    mirror: bool | None = None,
    k: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Say which value of an attribute a case has.

    The case's texts are not read: only its images.

    Args:
        asked: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        learned_from: The corpus to learn from; what the model was trained on when None.
        method: "probe" (logistic regression on what the towers see), "prompts" (the classes in words) or "evidential"
            (an opinion of each modality present, which may be "I do not know", and their combination).
        shots: Learn from so many cases of each class only.
        prompts: Value -> wordings, for the method "prompts".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        rare: Values that fewer groups than this have, among the cases learned from, become one, "other".
        mirror: Let the probe see every image also mirrored; None does so where no text and no attribute that was
            learned from tells left from right.
        k: Nearest cases to give as evidence; never one of the case's own group.

    Returns:
        One Prediction. Its value is {"label", "probabilities", "attribute", "method"}; its score the probability of the
        label; its evidence the nearest cases that were learned from, each with its cosine and its own label. With
        "evidential" the value also has "opinions": {"fused" or modality: {"belief": {value: ...}, "uncertainty"}}, and
        the prediction's uncertainty is the fused one: the mass that no value has, 1 when nothing is known.

    Raises:
        UsageError: an attribute that is no class, or an input that fits no modality.
        SourceError: an image file that cannot be read.
        ModelError: the model has no joint space, or what it was trained on is gone.
    """
    model = ModelDirectory.of(model)
    readouts = Readouts(model.joint(), model.views())
    given = read_input(asked, views=readouts.views, corpus=corpus, modality=modality)
    features, embedding = readouts.of_batch(given.images)
    learned = read_learning_set(
        training_part(model, learned_from), readouts, attribute=attribute, rare=rare, mirror=mirror, progress=progress
    )
    values, more = learned.target.values, {}
    if method == "prompts":
        classes = zero_shot(learned, readouts, prompts=prompts)
        chances = probabilities(classes.logits(embedding), temperature=classes.temperature)
        unsure = float(uncertainty(chances)[0])
    elif method == "evidential":
        judged = evidential(learned, seed=seed).judge(features)
        chances, unsure = judged.probabilities, float(judged.fused.uncertainty[0])
        more = {"opinions": judged.of_case(0, values)}
    else:
        fitted = probe(learned, shots=shots, seed=seed)
        seen = [features]
        if learned.mirror:
            seen.append(readouts.mirrored().of_batch(given.images)[0])
        chances = probabilities(fitted.mean_logits(seen), temperature=fitted.temperature)
        unsure = float(uncertainty(chances)[0])
    best = int(chances[0].argmax())
    said = {
        "label": values[best],
        "probabilities": {value: float(chance) for value, chance in zip(values, chances[0], strict=True)},
        "attribute": attribute,
        "method": method,
        **more,
    }
    return [
        Prediction(
            "classify",
            str(asked),
            said,
            score=float(chances[0, best]),
            uncertainty=unsure,
            evidence=nearest(learned, embedding[0], k=k, excluded_groups=given.own_groups(learned.source)),
        )
    ]


def nearest(
    learned: LearningSet, embedding: Float32[np.ndarray, " d"], *, k: int, excluded_groups: Collection[str] = ()
) -> tuple[Evidence, ...]:
    """The k learned cases whose images are most alike, by cosine in the joint space.

    Args:
        but_groups: Leave out these patients, papers or specimens.
    """
    cosines = learned.fit.embeddings @ embedding
    order = [row for row in np.argsort(-cosines, kind="stable") if learned.fit.cases[row].group not in excluded_groups]
    return tuple(_evidence(learned, learned.fit.cases[row], float(cosines[row])) for row in order[:k])


def _evidence(learned: LearningSet, case: Case, score: float) -> Evidence:
    image = str(learned.source.corpus.object_path(case.images[min(case.images)]))
    value = str(case.attributes[learned.target.attribute])
    details = {"label": value, "image": image, "licence": case.provenance.licence}
    return Evidence(case.id, case.group, score, details=details)
