import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.interaction.emap import additive_projection, paired_logits
from lexiscope.interpret.subject import Outcome
from lexiscope.testing.interpretables import PlantedSubject


def test_an_additive_model_is_its_own_projection():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 7, 3))
    logits = one[:, None] + two[None]
    assert np.allclose(additive_projection(logits), one + two)


def test_the_projection_is_the_closest_additive_model():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(6, 6, 1))
    design = np.concatenate([np.kron(np.eye(6), np.ones((6, 1))), np.kron(np.ones((6, 1)), np.eye(6))], axis=1)
    fitted = design @ np.linalg.lstsq(design, logits.reshape(36, 1), rcond=None)[0]
    assert np.allclose(additive_projection(logits)[:, 0], np.diag(fitted.reshape(6, 6)))


def test_pairs_hold_the_kept_input_of_one_case_and_the_rest_of_the_other():
    subject = PlantedSubject()
    cases = subject.cases(30)
    logits = paired_logits(subject, cases, ["a"])
    assert logits.shape == (30, 30, 2)
    says_yes = logits[..., 1] > logits[..., 0]
    for row, item in enumerate(cases.items):
        for column, other in enumerate(cases.items):
            assert says_yes[row, column] == (item["a"] ^ other["b"])


def test_scores_alone_cannot_be_projected():
    class Scores(PlantedSubject):
        def outcomes(self, cases, coalitions):
            return [Outcome(np.ones(len(cases))) for _ in coalitions]

    with pytest.raises(UsageError, match="got scores alone from planted"):
        paired_logits(Scores(), Scores().cases(4), ["a"])
