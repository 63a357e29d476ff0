"""How much two maps agree: rank correlation and structural similarity of their sizes."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import uniform_filter
from scipy.stats import rankdata

_SIDE = 7  # of the windows of SSIM


def rank_correlation(a: Float[np.ndarray, "n ..."], b: Float[np.ndarray, "n ..."]) -> Float[np.ndarray, " n"]:
    """Spearman correlation of the absolute values of each pair of maps; NaN where one of them is even all over.

    Example:
        >>> rank_correlation(np.array([[1.0, -2.0, 3.0]]), np.array([[0.1, 0.2, 0.9]])).round(3).tolist()
        [1.0]
    """
    ranks = [rankdata(np.abs(x).reshape(len(x), -1), axis=1) for x in (a, b)]
    x, y = (r - r.mean(axis=1, keepdims=True) for r in ranks)
    sizes = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.divide((x * y).sum(axis=1), sizes, out=np.full(len(x), np.nan), where=sizes > 0)


def structural_similarity(a: Float[np.ndarray, "n ..."], b: Float[np.ndarray, "n ..."]) -> Float[np.ndarray, " n"]:
    """Mean SSIM of the absolute values of each pair of maps, each scaled to its own largest value.

    Windows are even ones with 7 places a side, or fewer in smaller maps; K1 = 0.01, K2 = 0.03 (Wang et al. 2004).

    Example:
        >>> x = np.random.default_rng(0).random((1, 9, 9))
        >>> structural_similarity(x, -2 * x).round(6).tolist()
        [1.0]
    """
    return np.array([_ssim(_scaled(x), _scaled(y)) for x, y in zip(a, b, strict=True)])


def _scaled(x: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    size = np.abs(x).astype(np.float64)
    return size / size.max() if size.max() > 0 else size


def _ssim(x: Float[np.ndarray, "..."], y: Float[np.ndarray, "..."]) -> float:
    window = [min(_SIDE, side) for side in x.shape]
    mean_x, mean_y, xx, yy, xy = (uniform_filter(z, window) for z in (x, y, x * x, y * y, x * y))
    both = xy - mean_x * mean_y
    spread = (xx - mean_x**2) + (yy - mean_y**2)
    c1, c2 = 0.01**2, 0.03**2
    alike = (2 * mean_x * mean_y + c1) * (2 * both + c2) / ((mean_x**2 + mean_y**2 + c1) * (spread + c2))
    return float(alike.mean())
