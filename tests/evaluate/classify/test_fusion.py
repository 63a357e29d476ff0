"""What fusing gains, in numbers and in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.core.case import Case, Provenance
from lexiscope.evaluate.classify.baselines import Baseline
from lexiscope.evaluate.classify.fusion import compare_inputs, opinion_metrics, opinions_by_modality
from lexiscope.evaluate.classify.measure import ClassifyMeasure
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.models.evidential import Opinion
from lexiscope.tasks.classify.evidential import EvidentialOpinions
from lexiscope.tasks.classify.learning_set import LabelledFeatures

_LABELS = np.array([0, 1] * 10)
_GROUPS = [f"p{row // 2}" for row in range(20)]


@dataclass
class _Run:
    """As much of `ClassifyRun` as is compared."""

    baselines: dict[str, Baseline]
    judged: EvidentialOpinions | None = None


def _probabilities(right: np.ndarray) -> Baseline:
    sure = np.where(right, 0.9, 0.1)
    return Baseline(np.where(_LABELS[:, None] == [0, 1], sure[:, None], 1 - sure[:, None]))


def _known(share: float) -> InputFeatures:
    features = np.ones((20, 1), np.float32)
    features[int(share * 20) :] = np.nan
    return InputFeatures(features, features, features)


@pytest.fixture
def measure() -> ClassifyMeasure:
    return ClassifyMeasure(_LABELS, _GROUPS, seed=0, resamples=50)


def test_together_is_held_against_the_best_alone(measure: ClassifyMeasure) -> None:
    half, everything = np.arange(20) % 4 < 2, np.ones(20, dtype=bool)
    run: Any = _Run(
        {
            "image_only": _probabilities(half),
            "text_only": _probabilities(~everything),
            "image_text_attributes": _probabilities(everything),
        }
    )
    found = compare_inputs(measure, [run], {"image": _known(1.0), "text": _known(0.5)})
    assert found["known"] == {"image": 1.0, "text": 0.5}
    assert found["gain"]["image_only"].value == pytest.approx(0.5)
    assert found["gain"]["text_only"].value == pytest.approx(1.0)
    assert found["verdict"].startswith("together against image alone, the best of 2: better by 0.500 (")


def test_one_input_has_nothing_to_be_fused_with(measure: ClassifyMeasure) -> None:
    run: Any = _Run(dict.fromkeys(("image_only", "image_text_attributes"), _probabilities(np.ones(20, dtype=bool))))
    assert compare_inputs(measure, [run], {"image": _known(1.0)})["verdict"] == "image is all that is known"


def test_opinions_are_scored_where_the_modality_is_present(measure: ClassifyMeasure) -> None:
    belief = torch.zeros(20, 2)
    belief[:10, 0] = 0.8  # the first ten cases have the modality, and all are taken for the first class
    opinion = Opinion(belief, torch.where(torch.arange(20) < 10, 0.2, 1.0))
    run: Any = _Run({}, EvidentialOpinions(opinion, {"photo": opinion, "scan": Opinion(belief * 0, torch.ones(20))}))
    features = np.zeros((20, 1), np.float32)
    cases = tuple(Case(f"c{row}", group, Provenance("by hand")) for row, group in enumerate(_GROUPS))
    measured = LabelledFeatures(cases, _LABELS, features, features, {})
    found = opinions_by_modality(measured, [run], seed=0, resamples=20)
    assert set(found) == {"fused", "photo"}, "nobody has a scan"
    assert found["photo"]["n"] == 10
    assert found["photo"]["uncertainty"] == pytest.approx(0.2)
    assert found["photo"]["balanced_accuracy"].value == 0.5
    assert set(opinion_metrics(measure, [run])) == {"evidential_uncertainty_auc"}
