"""How much two maps agree: rank correlation and structural similarity of their sizes."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import uniform_filter
from scipy.stats import rankdata

_SIDE = 7  # of the windows of SSIM


def rank_correlation(a: Float[np.ndarray, "n ..."], b: Float[np.ndarray, "n ..."]) -> Float[np.ndarray, " n"]:
    """Spearman correlation of the absolute values of each pair of maps, over the places where one of them is not zero.

    A background of zeros is zero in every map that multiplies by the image, and would make all of them alike. NaN
    where one map is even over those places.

    Example:
        >>> rank_correlation(np.array([[1.0, -2.0, 3.0, 0.0]]), np.array([[0.1, 0.2, 0.9, 0.0]])).round(3).tolist()
        [1.0]
    """
    flat = (np.abs(x).reshape(len(x), -1) for x in (a, b))
    return np.array([_spearman(x, y) for x, y in zip(*flat, strict=True)])


def structural_similarity(a: Float[np.ndarray, "n ..."], b: Float[np.ndarray, "n ..."]) -> Float[np.ndarray, " n"]:
    """Mean SSIM of the absolute values of each pair of maps, each scaled to its own largest value.

    Windows are even ones with 7 places a side, or fewer in smaller maps; K1 = 0.01, K2 = 0.03 (Wang et al. 2004).

    Example:
        >>> x = np.random.default_rng(0).random((1, 9, 9))
        >>> structural_similarity(x, -2 * x).round(6).tolist()
        [1.0]
    """
    return np.array([_ssim(_scaled(x), _scaled(y)) for x, y in zip(a, b, strict=True)])


def _spearman(x: Float[np.ndarray, " p"], y: Float[np.ndarray, " p"]) -> float:
    told = (x > 0) | (y > 0)
    if told.sum() < 2:
        return float("nan")
    x, y = (ranks - ranks.mean() for ranks in (rankdata(x[told]), rankdata(y[told])))
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else float("nan")


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
