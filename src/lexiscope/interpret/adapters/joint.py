"""A joint space as a subject: how early the images of a case find its own text with fewer modalities.

Inputs are the modalities. The score of a case is one over the rank of the first of its own texts among all texts of the
split, by cosine; texts that read the same are one. An answer is right where that text comes first, which is recall@1. A
case of which nothing is left has the score of a random order.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.metrics.retrieval import first_rank, relevant_ranks
from lexiscope.interpret.adapters.hidden_parts import without_patches, without_words, words_of
from lexiscope.interpret.adapters.image_readouts import ImageReadouts, Noise
from lexiscope.interpret.adapters.sees_images import SeesImages
from lexiscope.interpret.subject import Cases, Coalition, HiddenParts, Outcome
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_texts

_PATCHES = (6, 6)


def joint_subjects(
    model: ModelDirectory, corpus: Corpus, split: str, *, seed: int = 0
) -> list[tuple["JointSubject", Cases[Case]]]:
    """The joint space of a model with the cases that have image and text; none without a joint space.

    Raises:
        EvaluationError: no case of the split has an image that the model reads and a text.
    """
    return [open_joint(model, corpus, split, seed=seed)] if model.has("joint") else []


def open_joint(
    model: ModelDirectory, corpus: Corpus, split: str, *, seed: int = 0
) -> tuple["JointSubject", Cases[Case]]:
    """A joint space, and the cases of a split that have an image that it reads and a text.

    Args:
        model: Model directory with a joint space.
        corpus: Corpus with images and texts.
        split: Split of the corpus.
        seed: Not used: nothing is drawn.

    Raises:
        ModelError: no joint space; the message holds the command that makes it.
        EvaluationError: no case of the split has both.
    """
    del seed
    joint, views = model.joint(), model.views()
    cases = [case for case in corpus.cases(split) if views.keys() & case.images.keys() and case.statements]
    if not cases:
        msg = f"expected cases with text and an image of {', '.join(sorted(views))} in split {split!r}, found none"
        raise EvaluationError(f"{msg} in {corpus.path}; name another split")
    texts = {normalise(passage.text): passage.text for case in cases for passage in case.statements}
    places = {key: place for place, key in enumerate(texts)}
    subject = JointSubject(
        name="joint space",
        fingerprint=sha256_json(["joint", model.fingerprint]),
        inputs=tuple(sorted(views)),
        fusion=joint.image.config.fusion,
        score="reciprocal rank of the case's own text",
        sees=ImageReadouts(joint, corpus, views),
        gallery=embed_texts(joint, list(texts.values())),
        own={case.id: np.unique([places[normalise(text.text)] for text in case.statements]) for case in cases},
    )
    return subject, image_cases(cases, sorted(views), corpus, split)


def image_cases(cases: Sequence[Case], modalities: Sequence[str], corpus: Corpus, split: str) -> Cases[Case]:
    """Cases of a corpus as they are interpreted on, with the modalities that each has."""
    return Cases(
        items=list(cases),
        ids=[case.id for case in cases],
        groups=[case.group for case in cases],
        present={name: np.array([name in case.images for case in cases], dtype=bool) for name in modalities},
        version=corpus.version,
        split=split,
    )


@dataclass(frozen=True)
class JointSubject(SeesImages):
    """A joint space of images and texts. Use `open_joint`.

    Args:
        name: What it is.
        fingerprint: Hash of its weights and settings.
        inputs: Modalities by the alphabet.
        fusion: Place where its modalities meet.
        score: What it is measured by.
        sees: Readouts of images.
        gallery: Unit vectors of the different texts of the split.
        own: Case -> rows of its own texts in the gallery.
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str
    sees: ImageReadouts
    gallery: Float32[np.ndarray, "t d"]
    own: Mapping[str, Int64[np.ndarray, " r"]]

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """One over the rank of each case's own text under each coalition, and whether it comes first."""
        donors = [None if coalition.donors is None else coalition.donors.items for coalition in coalitions]
        relevant = [self.own[name] for name in cases.ids]
        return [
            self._outcome(self.sees.embedded(readout), relevant)
            for readout in self.sees.under(cases.items, coalitions, donors)
        ]

    def ablated(self, branch: str, level: str, units: Sequence[int]) -> AbstractContextManager[None]:
        """Within the context, these channels of a level are zeros.

        Raises:
            UsageError: no such branch or level.
        """
        return self.sees.ablated(branch, level, units)

    @property
    def patch_grid(self) -> tuple[int, int]:
        """Patches along (y, x) that can be hidden, in all images of a case alike."""
        return _PATCHES

    @property
    def parts_score(self) -> str:
        """What is left without some of them."""
        return "cosine of images and text"

    def words(self, case: Cases[Any]) -> tuple[str, ...]:
        """Words of the first text of a single case."""
        return words_of(case.items[0].statements[0].text)

    def without_parts(self, case: Cases[Any], hidden: Sequence[HiddenParts]) -> Float[np.ndarray, " h"]:
        """Cosine of the images and the first text of a single case, without these patches and words.

        A text without any word and images without any patch are what is left of them, not nothing.
        """
        words, patches = _different(one.words for one in hidden), _different(one.patches for one in hidden)
        text = case.items[0].statements[0].text
        texts = embed_texts(self.sees.joint, [without_words(text, some) for some in words])
        batch = without_patches(self.sees.images(case.items), list(patches), self.patch_grid)
        images = self.sees.embedded(self.sees.read(batch))
        cosines = images @ texts.T  # (patches, words)
        return np.array([cosines[patches[one.patches], words[one.words]] for one in hidden])

    def score_of(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """Cosine of these images with the case's own texts, their mean, times the inverse temperature."""
        joint = self.sees.joint
        present = {name: torch.from_numpy(cases.present[name]) for name in images}
        vectors = joint.embed_images(self.sees.of_model(images), present)  # (b, d)
        own = torch.stack([torch.from_numpy(self.gallery[self.own[name]].mean(axis=0)) for name in cases.ids])
        return (vectors * own.to(vectors)).sum(dim=1) * joint.scale.detach()

    def with_noise(self, variance: float, *, seed: int) -> "JointSubject":
        """The same, reading images with Gaussian noise.

        Args:
            variance: Of the noise, where the values of an image run from 0 to 1.
            seed: Seed of the noise.
        """
        noise = Noise(variance, seed)
        return replace(self, fingerprint=noise.named(self.fingerprint), sees=self.sees.noisy(noise))

    def _outcome(self, vectors: Float32[np.ndarray, "b d"], relevant: Sequence[np.ndarray]) -> Outcome:
        n = len(self.gallery)
        scores = np.array([random_reciprocal_rank(len(rows), n) for rows in relevant])
        correct = np.array([len(rows) / n for rows in relevant])
        known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
        if len(known):
            ranks = first_rank(relevant_ranks(vectors[known], self.gallery, [relevant[int(row)] for row in known]))
            scores[known], correct[known] = 1 / ranks, ranks <= 1
        return Outcome(scores, correct=correct)


def _different(sets: Iterable[frozenset[int]]) -> dict[frozenset[int], int]:
    """Each different set with its place."""
    return {some: place for place, some in enumerate(dict.fromkeys(sets))}


@lru_cache(maxsize=1024)
def random_reciprocal_rank(relevant: int, n: int) -> float:
    """Expected value of one over the rank of the first of some relevant texts in a random order of n.

    The first rank is k with probability C(n - k, r - 1) / C(n, r).

    Example:
        >>> random_reciprocal_rank(1, 2), random_reciprocal_rank(2, 2)
        (0.75, 1.0)
    """
    expected, left = 0.0, 1.0  # left: probability that no relevant text came before rank k
    for k in range(1, n - relevant + 2):
        hit = relevant / (n - k + 1)
        expected += left * hit / k
        left *= 1 - hit
    return expected
