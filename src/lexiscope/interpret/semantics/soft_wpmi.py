"""SoftWPMI of CLIP-Dissect: which words say best what a unit responds to, where nobody drew a mask."""

import numpy as np
from jaxtyping import Float, Int64

_FIRST, _LAST = (
    0.998,
    0.97,
)  # probability that the image a unit responds to most, and least among the top, is in its set
_SMALLEST = 1e-7
FORMULA = (
    "log p(t|B) - log p(t), log p(t|B) = sum over the k images x that a unit responds to most of "
    "log(1 + p(x in B) (p(t|x) - 1)), p(t|x) = softmax over concepts of 10 cos(x, t), p(x in B) from 0.998 down to "
    "0.97, p(t) the mean over units of p(t|B) (CLIP-Dissect, arXiv 2204.10965, equation 6)"
)


def soft_wpmi(
    cosines: Float[np.ndarray, "n c"], responses: Float[np.ndarray, "n d"], *, top: int = 100, sharpness: float = 10.0
) -> Float[np.ndarray, "d c"]:
    """Soft weighted pointwise mutual information of units and concepts (https://arxiv.org/abs/2204.10965, equation 6).

    Args:
        cosines: Of images and words in a joint space.
        responses: Of units to the same images, one number each.
        top: Images that stand for a unit: those that it responds to most; all where there are fewer.
        sharpness: Factor of the cosines in the softmax over concepts.

    Example:
        >>> soft_wpmi(np.eye(2), 9 * np.eye(2), top=1).argmax(axis=1).tolist()
        [0, 1]
    """
    said = np.exp(sharpness * (cosines - cosines.max(axis=1, keepdims=True)))
    said /= said.sum(axis=1, keepdims=True)  # (n, c): p(t|x)
    strongest = _strongest(responses, min(top, len(responses)))  # (k, d)
    member = _FIRST - np.arange(len(strongest)) / len(strongest) * (_FIRST - _LAST)
    given = np.zeros((responses.shape[1], cosines.shape[1]))
    for rows, probability in zip(strongest, member, strict=True):
        given += np.log(1 + probability * (said[rows] - 1) + _SMALLEST)
    highest = given.max(axis=0)
    alone = highest + np.log(np.exp(given - highest).mean(axis=0))  # log of the mean over units
    return np.asarray(given - alone)


def _strongest(responses: Float[np.ndarray, "n d"], top: int) -> Int64[np.ndarray, "k d"]:
    return np.argsort(-responses, axis=0, kind="stable")[:top]
