"""`AttributePredictor`: values of attributes that images show, with calibrated probabilities, by ridge regression."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.special import softmax

from lexiscope.models.assistant.image_tokens import QUESTION, ImageTokens

READOUT, PLACES = "readout", "places"
_SIDE = 2  # of the grid of places: left and right, upper and lower
_SMALL = 1e-6

ValuePair: TypeAlias = frozenset[tuple[str, str]]
"""Values of two attributes, each as (attribute, value)."""


@dataclass(frozen=True)
class TokenScale:
    """Image tokens as rows of two parts: readouts of the towers, and where in the image things are.

    Args:
        means: Mean of each feature over the cases learned from, by "branch/readout" and "branch/places".
        stds: Standard deviation of each feature, under the same names.
    """

    means: Mapping[str, Float32[np.ndarray, " f"]]
    stds: Mapping[str, Float32[np.ndarray, " f"]]

    @classmethod
    def of(cls, tokens: ImageTokens) -> "TokenScale":
        """Scale of the tokens of the cases learned from; a branch that none of them has is left out."""
        means, stds = {}, {}
        for name, (features, present) in _features(tokens).items():
            if present.any():
                means[name] = features[present].mean(axis=0)
                stds[name] = features[present].std(axis=0) + np.float32(_SMALL)
        return cls(means, stds)

    def rows(self, tokens: ImageTokens) -> dict[str, Float32[np.ndarray, "n f"]]:
        """Rows of unit length for each part; a modality that a case lacks is zeros, and the others count for more."""
        features = _features(tokens)
        return {part: self._rows(features, part, tokens.cases) for part in (READOUT, PLACES)}

    def width(self, part: str) -> int:
        """Length of the rows of a part."""
        return sum(len(mean) for name, mean in self.means.items() if _part(name) == part)

    def _rows(self, features: "_Features", part: str, cases: int) -> Float32[np.ndarray, "n f"]:
        blocks = [np.zeros((cases, 0), np.float32)]
        for name in (name for name in self.means if _part(name) == part):
            if name not in features:
                blocks.append(np.zeros((cases, len(self.means[name])), np.float32))
                continue
            values, present = features[name]
            blocks.append(_unit((values - self.means[name]) / self.stds[name]) * present[:, None])
        return _unit(np.concatenate(blocks, axis=1)).astype(np.float32)


@dataclass(frozen=True)
class LearnedAttribute:
    """One attribute that images show.

    Args:
        name: Name of the attribute.
        values: Its values, as cases have them.
        weights: Weights of the features, one column a value, for each part of the rows.
        base: Offset of each value, so that the mean score of the cases learned from is 0.
        rates: Share of each value among the cases learned from.
        temperature: Divisor of the scores before they become probabilities, fitted on cases left out; where images do
            not show the attribute it is large, and the rates are what remains.
    """

    name: str
    values: tuple[str, ...]
    weights: Mapping[str, Float32[np.ndarray, "f k"]]
    base: Float32[np.ndarray, " k"]
    rates: Float32[np.ndarray, " k"]
    temperature: float

    def probabilities(self, rows: Mapping[str, Float32[np.ndarray, "n f"]]) -> Float[np.ndarray, "n k"]:
        """Probability of each value for rows of `TokenScale.rows`."""
        scores = self.base + sum(rows[part] @ weight for part, weight in self.weights.items())
        return calibrated(scores, self.rates, self.temperature)


@dataclass(frozen=True, slots=True)
class PredictedValue:
    """Likeliest value of an attribute of one case.

    Args:
        attribute: Name of the attribute.
        value: The value.
        probability: How likely it is, calibrated on cases that were left out.
    """

    attribute: str
    value: str
    probability: float


@dataclass(frozen=True)
class AttributePredictor:
    """Attributes that images show, each predicted on its own.

    Args:
        scale: Scale of the image tokens.
        attributes: Attributes that were learned, in the order in which they are told.
        contradictions: Values of two attributes that no case learned from has together, though each is frequent.
    """

    scale: TokenScale
    attributes: Sequence[LearnedAttribute] = ()
    contradictions: frozenset[ValuePair] = frozenset()

    def predict(self, tokens: ImageTokens) -> list[list[PredictedValue]]:
        """The likeliest value of every attribute, for each case."""
        rows = self.scale.rows(tokens)
        predicted: list[list[PredictedValue]] = [[] for _ in range(tokens.cases)]
        for attribute in self.attributes:
            for case, row in zip(predicted, attribute.probabilities(rows), strict=True):
                best = int(row.argmax())
                case.append(PredictedValue(attribute.name, attribute.values[best], float(row[best])))
        return predicted


def calibrated(
    scores: Float[np.ndarray, "n k"], rates: Float[np.ndarray, " k"], temperature: float
) -> Float[np.ndarray, "n k"]:
    """Probabilities from scores around 0: the rates of the values, raised and lowered by what the image shows.

    Args:
        scores: Scores of a regression for each value, less their mean.
        rates: Share of each value among the cases learned from.
        temperature: Divisor of the scores.

    Example:
        >>> calibrated(np.zeros((1, 2)), np.array([0.25, 0.75]), 1.0).round(6).tolist()
        [[0.25, 0.75]]
    """
    return softmax(scores / temperature + np.log(rates), axis=1)


_Features = Mapping[str, tuple[Float32[np.ndarray, "n f"], Bool[np.ndarray, " n"]]]


def _features(tokens: ImageTokens) -> _Features:
    """Readout and grid of places of each branch, and which cases have it."""
    features = {}
    for name, read in sorted(tokens.tokens.items()):
        if name == QUESTION:
            continue
        present = tokens.present[name].cpu().numpy() if name in tokens.present else np.ones(tokens.cases, dtype=bool)
        features[f"{name}/{READOUT}"] = read.summary.float().cpu().numpy(), present
        features[f"{name}/{PLACES}"] = _quarters(read.places.float().cpu().numpy()), present
    return features


def _quarters(places: Float[np.ndarray, "n t w"]) -> Float32[np.ndarray, "n f"]:
    """Places averaged over slices and over the quarters of a plane; over all of them where they form no such grid."""
    cases, count, width = places.shape
    side = next((side for side in range(math.isqrt(count), 1, -1) if count % side**2 == 0 and side % _SIDE == 0), None)
    if side is None:
        return places.mean(axis=1)
    half = side // _SIDE
    grid = places.reshape(cases, -1, _SIDE, half, _SIDE, half, width)  # (n, slices, y, half, x, half, w)
    return grid.mean(axis=(1, 3, 5)).reshape(cases, -1).astype(np.float32)


def _part(name: str) -> str:
    return name.rpartition("/")[2]


def _unit(rows: Float[np.ndarray, "n f"]) -> Float[np.ndarray, "n f"]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _SMALL)
