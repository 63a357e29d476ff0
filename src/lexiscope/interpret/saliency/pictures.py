"""Charts of saliency: images with maps laid over them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lexiscope.interpret.charts import Overlays
from lexiscope.interpret.saliency.maps import Maps
from lexiscope.interpret.saliency.sanity import present_in
from lexiscope.interpret.slices import as_slices, grey_slices
from lexiscope.interpret.subject import Cases


def map_overlays(cases: Cases[Any], row: int, images: Mapping[str, Tensor], maps: Mapping[str, Maps]) -> Overlays:
    """Every map of one case over its images, slice by slice.

    Args:
        cases: All cases.
        row: The one that is shown.
        images: Modality -> `(n, c, ...)` of all cases.
        maps: Name -> modality -> `(n, ...)` of all cases.
    """
    shown = [
        name
        for name in images
        if present_in(cases, name)[row] and any(name in of_modality for of_modality in maps.values())
    ]
    found = {
        of: {name: _share_of_top(as_slices(np.abs(some[name][row].numpy()))) for name in shown if name in some}
        for of, some in maps.items()
    }
    return Overlays(
        f"Where the model looks in {cases.ids[row]}",
        {name: grey_slices(images[name][row]) for name in shown},
        {of: some for of, some in found.items() if some},
    )


def _share_of_top(size: Float[np.ndarray, "z y x"]) -> Float[np.ndarray, "z y x"]:
    """Map from 0 to 1; the top hundredth of its strongest slice is one, so that no single place darkens all others."""
    strongest = size[int(size.sum(axis=(1, 2)).argmax())]
    top = float(np.quantile(strongest, 0.99)) or float(size.max())
    return np.clip(size / top, 0, 1) if top > 0 else np.zeros_like(size)
