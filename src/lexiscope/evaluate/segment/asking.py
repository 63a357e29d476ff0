"""`Asker`: a segmenter that is asked many sentences about a case, each sentence once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.core.batched import stream_batches
from lexiscope.models.segmenter.token_map import TokenMap
from lexiscope.tasks.segment.delineate import Delineator
from lexiscope.views.case_grid import PreparedCase

NOTHING = ""  # the sentence that says nothing: its vector is zero, the mean of the structures' names
_AT_ONCE = 12  # sentences of which 8-bit probabilities are held in memory together


class Asker:
    """A segmenter held open; remembers the vectors of sentences.

    Args:
        delineator: The segmenter as the task runs it.
    """

    def __init__(self, delineator: Delineator) -> None:
        self.delineator = delineator
        self._vectors: dict[str, Tensor] = {}

    @property
    def structures(self) -> tuple[str, ...]:
        """Structures that it learned."""
        return tuple(self.delineator.content.structures)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that it reads, in alphabetical order."""
        return tuple(sorted(self.delineator.content.grid.channels))

    def name_of(self, structure: str) -> str:
        """The plain name that it learned a structure by."""
        wording: str = self.delineator.content.structures[structure].wordings[0]
        return wording

    def case(self, prepared: PreparedCase) -> "AskedCase":
        """A case that is asked about again and again; what a frozen tower says of its images is computed once."""
        return AskedCase(self, prepared)

    def vectors(self, sentences: Sequence[str]) -> Float[Tensor, "k d"]:
        """Vectors of sentences, each computed once."""
        new = [sentence for sentence in sentences if sentence not in self._vectors]
        if new:
            vectors = self.delineator.content.segmenter.embed(new)
            self._vectors |= dict(zip(new, vectors, strict=True))
        if NOTHING in new:
            self._vectors[NOTHING] = torch.zeros_like(self._vectors[NOTHING])
        return torch.stack([self._vectors[sentence] for sentence in sentences])


@dataclass(frozen=True)
class AskedCase:
    """One prepared case under a segmenter. Use `Asker.case`.

    Args:
        asker: The segmenter.
        prepared: Images on its grid.
    """

    asker: Asker
    prepared: PreparedCase

    def masks(
        self, sentences: Sequence[str], *, modalities: Collection[str] | None = None
    ) -> dict[str, Bool[np.ndarray, "z y x"]]:
        """Sentence -> mask on the grid that the case came from, as the task gives it.

        Nothing (an empty sentence) takes the thresholds of the first structure.

        Args:
            sentences: Sentences, each asked once however often it is named.
            modalities: Modalities that are shown; all when None.
        """
        shown = self.prepared.images.keys() if modalities is None else set(modalities)
        images = {name: x for name, x in self.prepared.images.items() if name in shown}
        maps = {name: one for name, one in self._maps.items() if name in shown}
        prepared = replace(self.prepared, images=images)
        return dict(self._asked(prepared, list(dict.fromkeys(sentences)), maps))

    @cached_property
    def _maps(self) -> dict[str, TokenMap]:
        segmenter = self.asker.delineator.content.segmenter
        if not segmenter.keeps_tokens:
            return {}
        with torch.inference_mode():
            made = {name: segmenter.token_map(image) for name, image in self.prepared.images.items()}
        return {name: one for name, one in made.items() if one is not None}

    def _asked(
        self, prepared: PreparedCase, sentences: Sequence[str], maps: Mapping[str, TokenMap]
    ) -> Iterator[tuple[str, np.ndarray]]:
        delineator = self.asker.delineator
        for part in stream_batches(iter(sentences), _AT_ONCE):
            vectors = self.asker.vectors(part)
            read = delineator.probabilities(prepared, vectors, maps=maps or None)
            for sentence, vector, (probability, presence) in zip(part, vectors, read, strict=True):
                structure, _ = delineator.nearest(vector)
                mask, _ = delineator.outlined(probability, presence, structure)
                yield sentence, mask
