"""`SeesImages`: what a subject shows of the joint space that reads its images, whatever it is asked for."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor, nn

from lexiscope.interpret.adapters.image_readouts import ImageReadouts
from lexiscope.interpret.subject import Attention, Cases, Level
from lexiscope.tasks.embed import embed_texts


class SeesImages:
    """A subject whose cases are read by a joint space.

    Attributes:
        sees: Readouts of images.
    """

    sees: ImageReadouts

    def levels(self, cases: Cases[Any]) -> Mapping[str, Sequence[Level]]:
        """Levels of each modality's tower and, as "fused", what comes of them; see `encoder_levels`."""
        return self.sees.levels(cases.items)

    def levels_folder(self, cases: Cases[Any]) -> Path | None:
        """Folder beside the corpus that levels are kept in; None for noise, and while units are silenced."""
        return self.sees.levels_folder(cases)

    def lower_once(self, level: str) -> AbstractContextManager[None]:
        """Within the context, what lies below a level of the towers is computed once for the same images."""
        return self.sees.lower_once(level)

    def text_vectors(self, texts: Sequence[str]) -> Float32[np.ndarray, "n d"]:
        """Unit vector of each text in the joint space."""
        return embed_texts(self.sees.joint, list(texts))

    def image_vectors(self, cases: Cases[Any]) -> Float32[np.ndarray, "b d"]:
        """Unit vector of the images of each case; NaN for a case without an image that the model reads."""
        return self.sees.vectors(cases.items)

    @property
    def network(self) -> nn.Module:
        """The joint space."""
        return self.sees.joint

    def images(self, cases: Cases[Any]) -> Mapping[str, Float[Tensor, "b ..."]]:
        """Modality -> images as they enter the model, slices behind the channels: `(b, c, s, y, x)`."""
        return self.sees.of_gradients(cases.items)

    def attention(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Mapping[str, Attention]:
        """Modality -> attention of its tower over these images, where that is a transformer."""
        del cases
        return self.sees.attention(images)

    @property
    def sliced(self) -> frozenset[str]:
        """Modalities whose images are slices, read one by one."""
        return self.sees.sliced

    def reading_once(self) -> AbstractContextManager[None]:
        """Within the context, a slice that was read before, without gradients, is not read again."""
        return self.sees.reading_once()
