"""`Questions`: questions about cases, with the images they are about and the groups that must not answer them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from lexiscope.models.assistant.image_tokens import ImageTokens


@dataclass(frozen=True)
class Questions:
    """Questions about cases, one case each.

    Args:
        texts: The questions in words.
        seen: Image tokens of each question's case.
        images: Embeddings of the cases, unit rows.
        excluded_groups: Groups that evidence about each question never comes from: those it is about.
        contexts: Facts that are known about each case, in words; None where nothing is.
    """

    texts: Sequence[str]
    seen: ImageTokens
    images: Float32[np.ndarray, "n d"]
    excluded_groups: Sequence[Collection[str]]
    contexts: Sequence[str | None] | None = None

    def context(self, row: int) -> str | None:
        """Facts that are known about a row's case."""
        return None if self.contexts is None else self.contexts[row]
