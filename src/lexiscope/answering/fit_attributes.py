"""`fit_attributes`: predictor of attributes from image tokens, fitted and calibrated by leaving out groups."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from jaxtyping import Float, Float32, Int64
from scipy.optimize import minimize_scalar

from lexiscope.answering.left_out import leave_groups_out
from lexiscope.core.case import Case
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.attributes import (
    PLACES,
    READOUT,
    AttributePredictor,
    LearnedAttribute,
    TokenScale,
    ValuePair,
    calibrated,
)

_SHARES = ({READOUT: 1.0}, {READOUT: 0.5, PLACES: 0.5}, {PLACES: 1.0})  # of the parts of a row in the kernel
_PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_OFFSET = 10.0  # of the kernel: an offset that is hardly penalised, and that is left out with its group
_LOG_TEMPERATURES = (-4.0, 6.0)
_SMALL = 1e-12
_MOST = 4000  # cases learned from: a dense system of them is solved
_FEWEST_GROUPS = 3  # of a value: one that fewer have is never predicted
_EXPECTED_TOGETHER = 3.0  # groups with both of two values, were they independent: none then is chance in 1 of 20


@dataclass(frozen=True)
class _Labelled:
    """Cases with one attribute.

    Args:
        name: Name of the attribute.
        values: Its values.
        rows: Unit rows of each part of the image tokens of the cases that have one of them.
        labels: Place of each case's value.
        groups: Group of each case.
    """

    name: str
    values: tuple[str, ...]
    rows: Mapping[str, Float32[np.ndarray, "n f"]]
    labels: Int64[np.ndarray, " n"]
    groups: np.ndarray

    @property
    def targets(self) -> Float[np.ndarray, "n k"]:
        return np.eye(len(self.values))[self.labels]

    @property
    def rates(self) -> Float[np.ndarray, " k"]:
        return self.targets.mean(axis=0)

    def likelihood(self, scores: Float[np.ndarray, "n k"], temperature: float) -> float:
        """Mean log-likelihood of the true values under scores, less their mean."""
        likely = calibrated(scores - self.rates, self.rates, temperature)[np.arange(len(scores)), self.labels]
        return float(np.log(np.maximum(likely, _SMALL)).mean())

    def gram(self, shares: Mapping[str, float]) -> Float[np.ndarray, "n n"]:
        """Likeness of each two cases."""
        parts = [share * (self.rows[part] @ self.rows[part].T).astype(np.float64) for part, share in shares.items()]
        return np.sum(parts, axis=0) + _OFFSET


@dataclass(frozen=True)
class _Tried:
    """One regression, with what it says of cases left out.

    Args:
        shares: Share of each part of the rows.
        coefficients: Coefficient of each case for each value.
        temperature: Divisor under which the values of each group are likeliest by the regression on the others.
        likelihood: Mean log-likelihood of those values.
    """

    shares: Mapping[str, float]
    coefficients: Float[np.ndarray, "n k"]
    temperature: float
    likelihood: float


def fit_attributes(
    cases: Sequence[Case], tokens: ImageTokens, *, groups: Sequence[str], names: Sequence[str], seed: int
) -> AttributePredictor:
    """Ridge regression on image tokens for every attribute, with calibrated probabilities.

    Parts of the tokens, penalty and temperature are those under which the values of cases left out, group by group, are
    likeliest; the temperature weighs what the image shows against the rates of the values alone
    (https://arxiv.org/abs/1706.04599).

    Args:
        cases: Cases to learn from.
        tokens: Image tokens of each case.
        groups: Group of each case, left out together.
        names: Attributes to learn; those without two values that three groups have are left aside.
        seed: Seed that draws the cases, where there are more than a dense system should hold.
    """
    scale = TokenScale.of(tokens)
    rows, owners = scale.rows(tokens), np.asarray(groups, dtype=object)
    labelled = [_labelled(name, cases, rows, owners, seed=seed) for name in names]
    known = [one for one in labelled if len(one.values) > 1]
    contradictions = _contradictions({one.name: one.values for one in known}, cases, groups)
    return AttributePredictor(scale, tuple(map(_fit, known)), contradictions)


def _labelled(
    name: str, cases: Sequence[Case], rows: Mapping[str, np.ndarray], groups: np.ndarray, *, seed: int
) -> _Labelled:
    owners: dict[str, set[str]] = {}
    for case, group in zip(cases, groups, strict=True):
        if name in case.attributes:
            owners.setdefault(str(case.attributes[name]), set()).add(group)
    values = tuple(sorted(value for value, having in owners.items() if len(having) >= _FEWEST_GROUPS))
    known = np.array([str(case.attributes.get(name)) in values for case in cases], dtype=bool)
    chosen = np.sort(np.random.default_rng(seed).permutation(np.flatnonzero(known))[:_MOST])
    labels = np.array([values.index(str(cases[row].attributes[name])) for row in chosen], dtype=np.int64)
    return _Labelled(name, values, {part: one[chosen] for part, one in rows.items()}, labels, groups[chosen])


def _contradictions(
    values: Mapping[str, Sequence[str]], cases: Sequence[Case], groups: Sequence[str]
) -> frozenset[ValuePair]:
    """Values of two attributes that no case has together, though by their frequencies several groups would."""
    found = set[ValuePair]()
    for one, other in combinations(values, 2):
        rows = [
            (group, str(case.attributes[one]), str(case.attributes[other]))
            for case, group in zip(cases, groups, strict=True)
            if one in case.attributes and other in case.attributes
        ]
        together = {(first, second) for _, first, second in rows}
        firsts = Counter(first for _, first in {(group, first) for group, first, _ in rows})
        seconds = Counter(second for _, second in {(group, second) for group, _, second in rows})
        everyone = len({group for group, _, _ in rows})
        found |= {
            frozenset({(one, first), (other, second)})
            for first, second in product(values[one], values[other])
            if (first, second) not in together
            and firsts[first] * seconds[second] >= _EXPECTED_TOGETHER * max(1, everyone)
        }
    return frozenset(found)


def _fit(known: _Labelled) -> LearnedAttribute:
    best = max((tried for shares in _SHARES for tried in _tried(known, shares)), key=lambda tried: tried.likelihood)
    weights = {part: share * (known.rows[part].T @ best.coefficients) for part, share in best.shares.items()}
    return LearnedAttribute(
        known.name,
        known.values,
        {part: weight.astype(np.float32) for part, weight in weights.items()},
        (_OFFSET * best.coefficients.sum(axis=0) - known.rates).astype(np.float32),
        known.rates.astype(np.float32),
        best.temperature,
    )


def _tried(known: _Labelled, shares: Mapping[str, float]) -> list[_Tried]:
    """A regression for each penalty; of equals the one that bends less comes first."""
    values, vectors = np.linalg.eigh(known.gram(shares))
    tried = []
    for penalty in reversed(_PENALTIES):
        inverse = (vectors / (values + penalty)) @ vectors.T
        coefficients = inverse @ known.targets
        left_out = leave_groups_out(inverse, coefficients, known.targets, known.groups)
        temperature = _temperature(known, left_out)
        tried.append(_Tried(shares, coefficients, temperature, known.likelihood(left_out, temperature)))
    return tried


def _temperature(known: _Labelled, left_out: Float[np.ndarray, "n k"]) -> float:
    found = minimize_scalar(
        lambda log_temperature: -known.likelihood(left_out, float(np.exp(log_temperature))),
        bounds=_LOG_TEMPERATURES,
        method="bounded",
    )
    return float(np.exp(found.x))
