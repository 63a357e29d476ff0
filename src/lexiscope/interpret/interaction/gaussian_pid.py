"""Partial information decomposition of continuous features, as far as their second moments tell.

Where (X1, Y) and (X2, Y) are Gaussian, so is the q that tells least (Zhao et al., "Partial information decomposition
via normalizing flows in latent Gaussian distributions", https://arxiv.org/abs/2510.04417). With X_i = H_i Y + n_i and
both noises white, all that q may choose is their cross-covariance K, and it takes the K of spectral norm at most one
that makes I = 1/2 log det(1 + H' N(K)^-1 H) least, N(K) = [[1, K], [K', 1]]. This is the problem of their Thin-PID; it
is convex in K and solved here by spectral projected gradients (https://doi.org/10.1137/S1052623497330963). Their
normalising flows, which make other features Gaussian first, are not here.
"""

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.interpret.interaction.discretise import reduce
from lexiscope.interpret.interaction.pid import Pid

_LARGEST = 1 - 1e-7  # of a singular value of K: at one, a difference of the sources has no noise left
_STEPS = 2000
_FLAT = 1e-7  # of a projected step of the whole slope


def gaussian_pid(covariance: Float[np.ndarray, "d d"], *, first: int, second: int) -> Pid:
    """Decompose what two Gaussian vectors say about a third, in nats.

    Args:
        covariance: Of (X1, X2, Y) one below the other, positive definite.
        first: Dimensions of X1.
        second: Dimensions of X2.

    Example:
        >>> both_say_the_same_noisily = np.array([[2.0, 1, 1], [1, 2, 1], [1, 1, 1]])
        >>> round(gaussian_pid(both_say_the_same_noisily, first=1, second=1).redundancy, 4)  # 1/2 ln 2
        0.3466
    """
    whole = np.asarray(covariance, dtype=float)
    sources, label = whole[: first + second, : first + second], whole[first + second :, first + second :]
    mixed = whole[: first + second, first + second :]
    noise = sources - mixed @ np.linalg.solve(label, mixed.T)
    gains = mixed @ np.linalg.inv(np.linalg.cholesky(label)).T  # H_i L with Y = L z, z white
    one = _whitened(gains[:first], noise[:first, :first])
    two = _whitened(gains[first:], noise[first:, first:])
    both = _whitened(gains, noise)
    return Pid.of(_information(one), _information(two), _information(both), least_information(one, two))


def gaussian_features_pid(
    first: Float[np.ndarray, "n d1"],
    second: Float[np.ndarray, "n d2"],
    labels: Int64[np.ndarray, " n"],
    *,
    classes: int,
    ridge: float = 1e-3,
) -> Pid:
    """Decompose what two features say about classes, classes as indicators and all taken as jointly Gaussian.

    Only what is linear is seen: of an XOR, nothing.

    Args:
        first: Features of the first source, few dimensions (see `few_dimensions`).
        second: Those of the second.
        labels: Numbers of the classes.
        classes: Number of classes, of which a resample may lack some.
        ridge: Share of the mean variance added to each variance, so that covariances are positive definite.
    """
    indicators = (labels[:, None] == np.arange(1, classes)).astype(float)  # k classes have k - 1 free ones
    joint = np.concatenate([_unit_variance(first), _unit_variance(second), _unit_variance(indicators)], axis=1)
    covariance = np.cov(joint.T, bias=True) + ridge * np.eye(joint.shape[1])
    return gaussian_pid(covariance, first=first.shape[1], second=second.shape[1])


def few_dimensions(features: Float[np.ndarray, "n d"], *, components: int = 5) -> Float[np.ndarray, "n c"]:
    """First principal components of features of unit length; at most one for each ten cases."""
    return reduce(features, components=max(1, min(components, len(features) // 10)))


def least_information(one: Float[np.ndarray, "d1 k"], two: Float[np.ndarray, "d2 k"]) -> float:
    """Least I(X1, X2; Y) over all correlations of the noises of two white channels, in nats.

    Args:
        one: H1 where X1 = H1 z + n1, with z and n1 white.
        two: H2 likewise.
    """
    cross = _projected(one @ np.linalg.pinv(two))  # where it has no singular value above one, it is the answer
    value, slope = _value_and_slope(one, two, cross)
    past, step = [value], 1.0
    for _ in range(_STEPS):
        if np.abs(_projected(cross - slope) - cross).max() < _FLAT:
            break
        towards = _projected(cross - step * slope) - cross
        moved, value, new_slope = _searched(one, two, cross, towards, slope, worst_lately=max(past[-10:]))
        past.append(value)
        curvature = float(np.sum(moved * (new_slope - slope)))
        step = float(np.clip(np.sum(moved**2) / curvature, 1e-12, 1e6)) if curvature > 1e-18 else 1.0
        cross, slope = cross + moved, new_slope
    return min(past)


def _searched(
    one: Float[np.ndarray, "d1 k"],
    two: Float[np.ndarray, "d2 k"],
    cross: Float[np.ndarray, "d1 d2"],
    towards: Float[np.ndarray, "d1 d2"],
    slope: Float[np.ndarray, "d1 d2"],
    *,
    worst_lately: float,
) -> tuple[Float[np.ndarray, "d1 d2"], float, Float[np.ndarray, "d1 d2"]]:
    """Step that falls below the largest of the last values: demanding less than each step's best goes faster in all."""
    share, falls = 1.0, float(np.sum(slope * towards))
    while True:
        value, new_slope = _value_and_slope(one, two, cross + share * towards)
        if value <= worst_lately + 1e-4 * share * falls or share < 1e-10:
            return share * towards, value, new_slope
        share /= 2


def _value_and_slope(
    one: Float[np.ndarray, "d1 k"], two: Float[np.ndarray, "d2 k"], cross: Float[np.ndarray, "d1 d2"]
) -> tuple[float, Float[np.ndarray, "d1 d2"]]:
    split = len(one)
    noise = np.block([[np.eye(split), cross], [cross.T, np.eye(len(two))]])
    gains = np.concatenate([one, two])
    weighed = np.linalg.solve(noise, gains)  # N^-1 H
    inner = np.eye(gains.shape[1]) + gains.T @ weighed
    slope = -(weighed @ np.linalg.solve(inner, weighed.T))[:split, split:]
    return 0.5 * float(np.linalg.slogdet(inner)[1]), slope


def _projected(cross: Float[np.ndarray, "d1 d2"]) -> Float[np.ndarray, "d1 d2"]:
    left, values, right = np.linalg.svd(cross, full_matrices=False)
    return (left * np.minimum(values, _LARGEST)) @ right


def _whitened(gains: Float[np.ndarray, "d k"], noise: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d k"]:
    return np.linalg.solve(np.linalg.cholesky(noise), gains)


def _information(gains: Float[np.ndarray, "d k"]) -> float:
    return 0.5 * float(np.linalg.slogdet(np.eye(gains.shape[1]) + gains.T @ gains)[1])


def _unit_variance(values: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    centred = values - values.mean(0)
    spread = centred.std(0)
    return centred / np.where(spread > 1e-12, spread, 1)
