"""Zero-shot classification: every class a direction, the mean of what several wordings of it say.

Prompt ensembles as in CLIP (https://arxiv.org/abs/2103.00020, section 3.1.4): the unit embeddings of the wordings are
averaged, and the mean is made unit length again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.classify.target import Target, labelled
from lexiscope.tasks.embed import embed_texts

TEMPLATES = ("{value}", "An image showing {value}.", "{attribute}: {value}")
_WORDINGS = 8  # learned wordings of one class at most


def class_wordings(
    target: Target, cases: Sequence[Case], *, given: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """Several ways to say each class: those given, else those of the texts learned from, else templates.

    A wording is learned where template text stands beside one value alone (`Target.telling`), so it says the class and
    nothing of a case. Wordings never come from what is measured.

    Args:
        cases: What the model learned from.
        given: Value -> wordings.

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
        telling = [passage.text for passage in case.texts if target.tells(passage)]
        counts[target.values[label]].update(telling)
    return {value: [text for text, _ in found.most_common(_WORDINGS)] for value, found in counts.items() if found}
