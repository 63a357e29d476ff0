"""`InputFeatures`: images, words that do not state the target, and other attributes of cases, as features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.models.joint import JointSpace
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.target import Unstated

_TEXTS = 64


@dataclass(frozen=True, slots=True)
class InputFeatures:
    """One kind of knowledge about the cases learned from, those held for calibration, and those measured.

    Args:
        fit: Features of the cases learned from, NaN where nothing is known.
        held: Features of the cases held for calibration, NaN likewise.
        measured: Features of the cases measured, NaN likewise.
    """

    fit: Float[np.ndarray, "n f"]
    held: Float[np.ndarray, "c f"]
    measured: Float[np.ndarray, "m f"]

    @property
    def says_something(self) -> bool:
        """Tell whether anything is known about any case that could be learned from."""
        return bool(self.fit.size) and bool(np.isfinite(self.fit).any())


def all_inputs(learned: LearningSet, measured: LabelledFeatures, joint: JointSpace) -> dict[str, InputFeatures]:
    """Features by "image", "text" (passages that do not state the target) and "attributes" (the others)."""
    sets = (learned.fit, learned.calibration, measured)
    words = [_of_texts(joint, [Unstated.of(learned.target, case) for case in part.cases]) for part in sets]
    facts = [[learned.target.others(case) for case in part.cases] for part in sets]
    return {
        "image": InputFeatures(*(part.features for part in sets)),
        "text": InputFeatures(*words),
        "attributes": InputFeatures(*(_of_facts(part, known_from=facts[0]) for part in facts)),
    }


def _of_facts(
    facts: Sequence[Mapping[str, float | str]], *, known_from: Sequence[Mapping[str, float | str]]
) -> Float[np.ndarray, "n f"]:
    """Words as one column each, numbers as they are; NaN for a number that is not known."""
    from sklearn.feature_extraction import DictVectorizer

    table = DictVectorizer(sparse=False, dtype=np.float32).fit(known_from)
    features = table.transform(facts) if facts else np.empty((0, len(table.get_feature_names_out())), np.float32)
    numbers = {name for case in known_from for name, value in case.items() if isinstance(value, float)}
    for column, name in enumerate(table.get_feature_names_out()):
        if name in numbers:
            missing = [not isinstance(case.get(name), float) for case in facts]
            features[missing, column] = np.nan
    return features


@torch.inference_mode()
def _of_texts(joint: JointSpace, texts: Sequence[Unstated]) -> Float[np.ndarray, "n f"]:
    """The mean over a case's passages of what the text tower says; NaN for a case without any."""
    features = np.full((len(texts), joint.text.width), np.nan, dtype=np.float32)
    words = list(dict.fromkeys(passage.text for own in texts for passage in own.passages))
    rows = {text: place for place, text in enumerate(words)}
    parts = [joint.text_features(words[start : start + _TEXTS]) for start in range(0, len(words), _TEXTS)]
    known = torch.cat(parts).float().cpu().numpy() if parts else features
    for place, own in enumerate(texts):
        if own.passages:
            features[place] = known[[rows[passage.text] for passage in own.passages]].mean(axis=0)
    return features
