"""What else is known about cases than their images: text that does not state the target, and the other attributes."""

import numpy as np

from lexiscope.evaluate.classify.text_and_attributes import InputFeatures, all_inputs
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.testing.models import tiny_joint_space


def test_text_that_states_the_target_is_nothing(learned: LearningSet, measured: LabelledFeatures) -> None:
    text = all_inputs(learned, measured, tiny_joint_space(texts=["Seen at noon."]))["text"]
    stating = [row for row in range(len(measured.cases)) if row % 3 == 0]  # "Grade a."
    assert np.isnan(text.measured[stating]).all()
    others = np.delete(text.measured, stating, axis=0)
    assert np.isfinite(others).all()
    assert (others == others[:1]).all(), "the same passage gives the same features"


def test_attributes_are_the_others_and_unknown_numbers_are_missing(
    learned: LearningSet, measured: LabelledFeatures
) -> None:
    del measured.cases[0].attributes["age"]  # type: ignore[attr-defined]
    facts = all_inputs(learned, measured, tiny_joint_space())["attributes"]
    columns = ["age", "site=north", "site=south"]
    assert facts.measured.shape == (20, len(columns))
    assert np.isnan(facts.measured[0, 0])
    assert facts.measured[1].tolist() == [41, 1, 0]


def test_an_input_that_is_never_known_says_nothing() -> None:
    nothing = np.full((3, 2), np.nan, np.float32)
    assert not InputFeatures(nothing, nothing, nothing).says_something
    assert not InputFeatures(*[np.empty((3, 0), np.float32)] * 3).says_something
    nothing[1, 1] = 0
    assert InputFeatures(nothing, nothing, nothing).says_something
