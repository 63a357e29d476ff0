"""`Prompts`: the sentences about structures that training asks, each with its vector."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.paraphrases import foreign_paraphrases, paraphrases
from lexiscope.models.segmenter.segmenter import Segmenter

_KEPT = 256  # instructions that a model keeps the vectors of


@dataclass(frozen=True)
class Prompt:
    """One sentence that is asked of one window.

    Args:
        structure: Structure that it is about; None for one that no case here has.
        sentence: Number of the sentence in `Prompts.vectors`.
        other: Number of another wording of the same; the same number where there is none.
    """

    structure: str | None
    sentence: int
    other: int


@dataclass(frozen=True)
class Prompts:
    """Sentences of a corpus, by structure and by case.

    Args:
        names: Structure -> numbers of the wordings of its name.
        own: (case id, structure) -> numbers of the case's instructions, each with the modalities it was written from.
        foreign: Numbers of wordings of structures that no case here has.
        sentences: The sentences by number.
        vectors: Vector of each sentence, less their mean.
    """

    names: Mapping[str, tuple[int, ...]]
    own: Mapping[tuple[str, str], tuple[tuple[int, frozenset[str]], ...]]
    foreign: tuple[int, ...]
    sentences: tuple[str, ...]
    vectors: Float[Tensor, "n d"]

    @property
    def instructions(self) -> Float32[np.ndarray, "m d"] | None:
        """Vectors of the cases' own instructions, at most a few hundred of them, evenly taken; None without any."""
        numbers = sorted({number for written in self.own.values() for number, _ in written})
        if not numbers:
            return None
        return self._of(numbers[:: max(1, math.ceil(len(numbers) / _KEPT))])

    @property
    def elsewhere(self) -> Float32[np.ndarray, "m d"]:
        """Vectors of the wordings of structures that no case here has."""
        return self._of(self.foreign)

    def _of(self, numbers: Sequence[int]) -> Float32[np.ndarray, "m d"]:
        vectors: np.ndarray = self.vectors[list(numbers)].float().cpu().numpy()
        return vectors

    @classmethod
    def of(cls, cases: Iterable[Case], structures: Sequence[str], segmenter: Segmenter) -> Self:
        """All sentences of some cases; sets the mean that the segmenter takes off.

        Args:
            cases: Cases to learn from.
            structures: Structures to learn.
            segmenter: Segmenter whose frozen text tower reads the sentences.
        """
        numbers: dict[str, int] = {}
        names = {name: _numbered(paraphrases(name), numbers) for name in structures}
        foreign = _numbered(foreign_paraphrases(structures), numbers)
        named = len(numbers)
        own: dict[tuple[str, str], tuple[tuple[int, frozenset[str]], ...]] = {}
        for case in cases:
            for name in structures:
                own[case.id, name] = tuple(
                    (numbers.setdefault(passage.text, len(numbers)), frozenset(passage.modalities))
                    for passage in instructions_of(case, name)
                )
        with torch.no_grad():
            raw = segmenter.text.encode(list(numbers))
            segmenter.centre.copy_(raw[:named].mean(dim=0))
        return cls(names, own, foreign, tuple(numbers), raw - segmenter.centre)

    def draw(
        self,
        case: Case,
        structure: str,
        *,
        present: Collection[str],
        instructions: float,
        mirrored: bool,
        rng: np.random.Generator,
    ) -> Prompt:
        """A sentence about a structure, and another wording of it.

        Args:
            case: Case that is asked about.
            structure: Structure that is asked for.
            present: Modalities that are shown; an instruction written from another one would tell of it.
            instructions: Probability of the case's own instruction, where there is one.
            mirrored: The window is mirrored, so that sides and places that an instruction names are wrong.
            rng: Generator of the draws.
        """
        written = () if mirrored else self.own[case.id, structure]
        own = [number for number, modalities in written if modalities <= set(present)]
        first = own if own and rng.random() < instructions else self.names[structure]
        return Prompt(structure, int(rng.choice(first)), int(rng.choice(self.names[structure])))

    def draw_foreign(self, rng: np.random.Generator) -> Prompt:
        """A sentence about a structure that no case here has."""
        sentence = int(rng.choice(self.foreign))
        return Prompt(None, sentence, sentence)


def _numbered(sentences: Iterable[str], numbers: dict[str, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers.setdefault(sentence, len(numbers)) for sentence in sentences))
