"""`standard_score`: the values of an image in standard deviations from the mean of what is not air."""

import numpy as np
from jaxtyping import Float, Shaped

_AIR = 0.05  # of the voxels at the least value: below it, nothing counts as air
_SAMPLED = 2_000_000  # voxels that the statistics are taken from
_CUT = (0.5, 99.5)  # percentiles


def standard_score(values: Shaped[np.ndarray, "c ..."]) -> Float[np.ndarray, "c ..."]:
    """Values cut to the 0.5th and 99.5th percentile, less their mean, divided by their standard deviation.

    As nnU-Net does with scans (https://arxiv.org/abs/1904.08128), all three are taken over what is not air; own
    definition of air: the least value, where at least a twentieth of the voxels has it. Channels share their
    statistics, so colours stay. What is not finite counts as the least value; an image of one value gives zeros.

    Example:
        >>> standard_score(np.array([[0, 0, 1, 3]]))[0].round().tolist()  # the mean of what is not air is 2
        [-2.0, -2.0, -1.0, 1.0]
    """
    x = values.astype(np.float32)
    finite = np.isfinite(x)
    if not finite.all():
        x = np.where(finite, x, x[finite].min() if finite.any() else 0.0)
    sample = x.reshape(-1)[:: max(1, x.size // _SAMPLED)]
    least = sample.min()
    body = sample[sample > least] if np.mean(sample == least) >= _AIR else sample
    if body.size == 0 or body.max() == body.min():
        return np.zeros_like(x) if body.size == 0 or least == body.max() else np.where(x > least, 1.0, 0.0).astype("f4")
    low, high = np.percentile(body, _CUT)
    if high <= low:
        low, high = body.min(), body.max()
    body = body.clip(low, high)
    scored = (x.clip(min(low, least), high) - body.mean()) / max(float(body.std()), 1e-6)
    return np.clip(scored, -10.0, 10.0).astype(np.float32)
