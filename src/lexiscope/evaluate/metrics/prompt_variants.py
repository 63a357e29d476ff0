"""Dependence of a score on the wording of an instruction: MM-BigBench's figures (https://arxiv.org/abs/2310.09036).

All take `A[m, d, i]`, the accuracy of model m on data set d under instruction i. Standard deviations are those of a
population, and ranks that tie are shared out in equal parts, so the order of the instructions never matters; both are
our own choice.
"""

import numpy as np
from jaxtyping import Float

TOP = 3  # ranks that count as a hit


def best(accuracy: Float[np.ndarray, "m d i"]) -> Float[np.ndarray, "m d"]:
    """Accuracy under the instruction that suits best: max_i A.

    Example:
        >>> best(np.array([[[0.2, 0.9]]]))
        array([[0.9]])
    """
    return accuracy.max(axis=2)


def relative_gain_of_models(accuracy: Float[np.ndarray, "m d i"]) -> Float[np.ndarray, "m d"]:
    """Gain in per cent of a model over the mean of all models, averaged over the instructions.

    mean_i 100 (A_mdi - mean_m A_mdi) / mean_m A_mdi; where no model gets anything right nobody gains.

    Example:
        >>> relative_gain_of_models(np.array([[[0.6]], [[0.4]]])).round(1).tolist()
        [[20.0], [-20.0]]
    """
    return _gain(accuracy, over=0).mean(axis=2)


def relative_gain_of_instructions(accuracy: Float[np.ndarray, "m d i"]) -> Float[np.ndarray, "d i"]:
    """Gain in per cent of an instruction over the mean of all instructions, averaged over the models.

    mean_m 100 (A_mdi - mean_i A_mdi) / mean_i A_mdi.
    """
    return _gain(accuracy, over=2).mean(axis=0)


def stability_of_models(accuracy: Float[np.ndarray, "m d i"]) -> Float[np.ndarray, "m d"]:
    """Spread of a model's accuracy over the instructions: std_i A; smaller is more stable.

    Example:
        >>> stability_of_models(np.array([[[0.4, 0.6]]])).round(3)
        array([[0.1]])
    """
    return accuracy.std(axis=2)


def stability_of_instructions(accuracy: Float[np.ndarray, "m d i"]) -> Float[np.ndarray, "d i"]:
    """Spread of an instruction's accuracy over the models: std_m A."""
    return accuracy.std(axis=0)


def hit_ratio(accuracy: Float[np.ndarray, "m d i"], *, top: int = TOP) -> Float[np.ndarray, "m i"]:
    """Adaptability: the share of a model's best slots, (data set, rank up to `top`), that each instruction wins.

    Example:
        >>> hit_ratio(np.array([[[0.9, 0.5, 0.1], [0.8, 0.2, 0.2]]]), top=2)
        array([[0.5  , 0.375, 0.125]])
    """
    top = min(top, accuracy.shape[2])
    above = (accuracy[..., None, :] > accuracy[..., :, None]).sum(axis=-1)  # (m, d, i): instructions that do better
    alike = (accuracy[..., None, :] == accuracy[..., :, None]).sum(axis=-1)  # with itself
    won = np.clip((top - above) / alike, 0, 1)  # of the slots that those who tie for them share
    return won.sum(axis=1) / (top * accuracy.shape[1])


def _gain(accuracy: Float[np.ndarray, "m d i"], *, over: int) -> Float[np.ndarray, "m d i"]:
    mean = accuracy.mean(axis=over, keepdims=True)
    return 100 * np.divide(accuracy - mean, mean, out=np.zeros_like(accuracy), where=mean > 0)
