"""What modalities respond to, level by level: profile, variance, consistency and speciality, by our own definitions."""

import numpy as np
from jaxtyping import Float

FORMULA = {
    "profile (own definition)": "p_mc = s_mc / sum_c s_mc, s_mc the mean IoU with concept c over units of modality "
    "m; none where no unit overlaps with any concept",
    "variance (own definition)": "mean over concepts c of the variance over modalities m of p_mc",
    "consistency (own definition)": (
        "mean over concepts c of the smallest p_mc of any modality m; one over the number of concepts where profiles "
        "agree, 0 where they share nothing"
    ),
    "speciality (own definition)": "of modality m: sum over concepts c of max(0, p_mc - largest p_m'c of another m')",
    "chance of profiles": "the same with concepts of other cases, whole groups at a time",
    "intervals of profiles": "bootstrap of at most 40 blocks of groups",
}


def profiles(iou: Float[np.ndarray, "... d c"]) -> Float[np.ndarray, "... c"]:
    """Share of each concept in what units respond to; even where they respond to none.

    Example:
        >>> profiles(np.array([[0.3, 0.1], [0.0, 0.4]])).round(3).tolist()
        [0.375, 0.625]
    """
    strength = iou.mean(axis=-2)
    total = strength.sum(axis=-1, keepdims=True)
    even = np.full(strength.shape, 1 / strength.shape[-1])
    return np.divide(strength, total, out=even, where=total > 0)


def variance(profile: Float[np.ndarray, "m ... c"]) -> Float[np.ndarray, "..."]:
    """Mean over concepts of the (population) variance over modalities.

    Example:
        >>> float(variance(np.array([[1.0, 0.0], [0.0, 1.0]])))
        0.25
    """
    return np.asarray(profile.var(axis=0).mean(axis=-1))


def consistency(profile: Float[np.ndarray, "m ... c"]) -> Float[np.ndarray, "..."]:
    """Mean over concepts of what all modalities have of each: one over their number where profiles agree.

    Example:
        >>> float(consistency(np.array([[0.75, 0.25], [0.25, 0.75]])))
        0.25
    """
    return np.asarray(profile.min(axis=0).mean(axis=-1))


def speciality(profile: Float[np.ndarray, "m ... c"]) -> Float[np.ndarray, "m ..."]:
    """Part of each modality's profile that no other modality has as much of.

    Example:
        >>> speciality(np.array([[0.75, 0.25], [0.25, 0.75]])).tolist()
        [0.5, 0.5]
    """
    lead = [
        np.maximum(0, own - np.delete(profile, number, axis=0).max(axis=0)).sum(axis=-1)
        for number, own in enumerate(profile)
    ]
    return np.stack(lead)
