"""`PretrainRows`: the rows of self-supervised training of images: planes of volumes, whole volumes or pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.training.loop.modality_dropout import drop_modalities
from lexiscope.views import Augmentation, View, ViewCache

_MAPPED = 2048  # images; a mapping holds no memory that the system cannot take back


@dataclass(frozen=True)
class PretrainRows:
    """Cases, or their slices one by one, as batches for the image objectives.

    A row is one case, and where views are slices one slice of it: the same of every modality, so that modalities of one
    row show one place.

    Args:
        cases: Cases, each with an image of at least one of `views`.
        places: Case and slice of each row; 0 where nothing is sliced.
        groups: Number of each case's group.
        variants: Number of variants of each row within a batch.
        augmentation: Changes that a variant may show; None shows everything as it is.
        dropout: Probability of leaving out each modality of a variant.
    """

    corpus: Corpus
    views: Mapping[str, View]
    cache: ViewCache
    cases: tuple[Case, ...]
    places: Int64[np.ndarray, "n 2"]
    groups: Int64[np.ndarray, " cases"]
    seed: int
    variants: int = 2
    augmentation: Augmentation | None = None
    dropout: float = 0.0

    def __len__(self) -> int:
        return len(self.places)

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:  # noqa: ARG002 - the same in all
        """The case ids of rows."""
        return [self.cases[case].id for case in self.places[rows, 0]]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Rows in v variants; all draws of a row are seeded by seed, epoch and row.

        Returns:
            "images": modality -> (b, v, c, ...); "present": modality -> (b, v), False where missing or left out;
            "group": (b,); "seed": (b,), one for each row for what an objective draws itself.
        """
        seeds = [np.random.SeedSequence([self.seed, epoch, int(row)]) for row in rows]
        draws = [np.random.default_rng(seed) for seed in seeds]
        present = self._present(rows, draws)
        drawn = torch.tensor([int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)) for seed in seeds])
        generators = [torch.Generator().manual_seed(int(seed)) for seed in drawn]
        images = {name: self._images(name, rows, present[name], generators) for name in sorted(self.views)}
        group = torch.from_numpy(self.groups[self.places[rows, 0]])
        return {"images": images, "present": present, "group": group, "seed": drawn}

    def _present(self, rows: Int64[np.ndarray, " b"], draws: Sequence[np.random.Generator]) -> dict[str, Tensor]:
        cases = [self.cases[case] for case in self.places[rows, 0]]
        present = {
            name: torch.tensor([[name in case.images] * self.variants for case in cases], dtype=torch.bool)
            for name in self.views
        }
        if not self.dropout:
            return present
        kept = [
            drop_modalities({name: mask[row] for name, mask in present.items()}, share=self.dropout, rng=rng)
            for row, rng in enumerate(draws)
        ]
        return {name: torch.stack([row[name] for row in kept]) for name in present}

    def _images(
        self, name: str, rows: Int64[np.ndarray, " b"], present: Tensor, generators: Sequence[torch.Generator]
    ) -> Tensor:
        view = self.views[name]
        out = torch.zeros(len(rows), self.variants, *plane_shape(view))  # (b, v, c, ...)
        for row, (case, slice_number) in enumerate(self.places[rows]):
            if not present[row].any():
                continue
            whole = self._mapped(case, name)
            x = torch.from_numpy(np.asarray(whole[slice_number] if view.kind == "slices" else whole, dtype=np.float32))
            for variant in present[row].nonzero().flatten().tolist():
                changed = x if self.augmentation is None else self.augmentation.apply(x, generators[row])
                out[row, variant] = changed
        return out

    @cached_property
    def _mapped(self) -> Callable[[int, str], np.ndarray]:
        """A prepared image, mapped into memory; the last ones stay mapped, as each is asked for once a slice."""

        @lru_cache(maxsize=_MAPPED)
        def mapped(case: int, name: str) -> np.ndarray:
            image = self.cases[case].images[name]
            return self.cache.get(image, self.corpus.object_path(image), self.views[name])

        return mapped


def find_rows(cases: Sequence[Case], views: Mapping[str, View]) -> tuple[tuple[Case, ...], Any, Any]:
    """Cases with an image that `views` read, the rows they give, and a number for each case's group."""
    kept = tuple(case for case in cases if any(name in case.images for name in views))
    slices = max((view.shape[0] if view.kind == "slices" else 1 for view in views.values()), default=1)
    places = [(number, place) for number in range(len(kept)) for place in range(slices)]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(case.group for case in kept))}
    groups = np.array([numbers[case.group] for case in kept], dtype=np.int64)
    return kept, np.array(places, dtype=np.int64).reshape(-1, 2), groups


def plane_shape(view: View) -> tuple[int, ...]:
    """Shape of what one row shows of a view: a slice, a picture or a volume."""
    return view.shape[1:] if view.kind == "slices" else view.shape
