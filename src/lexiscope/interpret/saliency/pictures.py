"""Charts of saliency: images with maps laid over them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lexiscope.interpret.charts import Gallery
from lexiscope.interpret.saliency.maps import Maps
from lexiscope.interpret.saliency.sanity import present_in
from lexiscope.interpret.subject import Cases


def map_gallery(cases: Cases[Any], row: int, images: Mapping[str, Tensor], maps: Mapping[str, Maps]) -> Gallery:
    """Every map of one case over its images; of volumes, the slice in which most of the map lies.

    Args:
        cases: All cases.
        row: The one that is shown.
        images: Modality -> `(n, c, ...)` of all cases.
        maps: Name -> modality -> `(n, ...)` of all cases.
    """
    pictures, overlays = [], []
    for modality, image in images.items():
        if not present_in(cases, modality)[row]:
            continue
        for name, found in maps.items():
            if modality not in found:
                continue
            size = np.abs(found[modality][row].numpy())
            shown = image[row].detach().float()
            grey = (shown if shown.ndim == 1 else shown.mean(dim=0)).numpy()
            pictures.append((f"{modality}: {name}", _scaled(_plane(grey, size))))
            overlays.append(_share_of_top(_plane(size, size)))
    return Gallery(f"Where the model looks in {cases.ids[row]}", pictures, overlays)


def _plane(values: Float[np.ndarray, "..."], size: Float[np.ndarray, "..."]) -> Float[np.ndarray, "y x"]:
    """Of everything beyond two axes, the place in which most of a map lies; one axis becomes a strip."""
    if values.ndim == 1:
        return np.repeat(values[None], max(1, len(values) // 8), axis=0)
    while values.ndim > 2:
        best = int(size.reshape(len(size), -1).sum(axis=1).argmax())
        values, size = values[best], size[best]
    return values


def _scaled(values: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _share_of_top(size: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Map from 0 to 1; the top hundredth is one, so that a single place does not darken all others."""
    top = float(np.quantile(size, 0.99)) or float(size.max())
    return np.clip(size / top, 0, 1) if top > 0 else np.zeros_like(size)
