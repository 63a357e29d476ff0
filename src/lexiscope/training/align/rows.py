"""`AlignRows`: the rows of aligning: kept features, or pixels and words, with keys that say what belongs together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.features.towers import Features
from lexiscope.training.align.data import ImageTextPairs, label_numbers, text_key
from lexiscope.training.loop.modality_dropout import drop_modalities
from lexiscope.views import View, ViewCache, load_batch


@dataclass(frozen=True)
class Pixels:
    """Images as views prepare them and texts as words, for towers that train.

    Args:
        corpus: Corpus of the images.
        views: View of each modality.
        cache: Cache of prepared images.
        augment: Seed of random variants; None shows every image as it is.
    """

    corpus: Corpus
    views: Mapping[str, View]
    cache: ViewCache
    augment: int | None = None

    def of_images(self, cases: Sequence[Case]) -> tuple[dict[str, Tensor], dict[str, Bool[Tensor, " b"]]]:
        """Prepared images of b cases, zeros where one is missing, and the masks of those that are present."""
        rng = None if self.augment is None else torch.Generator().manual_seed(self.augment)
        batch = load_batch(self.corpus, cases, self.views, self.cache, augment=rng)
        return batch.images, batch.present

    def of_texts(self, texts: Sequence[str]) -> list[str]:
        """Texts as they are."""
        return list(texts)


@dataclass(frozen=True)
class AlignRows:
    """Cases with their texts, as batches for `AlignStep`.

    Args:
        examples: Cases with their texts.
        inputs: Kept features, or pixels and words.
        seed: Seed of everything that is drawn.
        every_passage: Take all passages of a case at once, or draw one of them each epoch.
        augment: Draw random variants of the images; only pixels vary.
        dropout: Probability of leaving out each modality of a case.
        label: Attribute of the cases, for the loss of labels.
    """

    examples: ImageTextPairs
    inputs: Features | Pixels
    seed: int
    every_passage: bool = False
    augment: bool = False
    dropout: float = 0.0
    label: str | None = None

    def __len__(self) -> int:
        return len(self.examples)

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:  # noqa: ARG002 - the same in all
        """Case ids of rows."""
        return [self.examples.cases[row].id for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Images and texts of rows, with the keys of `Pairs`."""
        images, present = self._inputs(rows, epoch).of_images([self.examples.cases[row] for row in rows])
        owners, texts = self._texts(rows, epoch)
        if self.dropout:
            present = self._dropped(present, rows, epoch)
        labels = {"label": torch.from_numpy(self._labels[rows])} if self.label else {}
        return {
            "images": images,
            "present": present,
            "texts": self.inputs.of_texts(texts),
            "image_case": torch.from_numpy(rows),
            "text_case": torch.from_numpy(owners),
            "image_group": torch.from_numpy(self.examples.groups[rows]),
            "text_group": torch.from_numpy(self.examples.groups[owners]),
            "text_key": torch.tensor([text_key(text) for text in texts]),
            **labels,
        }

    def _dropped(self, present: Mapping[str, Tensor], rows: Int64[np.ndarray, " b"], epoch: int) -> dict[str, Tensor]:
        """Masks of modalities with some left out, drawn for each row from seed, epoch and row alone."""
        kept = [
            drop_modalities(
                {name: mask[[number]] for name, mask in present.items()},
                share=self.dropout,
                rng=np.random.default_rng((self.seed, epoch, int(row), 2)),
            )
            for number, row in enumerate(rows)
        ]
        return {name: torch.cat([masks[name] for masks in kept]) for name in present}

    @cached_property
    def _labels(self) -> Int64[np.ndarray, " n"]:
        return label_numbers(self.examples.cases, self.label or "")

    def _inputs(self, rows: Int64[np.ndarray, " b"], epoch: int) -> Features | Pixels:
        if not self.augment or not isinstance(self.inputs, Pixels):
            return self.inputs
        seed = np.random.SeedSequence([self.seed, epoch, *rows.tolist()]).generate_state(1, np.uint64)[0]
        return Pixels(self.inputs.corpus, self.inputs.views, self.inputs.cache, augment=int(seed >> np.uint64(1)))

    def _texts(self, rows: Int64[np.ndarray, " b"], epoch: int) -> tuple[Int64[np.ndarray, " m"], list[str]]:
        """The texts of a batch and the row that each belongs to."""
        texts = self.examples.texts
        if self.every_passage:
            pairs = [(row, text) for row in rows for text in texts[row]]
            return np.array([row for row, _ in pairs]), [text for _, text in pairs]
        drawn = self.examples.drawn(seed=self.seed, epoch=epoch)
        return rows, [texts[row][drawn[row]] for row in rows]
