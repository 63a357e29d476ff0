"""`Prompts`: classes in words, each a direction of the joint space: the mean of several wordings of it.

Prompt ensembles as in CLIP (https://arxiv.org/abs/2103.00020, section 3.1.4): the unit embeddings of the wordings are
averaged, and the mean is made unit length again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.classify.calibration import fit_temperature
from lexiscope.tasks.classify.learning_set import LearningSet
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Target, labelled
from lexiscope.tasks.embed import embed_texts

TEMPLATES = ("{value}", "An image showing {value}.", "{attribute}: {value}")
_WORDINGS = 8  # learned wordings of one class at most


@dataclass(frozen=True, slots=True)
class Prompts:
    """Classes as directions of the joint space.

    Args:
        wordings: Value -> the wordings that were averaged.
        directions: One unit vector a class, (k, d).
        scale: Factor of the cosines; one over the model's temperature.
        temperature: Divisor of the logits before they become probabilities.
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
        learned: The labelled cases, whose texts may hold wordings.
        readouts: The model.
        prompts: Value -> wordings, in place of those that `class_wordings` finds.
    """
    wordings = class_wordings(learned.target, learned.fit.cases, given=prompts)
    directions, scale = class_directions(readouts.joint, wordings), float(readouts.joint.scale.item())
    held = learned.calibration
    temperature = fit_temperature(scale * held.embeddings @ directions.T, held.labels)
    return Prompts(wordings, directions, scale, temperature)


def class_wordings(
    target: Target, cases: Sequence[Case], *, given: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """Wordings of each class: those given, else those of the texts learned from, else templates.

    A wording is learned where template text stands beside one value alone (`Target.revealing`), so it says the class
    and nothing of a case. Wordings never come from what is measured.

    Args:
        target: Attribute that is predicted.
        cases: Cases that the model learned from.
        given: Value -> wordings to take in place of others.

    Raises:
        UsageError: wordings of a value that the target does not have.
    """
    given = given or {}
    if unknown := set(given) - set(target.values):
        msg = f"prompts must be for one of {', '.join(target.values)}, got {', '.join(sorted(unknown))}"
        raise UsageError(msg)
    learned = _learned(target, cases)
    made = {value: tuple(given.get(value) or learned.get(value) or _filled(target, value)) for value in target.values}
    if not given and len(learned) < len(target.values):  # one manner of speaking for all, or the manner decides
        return {value: _filled(target, value) for value in target.values}
    return made


def class_directions(joint: JointSpace, wordings: Mapping[str, Sequence[str]]) -> Float32[np.ndarray, "k d"]:
    """A unit vector for each class, in the order given."""
    means = [embed_texts(joint, list(texts)).mean(axis=0) for texts in wordings.values()]
    return np.stack([mean / max(float(np.linalg.norm(mean)), 1e-12) for mean in means])


def _filled(target: Target, value: str) -> tuple[str, ...]:
    words = {"value": target.words_of(value), "attribute": target.words_of(target.attribute)}
    return tuple(template.format(**words) for template in TEMPLATES)


def _learned(target: Target, cases: Sequence[Case]) -> dict[str, list[str]]:
    counts: dict[str, Counter[str]] = {value: Counter() for value in target.values}
    cases, labels = labelled(target, cases)
    for case, label in zip(cases, labels, strict=True):
        revealing = [passage.text for passage in case.statements if target.reveals(passage)]
        counts[target.values[label]].update(revealing)
    return {value: [text for text, _ in texts.most_common(_WORDINGS)] for value, texts in counts.items() if texts}
