"""`word_pictures`: a word map over the image that it is about, a picture for each word."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lexiscope.interpret.charts import Gallery
from lexiscope.interpret.interaction.word_map import WordMap
from lexiscope.interpret.slices import as_slices, grey_slices

_PICTURES = 9
_COVERS = 0.7  # opacity of the strongest patch
_NEED, _STAND_IN = np.array([0.84, 0.15, 0.16]), np.array([0.13, 0.42, 0.80])  # red, blue


def word_pictures(found: WordMap, *, case: str) -> Gallery:
    """The images as they are, then the strongest words in their order, each with its patches over the first image.

    Args:
        found: Words against patches, which go through all images and all of their slices; with one image or more.
        case: Name of the case.
    """
    slices = {name: grey_slices(image) for name, image in found.images.items()}
    plain = [(_caption(name, shown), shown[len(shown) // 2]) for name, shown in slices.items()]
    first, below = next(iter(found.images.values())), plain[0][1]
    top = float(np.abs(found.values).max()) or 1.0
    strength = np.abs(found.values).max(axis=1)
    strongest = np.argsort(-strength, kind="stable")[: max(1, _PICTURES - len(plain))]
    words = [
        (f'"{found.words[word]}"', _blended(below, _over(found.values[word].reshape(found.grid) / top, first)))
        for word in sorted(strongest.tolist())
    ]
    return Gallery(
        f"Words and patches of {case}: red where they need each other, blue where one stands in for the other; full "
        f"colour is {top:.2g} of the {found.score}. A patch goes through all images and slices",
        [*plain, *words],
    )


def _caption(name: str, slices: Float[np.ndarray, "z y x"]) -> str:
    return name if len(slices) == 1 else f"{name}, slice {len(slices) // 2 + 1} of {len(slices)}"


def _over(patches: Float[np.ndarray, "r c"], image: Float[Tensor, "c ..."]) -> Float[np.ndarray, "y x"]:
    """Values of patches at the places of an image's slices, which were cut as `without_patches` cuts them."""
    for axis, side in enumerate(image.shape[-2:]):
        edges = np.linspace(0, side, patches.shape[axis] + 1).round().astype(int)
        patches = patches.repeat(np.diff(edges), axis=axis)
    return as_slices(patches if image.ndim == 3 else patches[None])[0]


def _blended(below: Float[np.ndarray, "y x"], signed: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x 3"]:
    """A grey image under red where values are positive and blue where they are negative, from -1 to 1."""
    colour = np.where(signed[..., None] > 0, _NEED, _STAND_IN)
    cover = _COVERS * np.abs(signed)[..., None]
    return np.asarray((1 - cover) * below[..., None] + cover * colour)
