"""`Asker`: a segmenter that is asked many sentences about a case, each sentence once."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.core.batched import stream_batches
from lexiscope.models.segmenter.token_map import TokenMap
from lexiscope.models.segmenter.windows import ShownImage, body_of, laid_windows, segment_choices
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
            self._vectors |= {one.text: one.asked for one in self.delineator.known.read(new)}
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
        shown = self.prepared.images.keys() if modalities is None else modalities
        return self.masks_of_choices(sentences, [frozenset(shown)])[0]

    def masks_of_choices(
        self, sentences: Sequence[str], choices: Sequence[Collection[str]]
    ) -> list[dict[str, Bool[np.ndarray, "z y x"]]]:
        """The same of several choices of modalities; what choices share whose windows lie alike is computed once.

        Args:
            sentences: Sentences, as of `masks`.
            choices: Modalities that are shown together, in each at least one that the case has.
        """
        alike: dict[Hashable, list[int]] = {}
        for number, choice in enumerate(choices):
            alike.setdefault(self._windows(choice), []).append(number)
        masks: list[dict[str, np.ndarray]] = [{} for _ in choices]
        for numbers in alike.values():
            for part in stream_batches(dict.fromkeys(sentences), _AT_ONCE):
                for number, found in zip(numbers, self._asked(part, [choices[n] for n in numbers]), strict=True):
                    masks[number] |= found
        return masks

    def _windows(self, choice: Collection[str]) -> Hashable:
        """Where windows are laid when these modalities are shown."""
        body, content = body_of(self._shown(choice)), self.asker.delineator.content
        sides = [min(side, n) for side, n in zip(content.window, body.shape[-len(content.window) :], strict=True)]
        return tuple(laid_windows(body, sides, overlap=self.asker.delineator.settings.overlap))

    def _shown(self, choice: Collection[str]) -> dict[str, np.ndarray]:
        return {name: image for name, image in self.prepared.images.items() if name in choice}

    @cached_property
    def _maps(self) -> dict[str, TokenMap]:
        segmenter = self.asker.delineator.content.segmenter
        if not segmenter.keeps_tokens:
            return {}
        with torch.inference_mode():
            made = {name: segmenter.token_map(image) for name, image in self.prepared.images.items()}
        return {name: one for name, one in made.items() if one is not None}

    def _asked(self, sentences: Sequence[str], choices: Sequence[Collection[str]]) -> Iterator[dict[str, np.ndarray]]:
        """Masks under each choice; windows of all choices lie alike."""
        delineator, vectors = self.asker.delineator, self.asker.vectors(sentences)
        images = [
            ShownImage(name, image, self._maps.get(name))
            for name, image in self._shown(frozenset().union(*choices)).items()
        ]
        read = segment_choices(
            delineator.content.segmenter,
            images,
            [[number for number, image in enumerate(images) if image.modality in choice] for choice in choices],
            vectors,
            window=delineator.content.window,
            body=body_of(self._shown(choices[0])),
            overlap=delineator.settings.overlap,
            batch=delineator.settings.batch,
            mirrors=delineator.content.mirrors,
            placeless=delineator.known.placeless(vectors),
        )
        for masks in read:
            restored = zip(sentences, vectors, delineator.restored(masks, self.prepared), strict=True)
            yield {
                sentence: delineator.outlined(probability, presence, delineator.known.nearest(vector)[0])[0]
                for sentence, vector, (probability, presence) in restored
            }
