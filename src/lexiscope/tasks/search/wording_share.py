"""`weighed_wording`: the two vectors of a text, by text tower and in the joint space, as one."""

import numpy as np
from jaxtyping import Float32


def weighed_wording(
    vectors: Float32[np.ndarray, "... wd"], *, joint: int, share: float
) -> Float32[np.ndarray, "... wd"]:
    """Vectors of `wording_vectors` as one: the product of two is the weighed sum of both cosines.

    Args:
        vectors: Both unit vectors, side by side.
        joint: Numbers of the second one.
        share: Weight of the second one, 0 to 1.

    Example:
        >>> both = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], np.float32)
        >>> one, other = weighed_wording(both, joint=1, share=0.25)
        >>> round(float(one @ one), 3), round(float(one @ other), 3)
        (1.0, 0.25)
    """
    factors = np.full(vectors.shape[-1], np.sqrt(1 - share), np.float32)
    factors[-joint:] = np.sqrt(share)
    return vectors * factors
