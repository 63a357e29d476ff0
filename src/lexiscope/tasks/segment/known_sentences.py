"""`KnownSentences`: what a segmenter was asked with in training, and what of it another sentence is taken for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from lexiscope.language.instructions.probes import places_in
from lexiscope.language.text.sentences import sentence_texts
from lexiscope.models.parts.segmenter import SegmenterContent

FAR = 0.45
"""One less the cosine: a sentence that is farther from every sentence of the training is about another subject."""
_SAME = 1e-4  # one less the cosine: a sentence so near to a wording of a structure's name is that wording


@dataclass(frozen=True)
class ReadSentence:
    """A sentence as the network reads it.

    Args:
        text: The sentence.
        own: Its own vector.
        asked: Vector that the network is asked with.
        wording: Wording of the training that it is taken for; None where it is asked as it is.
    """

    text: str
    own: Float[Tensor, " d"]
    asked: Float[Tensor, " d"]
    wording: str | None = None


@dataclass(frozen=True)
class KnownSentences:
    """Sentences of a segmenter's training. Use `KnownSentences.of`.

    Args:
        content: The segmenter.
        structures: Structure of each wording.
        wordings: Wordings of the structures' names.
        vectors: Vector of each wording.
        instructions: Vectors of cases' instructions; none where training asked with names alone.
        foreign: Vectors of wordings of structures that no case had; None in a model of an earlier version.
    """

    content: SegmenterContent
    structures: tuple[str, ...]
    wordings: tuple[str, ...]
    vectors: Float[Tensor, "n d"]
    instructions: Float[Tensor, "m d"]
    foreign: Float[Tensor, "f d"] | None

    @classmethod
    def of(cls, content: SegmenterContent) -> Self:
        """The sentences of a segmenter, its wordings read by its text tower."""
        names = [(name, wording) for name, one in content.structures.items() for wording in one.wordings]
        wordings = tuple(wording for _, wording in names)
        vectors = content.segmenter.embed(wordings)
        told = vectors[:0] if content.instructions is None else torch.from_numpy(content.instructions).to(vectors)
        foreign = None if content.foreign is None else torch.from_numpy(content.foreign).to(vectors)
        return cls(content, tuple(name for name, _ in names), wordings, vectors, told, foreign)

    def read(self, sentences: Sequence[str], about: Mapping[str, str] | None = None) -> list[ReadSentence]:
        """What the network is asked with: each sentence, or the wording that it is taken for.

        Args:
            sentences: Sentences to follow.
            about: Sentence -> structure that it was written about, where that is known: no wording of another one
                takes its place.
        """
        vectors = self.content.segmenter.embed(sentences)
        known = about or {}
        return [self._read(text, vector, known.get(text)) for text, vector in zip(sentences, vectors, strict=True)]

    def placeless(self, vectors: Float[Tensor, "k d"]) -> Bool[Tensor, " k"]:
        """Which sentences are wordings of a structure's name, that tell of no side and no place."""
        return torch.tensor([self.nearest(vector)[1] < _SAME for vector in vectors], dtype=torch.bool)

    def distance(self, one: ReadSentence) -> float:
        """One less the cosine to the nearest sentence of the training, a wording of a name or a case's instruction.

        Instructions of whatever structure are alike, as most of each is about place and looks. So one of the sentences
        of an instruction must be near to a wording of a name: the distance is the larger of the two.

        Args:
            one: One sentence or several.
        """
        near = _apart(torch.cat([self.vectors, self.instructions]), one.own)
        parts = sentence_texts(one.text)
        if len(parts) < 2:
            return near
        return max(near, min(_apart(self.vectors, part) for part in self.content.segmenter.embed(parts)))

    def nearest(self, vector: Float[Tensor, " d"]) -> tuple[str, float]:
        """Structure whose wording is nearest to a sentence, and one less their cosine."""
        best, apart = self._nearest(vector)
        return self.structures[best], apart

    def _nearest(self, vector: Float[Tensor, " d"]) -> tuple[int, float]:
        cosines = functional.cosine_similarity(self.vectors, vector[None])
        best = int(cosines.argmax())
        return best, max(0.0, 1.0 - float(cosines[best]))

    def _read(self, sentence: str, vector: Float[Tensor, " d"], about: str | None) -> ReadSentence:
        """A sentence, or the wording that it is taken for.

        The network has seen some wordings of each name, and follows others less well: of a small structure a tenth of
        the mask was lost. So one that is nearer to a wording of a name than to all else that training asked, and not
        far from it, is read as that wording; our own rule. Sentences that tell a place which the wording does not tell
        stay as they are, and so does everything under a model that does not know what else it was asked.
        """
        plain = ReadSentence(sentence, vector, vector)
        if self.foreign is None or sentence in self.wordings:
            return plain
        best, apart = self._nearest(vector)
        if about not in (None, self.structures[best]):
            return plain
        others = torch.cat([self.instructions, self.foreign])
        if apart > FAR or _apart(others, vector) <= apart or not places_in(sentence) <= places_in(self.wordings[best]):
            return plain
        return ReadSentence(sentence, vector, self.vectors[best], self.wordings[best])


def _apart(vectors: Float[Tensor, "n d"], vector: Float[Tensor, " d"]) -> float:
    """One less the cosine of a vector to the nearest of others."""
    return max(0.0, 1.0 - float(functional.cosine_similarity(vectors, vector[None]).max()))
