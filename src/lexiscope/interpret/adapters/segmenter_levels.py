"""`SegmenterLevels`: what a segmenter makes of one window of each case, level by level, and where gradients begin."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.segment.asking import Asker
from lexiscope.interpret.adapters.silenced import silenced
from lexiscope.interpret.saliency.rollout import recorded_attention
from lexiscope.interpret.subject import FUSED, Attention, Level
from lexiscope.models.segmenter.branch_levels import BranchLevels
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.trunk import TowerTrunk
from lexiscope.models.segmenter.windows import cut_window
from lexiscope.views.case_store import CaseStore

_KEPT = 16  # windows in memory
_MOST_PLACES = {2: 32, 3: 16}  # along each axis: a level of 1024 or 4096 places is enough to compare with masks


@dataclass(frozen=True, slots=True)
class _Window:
    images: dict[str, Tensor]  # modality -> (c, ...)
    masks: dict[str, np.ndarray]  # structure -> (...) of the window


class SegmenterLevels:
    """Windows of cases under a segmenter: one of each case, around the structure where there is most of it.

    Args:
        corpus: Corpus that holds the cases' files; prepared cases are kept beside it.
        asker: The segmenter.
        structure: Structure that it is asked for.
    """

    def __init__(self, corpus: Corpus, asker: Asker, structure: str) -> None:
        self.content = asker.delineator.content
        self.structure = structure
        self.store = CaseStore(corpus, corpus.path / ".views" / "cases", self.content.grid)
        self.silenced = False  # whether units are, now
        self.sentence = asker.vectors([asker.name_of(structure)])  # (1, d)
        self._kept: dict[str, _Window] = {}

    @torch.inference_mode()
    def levels(self, cases: Sequence[Case]) -> dict[str, list[Level]]:
        """Branch -> its levels, from the first to the last."""
        images, present = self.images(cases)
        read = self._encoded(images, present)
        branches = {} if self.segmenter.stack is not None else self._of_modalities(read, present)
        there = torch.stack(list(present.values())).any(dim=0)
        names = [*([] if self.segmenter.gate is not None else self._trunk_names), *self._decoder_names]
        fused = [] if self.segmenter.gate is not None else read.mean(read.present)
        maps = [*fused, *self._decoded(read)]
        return {**branches, FUSED: [self._level(name, x, there) for name, x in zip(names, maps, strict=True)]}

    def images(self, cases: Sequence[Case]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Modality -> windows `(b, c, ...)`, zeros where a case lacks it; and modality -> which cases have it."""
        windows = [self._window(case) for case in cases]
        images, present = {}, {}
        for name in self.segmenter.modalities:
            shape = (self.segmenter.config.modalities[name] * (2 * self.segmenter.config.context + 1), *self._sides)
            images[name] = torch.stack([window.images.get(name, torch.zeros(shape)) for window in windows])
            present[name] = torch.tensor([name in window.images for window in windows], dtype=torch.bool)
        return images, present

    def concepts(self, cases: Sequence[Case], grid: tuple[int, ...]) -> dict[str, Float[np.ndarray, "b p"]]:
        """Structure -> share of each place of a grid over the window; NaN where nobody looked for it."""
        windows = [self._window(case) for case in cases]
        made = {}
        for name in sorted({name for window in windows for name in window.masks} | {self.structure}):
            shares = np.full((len(cases), math.prod(grid)), np.nan, dtype=np.float32)
            for row, window in enumerate(windows):
                if name in window.masks:
                    mask = torch.from_numpy(window.masks[name].astype(np.float32))
                    shares[row] = _pooled(mask[None, None], grid).flatten().numpy()
            made[name] = shares
        return made

    def logit(self, cases: Sequence[Case], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """Mean mask logit over the true structure in the window; with its graph."""
        windows, present = [self._window(case) for case in cases], self.images(cases)[1]
        output = self.segmenter(images, present, self.sentence.expand(len(cases), 1, -1))
        truth = torch.stack([torch.from_numpy(window.masks[self.structure]) for window in windows])  # (b, ...)
        places = truth.flatten(1).float()
        return (output.masks[:, 0].flatten(1) * places).sum(dim=1) / places.sum(dim=1).clamp(min=1)

    def attention(self, images: Mapping[str, Tensor]) -> dict[str, Attention]:
        """Modality -> attention of the tower over its window; empty without a tower that has some, and of a stack."""
        trunk = self.segmenter.trunk
        if not isinstance(trunk, TowerTrunk) or self.segmenter.stack is not None:
            return {}
        found = {name: self._attention(trunk, x) for name, x in images.items()}
        return {name: one for name, one in found.items() if one is not None}

    @contextmanager
    def ablated(self, branch: str, level: str, units: Sequence[int]) -> Iterator[None]:
        """Within the context, these channels of a level are zeros.

        Raises:
            UsageError: no such branch or level.
        """
        with ExitStack() as stack:
            if branch == FUSED and level in self._decoder_names:
                number = len(self._decoder_names) - 1 - self._decoder_names.index(level)
                stack.enter_context(silenced(self._decoder_blocks[number], units))
            else:
                self._silence(stack, branch, level, units)
            before, self.silenced = self.silenced, True
            try:
                yield
            finally:
                self.silenced = before

    @property
    def segmenter(self) -> Segmenter:
        """The network."""
        network: Segmenter = self.content.segmenter
        return network

    def _attention(self, trunk: TowerTrunk, x: Tensor) -> Attention | None:
        assert trunk.tower is not None
        with recorded_attention(trunk.tower) as layers, torch.no_grad():
            trunk.read(self.segmenter.plain(x))
        if not layers:
            return None
        side = math.isqrt(layers[0].shape[-1] - trunk.tower.prefix)
        tile = max(trunk.tile, *x.shape[-2:])
        covered = (x.shape[-2] / tile, x.shape[-1] / tile)
        return Attention(layers, trunk.tower.prefix, (side, side), covered=covered)

    def _silence(self, stack: ExitStack, branch: str, level: str, units: Sequence[int]) -> None:
        """Silence a level of a stem or of the trunk, which modalities share: the stem before it says whose it is."""
        stems = list(self.segmenter.stems)
        owners = (FUSED,) if self.segmenter.stack is not None else self.segmenter.modalities
        wanted = owners if branch == FUSED and self.segmenter.gate is None else (branch,)
        if level not in self._trunk_names or not set(wanted) <= set(owners):
            known = f"{', '.join((*owners, FUSED))} with {', '.join((*self._trunk_names, *self._decoder_names))}"
            raise UsageError(f"expected a branch and a level among {known}, got {branch!r} and {level!r}; name one")
        current: list[str] = [owners[0]]
        for name, stem in zip(owners, stems, strict=True):
            handle = stem.register_forward_pre_hook(lambda _module, _args, name=name: current.__setitem__(0, name))
            stack.callback(handle.remove)
        number = self._trunk_names.index(level)
        depth = len(self.segmenter.config.stem)
        if number >= depth:
            stack.enter_context(silenced(self._trunk_stages[number - depth], units, only=lambda: current[0] in wanted))
            return
        for name, stem in zip(owners, stems, strict=True):
            if name in wanted:
                stack.enter_context(silenced(stem.get_submodule(f"stages.{number}"), units))

    def _encoded(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> BranchLevels:
        """Levels of every modality, whether or not any case has it; zeros where a case lacks it."""
        if self.segmenter.stack is not None:
            return self.segmenter.encode(images, present)
        parts = [self._alone(name, x, present[name]) for name, x in images.items()]
        return BranchLevels.joined(parts)

    def _alone(self, name: str, images: Tensor, present: Tensor) -> BranchLevels:
        read = self.segmenter.encode({name: images}, {name: torch.ones_like(present)})
        kept = [level * present.view(-1, *[1] * (level.ndim - 1)) for level in read.levels]
        return BranchLevels(kept, present[:, None])

    def _of_modalities(self, read: BranchLevels, present: Mapping[str, Tensor]) -> dict[str, list[Level]]:
        return {
            name: [
                self._level(level, x[:, number], present[name])
                for level, x in zip(self._trunk_names, read.levels, strict=True)
            ]
            for number, name in enumerate(present)
        }

    def _decoded(self, read: BranchLevels) -> list[Tensor]:
        """Features of the decoder under the structure's name, the coarsest first."""
        segmenter, b = self.segmenter, len(read.present)
        words = segmenter.words(self.sentence.expand(b, 1, -1) * segmenter.text.width**0.5)  # (b, 1, t)
        if segmenter.gate is None:
            return list(reversed(segmenter.decoder(read.mean(read.present), words).features))
        decoded = [segmenter.decoder([x[:, m] for x in read.levels], words).features for m in range(read.count)]
        said = torch.stack([segmenter.gate(features[0])[:, 0] for features in decoded], dim=1)  # (b, m, ...)
        there = read.present.view(*read.present.shape, *[1] * (said.ndim - 2))
        weights = said.masked_fill(~there, -torch.inf).softmax(dim=1)
        fused = []
        for of_level in reversed(list(zip(*decoded, strict=True))):
            here = _pooled(weights, tuple(of_level[0].shape[2:]))  # (b, m, ...)
            fused.append(sum((x * here[:, m : m + 1] for m, x in enumerate(of_level)), torch.zeros(())))
        return fused

    def _level(self, name: str, x: Float[Tensor, "b c ..."], present: Bool[Tensor, " b"]) -> Level:
        most = _MOST_PLACES[self.segmenter.config.dims]
        grid = tuple(min(most, side) for side in x.shape[2:])
        return Level(name, _pooled(x, grid).flatten(2).transpose(1, 2), grid, present)

    @cached_property
    def _trunk_names(self) -> tuple[str, ...]:
        stem, trunk = len(self.segmenter.config.stem), len(self.segmenter.trunk.widths)
        return (*(f"stem {n}" for n in range(1, stem + 1)), *(f"trunk {n}" for n in range(1, trunk + 1)))

    @cached_property
    def _decoder_names(self) -> tuple[str, ...]:
        return tuple(f"decoder {n}" for n in range(1, len(self.segmenter.config.decoder) + 1))

    @property
    def _decoder_blocks(self) -> Sequence[nn.Module]:
        """Blocks of the decoder, the finest first, as both kinds of decoder have them."""
        return list(self.segmenter.decoder.get_submodule("blocks").children())

    @property
    def _trunk_stages(self) -> Sequence[nn.Module]:
        trunk = self.segmenter.trunk
        return list(trunk.get_submodule("project" if isinstance(trunk, TowerTrunk) else "stages").children())

    @property
    def _sides(self) -> tuple[int, ...]:
        return tuple(self.content.window)

    def _window(self, case: Case) -> _Window:
        """Window of a case; the last ones are kept, since maps ask for them over and over."""
        if case.id not in self._kept:
            if len(self._kept) == _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[case.id] = self._cut(case)
        return self._kept[case.id]

    def _cut(self, case: Case) -> _Window:
        prepared = self.store.get(case, tuple(case.masks))
        here = {name: _at_least(x, self._sides) for name, x in prepared.images.items()}
        masks = {name: _at_least(mask[None], self._sides)[0] for name, mask in prepared.masks.items()}
        place = _most_of(masks[self.structure], self._sides)
        images = {name: cut_window(x, place, self._sides, self.segmenter) for name, x in here.items()}
        return _Window(images, {name: _cut_mask(mask, place, self._sides) for name, mask in masks.items()})


def _most_of(mask: Bool[np.ndarray, "z y x"], sides: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Place of the window around a structure: of a slice, the one where there is most of it.

    Example:
        >>> mask = np.zeros((2, 8, 8), bool)
        >>> mask[1, 5:7, 1] = True
        >>> _most_of(mask, (4, 4)), _most_of(mask, (2, 4, 4))
        ((1, (4, 0)), (0, (0, 4, 0)))
    """
    depth = int(mask.sum(axis=(1, 2)).argmax()) if len(sides) == 2 else 0
    part = mask[depth] if len(sides) == 2 else mask
    places = np.argwhere(part)
    middle = places.mean(axis=0) if len(places) else (np.array(part.shape) - 1) / 2
    corner = [
        int(np.clip(round(float(m) - (side - 1) / 2), 0, n - side))
        for m, side, n in zip(middle, sides, part.shape, strict=True)
    ]
    return depth, tuple(corner)


def _cut_mask(
    mask: Bool[np.ndarray, "z y x"], place: tuple[int, tuple[int, ...]], sides: Sequence[int]
) -> Bool[np.ndarray, "..."]:
    """Window of a mask, as an array of its own: masks are mapped from files, and torch takes what may be written.

    Example:
        >>> mask = np.zeros((1, 4, 4), bool)
        >>> mask.flags.writeable = False
        >>> _cut_mask(mask, (0, (0, 0)), (4, 4)).flags.writeable
        True
    """
    depth, corner = place
    cut = tuple(slice(low, low + side) for low, side in zip(corner, sides, strict=True))
    return np.array(mask[cut] if len(sides) == 3 else mask[depth][cut])


def _at_least(values: np.ndarray, sides: Sequence[int]) -> np.ndarray:
    """Values `(c, z, y, x)` whose last axes are no smaller than a window: the last row is repeated, as tiles are."""
    last = values.shape[-len(sides) :]
    missing = [max(0, side - n) for side, n in zip(sides, last, strict=True)]
    if not any(missing):
        return values
    widths = [(0, 0)] * (values.ndim - len(sides)) + [(0, more) for more in missing]
    return np.pad(values, widths, mode="edge")


def _pooled(x: Float[Tensor, "b c ..."], grid: Sequence[int]) -> Float[Tensor, "b c ..."]:
    if tuple(x.shape[2:]) == tuple(grid):
        return x
    pool = nn.AdaptiveAvgPool2d if x.ndim == 4 else nn.AdaptiveAvgPool3d
    pooled: Tensor = pool(tuple(grid))(x)
    return pooled
