import math

import numpy as np
import pytest

from lexiscope.interpret.uncertainty.risk_coverage import aurc, excess_aurc, fpr_at_95_tpr, selective_risk


def test_risk_of_the_surest_by_hand():
    risk, confidence = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.9, 0.4, 0.6, 0.8])
    assert selective_risk(risk, confidence).tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert aurc(risk, confidence) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert excess_aurc(risk, confidence) == pytest.approx(0)


def test_one_confidence_for_all_is_worth_nothing():
    risk = np.random.default_rng(0).random(50)
    assert aurc(risk, np.full(50, 0.7)) == pytest.approx(risk.mean())


def test_the_order_of_ties_decides_nothing():
    risk, confidence = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5, 0.9])
    assert aurc(risk, confidence) == pytest.approx(aurc(risk[[2, 0, 1, 3]], confidence[[2, 0, 1, 3]]))


def test_the_best_order_tends_to_its_closed_form():
    risk = (np.arange(20_000) < 4_000).astype(float)
    confidence = np.random.default_rng(0).random(len(risk))
    best = 0.2 + 0.8 * math.log(0.8)
    assert aurc(risk, confidence) - excess_aurc(risk, confidence) == pytest.approx(best, abs=1e-4)


def test_wrong_answers_among_the_surest_right_ones():
    right = np.arange(40) >= 20
    confidence = np.where(right, np.arange(40.0), 0.0)
    confidence[:5] = [20.5, 21.5, 30.0, 50.0, -1.0]  # 19 of the 20 right ones are at least 21
    assert fpr_at_95_tpr(confidence, right) == pytest.approx(3 / 20)
    assert math.isnan(fpr_at_95_tpr(confidence, np.ones(40, dtype=bool)))
