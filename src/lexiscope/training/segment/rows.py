"""`SegmentRows`: windows of cases with the sentences that are asked of them, and the masks that answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.features.kept_token_maps import KeptTokenMaps
from lexiscope.training.loop.modality_dropout import drop_modalities
from lexiscope.training.segment.prompts import Prompt, Prompts
from lexiscope.training.segment.variants import Variant, Variants
from lexiscope.views.case_grid import PreparedCase
from lexiscope.views.case_store import CaseStore

_SENTENCES = 3  # asked of each window, at most
COMPARED = 0.25
"""Share of the batches that carry other wordings: masks of two wordings are soon alike, and each costs a decoding."""
_STRAY = 0.5  # longest step from a sentence's vector, of its length


@dataclass(frozen=True)
class SegmentRows:
    """Windows as batches; row and epoch alone decide what a row shows.

    Args:
        cases: Cases with at least one image and one mask each.
        store: Prepared cases.
        maps: What a frozen tower says of them.
        structures: Structures to learn.
        prompts: Sentences about them.
        window: Sides of a window, (y, x) or (z, y, x).
        context: Slices on each side that are read along.
        count: Rows of an epoch.
        foreground: Share of the windows that show a structure of theirs.
        absent: Share of the sentences about structures of other examinations.
        instructions: Share of sentences that are the case's own.
        dropout: Probability of leaving out each modality.
        variants: Random changes of the windows.
        seed: Seed of all draws.
        whole: Carry the images of modalities that are left out too, for a teacher that sees them.
    """

    cases: tuple[Case, ...]
    store: CaseStore
    maps: KeptTokenMaps
    structures: tuple[str, ...]
    prompts: Prompts
    window: tuple[int, ...]
    context: int
    count: int
    foreground: float
    absent: float
    instructions: float
    dropout: float
    variants: Variants
    seed: int
    whole: bool = False

    def __len__(self) -> int:
        return self.count

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:
        """Case ids of rows."""
        return [case.id for case in self._dealt(rows, epoch)]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Windows with k sentences each.

        Returns:
            "images": modality -> (b, c, ...); "tokens": modality -> (b, d, g, h), where a frozen tower reads along;
            "present": modality -> (b,), and "whole", the same before some were left out, where `whole`; "sentences":
            (b, k, d) and in some batches "others", other wordings of the same; "masks": (b, k, ...); "shown": (b, k),
            whether the window shows the structure.
        """
        made = [
            self._row(case, np.random.default_rng((self.seed, epoch, int(row))))
            for row, case in zip(rows, self._dealt(rows, epoch), strict=True)
        ]
        channels = self.store.grid.channels
        images = {name: _stacked([row["images"].get(name) for row in made], self._shape(name)) for name in channels}
        present = {name: torch.tensor([name in row["present"] for row in made]) for name in channels}
        told = {name: [row["tokens"].get(name) for row in made] for name in channels}
        masks = torch.stack([row["masks"] for row in made])
        compared = np.random.default_rng((self.seed, epoch, int(rows[0]), 1)).random() < COMPARED
        return {
            "images": images,
            "tokens": {name: _stacked(maps, of[0].shape) for name, maps in told.items() if (of := _known(maps))},
            "present": present,
            "whole": {name: torch.tensor([name in row["images"] for row in made]) for name in channels},
            "sentences": torch.stack([row["sentences"] for row in made]),
            **({"others": torch.stack([row["others"] for row in made])} if compared else {}),
            "masks": masks,
            "shown": masks.flatten(2).any(dim=2),
        }

    def _shape(self, modality: str) -> tuple[int, ...]:
        return (self.store.grid.channels[modality] * (2 * self.context + 1), *self.window)

    def _dealt(self, rows: Int64[np.ndarray, " b"], epoch: int) -> list[Case]:
        """Cases of rows: each has its share of an epoch, and over the epochs all of them come up, however many."""
        places = (rows + np.random.default_rng((self.seed, epoch)).random()) / self.count
        return [self.cases[number] for number in np.searchsorted(self._shares, places)]

    def _row(self, case: Case, rng: np.random.Generator) -> dict[str, Any]:
        prepared = self.store.get(case, self.structures)
        variant = self.variants.draw(rng)
        places = self._places[case.id]
        present = self._kept(prepared, rng)
        prompts = self._asked(case, prepared, places=places, variant=variant, present=present, rng=rng)
        shown = prompts[0].structure if rng.random() < self.foreground else None
        z, centre = self._place(prepared, places.get(shown or ""), rng)
        images = self._images(prepared, present=present, variant=variant, z=z, centre=centre, rng=rng)
        sentences = self._strayed([prompt.sentence for prompt in prompts], rng)
        others = self._strayed([prompt.other for prompt in prompts], rng)
        if self.whole:  # drawn last: a subset is shown the same with a teacher as without
            left_out = [name for name in prepared.images if name not in present]
            images |= self._images(prepared, present=left_out, variant=variant, z=z, centre=centre, rng=rng)
        maps = {name: one for name, one in self.maps.of(case).items() if name in images}
        tokens = {
            name: one.window(z, centre=centre, window=self.window, matrix=variant.matrix) for name, one in maps.items()
        }
        masks = torch.stack([self._mask(prepared, prompt, variant, z, centre) for prompt in prompts])
        seen = {"images": images, "tokens": tokens, "present": present}
        return {**seen, "masks": masks, "sentences": sentences, "others": others}

    def _strayed(self, numbers: Sequence[int], rng: np.random.Generator) -> Float[Tensor, "k d"]:
        """Vectors of sentences, each a random step away: people will ask in words that no list holds."""
        vectors = self.prompts.vectors[list(numbers)]
        noise = torch.from_numpy(rng.standard_normal(tuple(vectors.shape), dtype=np.float32))
        lengths = torch.from_numpy(rng.uniform(0, _STRAY, (len(vectors), 1)).astype(np.float32))
        return vectors + vectors.norm(dim=1, keepdim=True) * lengths * noise / vectors.shape[1] ** 0.5

    def _asked(
        self,
        case: Case,
        prepared: PreparedCase,
        *,
        places: Mapping[str, Any],
        variant: Variant,
        present: Sequence[str],
        rng: np.random.Generator,
    ) -> list[Prompt]:
        """Structures that the case has, then those it was searched for in vain, and between them some foreign to all.

        In this order, as a case with one structure of five would else seldom be asked for what it shows.
        """
        annotated = [name for name in self.structures if name in prepared.masks]
        rng.shuffle(annotated)
        first, *rest = sorted(annotated, key=lambda name: name not in places)
        asked = [first]
        for _ in range(min(_SENTENCES, 1 + len(self.structures)) - 1):
            asked.append("" if not rest or rng.random() < self.absent else rest.pop(0))
        return [
            self.prompts.draw(
                case, name, present=present, instructions=self.instructions, mirrored=variant.mirrored, rng=rng
            )
            if name
            else self.prompts.draw_foreign(rng)
            for name in asked
        ]

    def _place(
        self, prepared: PreparedCase, places: "np.ndarray | None", rng: np.random.Generator
    ) -> tuple[int, tuple[float, ...]]:
        """Slice and centre of a window: around a voxel of a structure, or anywhere."""
        shape, dims = prepared.shape, len(self.window)
        if places is not None:
            middle = places[rng.integers(len(places))].astype(float)
            middle[-dims:] += rng.uniform(-0.25, 0.25, dims) * self.window
        else:
            middle = np.array([rng.uniform(0, n) for n in shape])
        z = int(np.clip(middle[0], 0, shape[0] - 1))
        return z, tuple(
            _within(c, n, side) for c, n, side in zip(middle[-dims:], shape[-dims:], self.window, strict=True)
        )

    def _kept(self, prepared: PreparedCase, rng: np.random.Generator) -> list[str]:
        """Modalities of a case that are shown."""
        has = {name: torch.tensor([True]) for name in prepared.images}
        kept = drop_modalities(has, share=self.dropout, rng=rng) if self.dropout else has
        return [name for name, stays in kept.items() if bool(stays)]

    def _images(
        self,
        prepared: PreparedCase,
        *,
        present: Sequence[str],
        variant: Variant,
        z: int,
        centre: tuple[float, ...],
        rng: np.random.Generator,
    ) -> dict[str, Tensor]:
        cut = {}
        for name in present:
            whole = prepared.images[name]
            image = whole if len(self.window) == 3 else with_context(whole, z, self.context)
            window = self.variants.cut(image, variant, centre=centre, window=self.window)
            cut[name] = self.variants.recolour(window, rng)
        return cut

    def _mask(
        self, prepared: PreparedCase, prompt: Prompt, variant: Variant, z: int, centre: tuple[float, ...]
    ) -> Tensor:
        if prompt.structure is None:
            return torch.zeros(self.window, dtype=torch.bool)
        mask = prepared.masks[prompt.structure]
        plane = mask[None] if len(self.window) == 3 else mask[z][None]
        return self.variants.cut(plane, variant, centre=centre, window=self.window, nearest=True)[0] > 0.5

    @cached_property
    def _shares(self) -> Float[np.ndarray, " n"]:
        """Share of an epoch's rows that the cases up to each one have; the last is 1.

        What few cases show is shown more often, else it is learned late or never. Own rule: a structure weighs one over
        the square root of the number of cases that show it, and a case as much as its structures do on average.
        """
        count = Counter(name for places in self._places.values() for name in places)
        usual = [[count[name] ** -0.5 for name in self._places[case.id]] for case in self.cases]
        least = min((weight for weights in usual for weight in weights), default=1.0)
        weights = np.cumsum([float(np.mean(weights)) if weights else least for weights in usual])
        return np.array(weights / weights[-1])

    @cached_property
    def _places(self) -> dict[str, dict[str, np.ndarray]]:
        """Case -> structure -> some of its voxels, `(n, 3)`; structures that are absent are left out."""
        return {case.id: some_voxels(self.store.get(case, self.structures)) for case in self.cases}


def some_voxels(prepared: PreparedCase, *, most: int = 2000) -> dict[str, np.ndarray]:
    """Structure -> some of its voxels (z, y, x), evenly taken; structures that are absent are left out."""
    found = {name: np.argwhere(mask) for name, mask in prepared.masks.items()}
    return {name: voxels[:: max(1, len(voxels) // most)] for name, voxels in found.items() if len(voxels)}


def with_context(image: np.ndarray, z: int, context: int) -> np.ndarray:
    """A slice with its neighbours as channels, the lowest first; the outermost slices are repeated.

    Example:
        >>> with_context(np.arange(3).reshape(1, 3, 1, 1), 0, 1).ravel().tolist()
        [0, 0, 1]
    """
    near = np.clip(np.arange(z - context, z + context + 1), 0, image.shape[1] - 1)
    slices = image[:, near]  # (c, n, y, x)
    return np.ascontiguousarray(np.moveaxis(slices, 1, 0)).reshape(-1, *image.shape[2:])


def _within(centre: float, n: int, side: int) -> float:
    """The centre moved so that a window lies within the image, or in the middle of an image that is smaller."""
    low, high = (side - 1) / 2, n - 1 - (side - 1) / 2
    return (n - 1) / 2 if low > high else float(np.clip(centre, low, high))


def _known(windows: Sequence[Tensor | None]) -> list[Tensor]:
    return [window for window in windows if window is not None]


def _stacked(windows: Sequence[Tensor | None], shape: Sequence[int]) -> Tensor:
    return torch.stack([torch.zeros(shape) if window is None else window for window in windows])
