"""Images that enter a model as slices that a page shows: grey from 0 to 1, volumes as they are looked at."""

import numpy as np
from jaxtyping import Float
from torch import Tensor


def grey_slices(image: Float[Tensor, "c ..."]) -> Float[np.ndarray, "z y x"]:
    """An image without its channels; a vector of features, which has none, becomes a strip."""
    values = image.detach().float()
    shown = as_slices((values if values.ndim == 1 else values.mean(dim=0)).cpu().numpy())
    low, high = float(shown.min()), float(shown.max())
    return (shown - low) / (high - low) if high > low else np.zeros_like(shown)


def as_slices(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "z y x"]:
    """Values over the places of an image, slice by slice; one axis becomes a strip.

    Volumes lie in RAS+ order: turned around, the patient's right is on the left and the front on top.
    """
    if values.ndim == 1:
        return np.repeat(values[None], max(1, len(values) // 8), axis=0)[None]
    if values.ndim == 2:
        return values[None]
    return values.reshape(-1, *values.shape[-2:])[:, ::-1, ::-1]
