"""`Encoder`: images of a case, any modality missing, to levels, tokens and one vector."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.fusion import FUSIONS, EarlyStack, HybridMixer
from lexiscope.models.head import Head
from lexiscope.models.readout import Readout
from lexiscope.models.towers import Tower, build_tower

FUSED = "fused"  # the one branch of early and hybrid fusion


class EncoderConfig(PreTrainedConfig):
    """Settings that rebuild an `Encoder`.

    Args:
        modalities: Modality -> channels of its view. Everything goes by the alphabet: JSON keeps no order.
        towers: Tower name -> settings (see `towers.build_tower`).
        tower_of: Modality -> tower name; modalities that name the same tower share its weights. With early fusion all
            name one.
        fusion: "early" stacks the modalities as channels before one tower; "hybrid" mixes the tokens of one level by
            attention; "late" reads each modality out on its own and averages what the heads make of them.
        readout: Settings of `Readout`.
        head: Settings of `Head`, less its inputs.
        mixer: Settings of `HybridMixer`, less widths and modalities; used by hybrid fusion.
    """

    model_type = "lexiscope-encoder"

    modalities: dict[str, int] = field(default_factory=dict)
    towers: dict[str, dict[str, Any]] = field(default_factory=dict)
    tower_of: dict[str, str] = field(default_factory=dict)
    fusion: str = "late"
    readout: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=lambda: {"width": 256})
    mixer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EncoderOutput:
    """Features of b cases at every stage of an encoder.

    Args:
        levels: Per branch the features after each stage, `(b, n, d)` with n over slices and places; a branch is a
            modality, and "fused" where modalities are mixed. Rows of a missing modality are zeros.
        tokens: `(b, t, w)`, the deepest level that is read, all branches one after the other; narrower towers are
            filled up with zeros.
        token_mask: `(b, t)`, False where the modality is missing.
        pooled: `(b, d)`, one vector a case, not yet unit length.
        features: Per branch `(b, f)`, the readouts that `Encoder.features` gives.
    """

    levels: dict[str, list[Float[Tensor, "b n d"]]]
    tokens: Float[Tensor, "b t w"]
    token_mask: Bool[Tensor, "b t"]
    pooled: Float[Tensor, "b d"]
    features: dict[str, Float[Tensor, "b f"]]


class Encoder(PreTrainedModel):
    """Towers, a fusion and heads, which read any subset of their modalities.

    What lies in the slot of a missing modality never reaches the output; a case without any modality is refused.

    Raises:
        ModelError: settings that do not fit together.
    """

    config_class = EncoderConfig
    base_model_prefix = "encoder"
    main_input_name = "images"

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__(config)
        _check(config)
        self.readout = Readout(**{name: tuple(value) for name, value in config.readout.items()})
        self.towers = nn.ModuleList(build_tower(config.towers[name]) for name in sorted(config.towers))
        first = self.tower(self.modalities[0])
        self.stack, self.mixer = None, None
        if config.fusion == "early":
            stacked = {name: config.modalities[name] for name in self.modalities}
            self.stack = EarlyStack(stacked, channels=first.channels, spatial_dims=first.spatial_dims)
        if config.fusion == "hybrid":
            widths = {name: self.place_width(name) for name in self.modalities}
            self.mixer = HybridMixer(widths, **config.mixer)
        self.heads = nn.ModuleList(Head(self.feature_width(name), **config.head) for name in self.branches)
        self.reads = ""  # the modality that a tower is reading now, for hooks on towers that modalities share
        self.post_init()

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that it reads, in alphabetical order, which is the order of everything inside."""
        return tuple(sorted(self.config.modalities))

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of `features`: the modalities with late fusion, else "fused"."""
        return self.modalities if self.config.fusion == "late" else (FUSED,)

    def tower(self, modality: str) -> Tower:
        """The tower that reads `modality`."""
        return cast("Tower", self.towers[sorted(self.config.towers).index(self.config.tower_of[modality])])

    def open_last_blocks(self, count: int) -> None:
        """Let the last blocks of each tower train that its readout depends on, and nothing else of the towers.

        Args:
            count: Number of blocks, counted back from the deepest level that is read.

        Raises:
            ModelError: a tower without equal blocks, or with fewer of them in front of that level.
        """
        read = [_blocks_before(cast("Tower", tower), self._deepest(cast("Tower", tower))) for tower in self.towers]
        if min(map(len, read)) < count:
            msg = f"expected at least {count} blocks before the deepest level that is read, the tower has"
            raise ModelError(f"{msg} {min(map(len, read))}; open fewer, or train whole towers")
        self.towers.requires_grad_(False)
        for blocks in read:
            blocks[-count:].requires_grad_(True)

    def head(self, branch: str) -> Head:
        """The head of one of `branches`."""
        return cast("Head", self.heads[self.branches.index(branch)])

    def feature_width(self, branch: str) -> int:
        """Length of the feature vector of one of `branches`."""
        if self.mixer is not None:
            return self.mixer.width
        return self.readout.width(self.tower(self._tower_name(branch)))

    def prefix(self, branch: str) -> int:
        """Number of class and register tokens at the front of each slice of a branch's levels."""
        return 1 if self.mixer is not None and branch == FUSED else self.tower(self._tower_name(branch)).prefix

    def forward(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], *, level: int | None = None
    ) -> EncoderOutput:
        """Levels, tokens, pooled vectors and features of b cases.

        Args:
            images: Modality -> `(b, *view.shape)`; modalities may be left out.
            present: Modality -> `(b,)`, False where the case lacks it.
            level: Level of the towers, counted from their end where negative, behind which nothing is computed that
                the readout does not need; None for all of them.

        Raises:
            ModelError: an unknown modality, shapes that do not fit, or a case without any modality.
        """
        present = self._present(images, present)
        read = self._read(images, present, reach=partial(self._reach, level=level))
        folded = {name: [level.flatten(1, 2) for level in levels] for name, levels in read.levels.items()}
        return EncoderOutput(folded, read.tokens, read.token_mask, self.fuse(read.features, present), read.features)

    def features(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Float[Tensor, "b f"]]:
        """Readout of each branch: all that `fuse` needs, and constant while the towers are frozen.

        Every modality of `images` has its entry, zeros where it is missing.
        """
        return self._read(images, self._present(images, present), reach=self._cut).features

    def known_features(
        self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> dict[str, Float32[np.ndarray, "b f"]]:
        """Readouts as arrays, NaN where a modality is missing, which `features` fills with zeros."""
        known = {}
        for name, x in features.items():
            rows = present.get(name)
            there = x if rows is None else torch.where(rows.to(x.device)[:, None], x, torch.nan)
            known[name] = there.detach().float().cpu().numpy()
        return known

    def places(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Float[Tensor, "b n d"]]:
        """Tokens of the deepest level that is read, of each modality on its own; zeros where it is missing.

        Raises:
            ModelError: early fusion has no modalities apart.
        """
        if self.stack is not None:
            raise ModelError("early fusion reads all modalities as one image; build the encoder with fusion='late'")
        return {
            name: self._levels_of(name, images[name], mask, reach=self._cut)[self._deepest(self.tower(name))].flatten(
                1, 2
            )
            for name, mask in self._present(images, present).items()
        }

    def place_width(self, modality: str) -> int:
        """Channels of the tokens of `places`."""
        return self.tower(modality).widths[self._deepest(self.tower(modality))]

    def fuse(self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Float[Tensor, "b d"]:
        """Mean over the present branches of the heads' vectors, one for each case.

        Args:
            features: Readout of each branch, as `features` gives it.
            present: Modality -> `(b,)`.

        Raises:
            ModelError: a case without any modality.
        """
        vectors, mask = self.project(features, present)
        return vectors.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (b, d)

    def project(
        self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Float[Tensor, "b m d"], Bool[Tensor, "b m"]]:
        """Vectors of each branch's head before `fuse` averages them, and which branches are present.

        Raises:
            ModelError: a case without any modality.
        """
        known = {name: mask for name, mask in present.items() if name in self.config.modalities}
        masks = known if self.config.fusion == "late" else {FUSED: _any(known)}
        masks = {name: mask for name, mask in masks.items() if name in features}
        _need_one_each(masks)
        made = [
            torch.where(mask[:, None], self.head(name)(torch.where(mask[:, None], features[name], 0.0)), 0.0)
            for name, mask in masks.items()  # zeros in, zeros out: nothing absent, not even NaN, reaches a gradient
        ]
        return torch.stack(made, dim=1), torch.stack(list(masks.values()), dim=1)

    def _present(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        unknown = [name for name in images if name not in self.config.modalities]
        if unknown:
            msg = f"this encoder reads {', '.join(self.modalities)}, got {', '.join(unknown)}"
            raise ModelError(f"{msg}; leave it out or train with it")
        known = {name: present[name] for name in self.modalities if name in images}
        _need_one_each(known)
        for name in known:
            _check_input(name, images[name], channels=self.config.modalities[name], tower=self.tower(name))
        return known

    def _read(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], *, reach: "_Reach") -> "_Reading":
        """Levels of the towers, as deep as `reach` says of each."""
        if self.stack is not None:
            return self._read_early(images, present, reach=reach)
        runs = {name: mask for name, mask in present.items() if self._runs(name, mask)}
        levels = {name: self._levels_of(name, images[name], mask, reach=reach) for name, mask in runs.items()}
        return self._read_late(levels, present) if self.mixer is None else self._read_hybrid(levels, present)

    def _read_early(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], *, reach: "_Reach"
    ) -> "_Reading":
        assert self.stack is not None
        tower = self.tower(self.modalities[0])
        levels = {FUSED: _levels(tower, self.stack(images, present), deepest=reach(tower))}
        features = {FUSED: self.readout.read(levels[FUSED], prefix=tower.prefix)}
        tokens = levels[FUSED][self._deepest(tower)].flatten(1, 2)
        return _Reading(levels, features, tokens, tokens.new_ones(tokens.shape[:2], dtype=torch.bool))

    def _read_hybrid(self, levels: dict[str, list[Tensor]], present: Mapping[str, Tensor]) -> "_Reading":
        assert self.mixer is not None
        middle = {name: read[self._deepest(self.tower(name))].flatten(1, 2) for name, read in levels.items()}
        mixed, mask = self.mixer(middle, present)
        levels = {**levels, FUSED: [level[:, None] for level in mixed]}
        return _Reading(levels, {FUSED: mixed[-1][:, 0]}, mixed[-1], mask)

    def _read_late(self, levels: dict[str, list[Tensor]], present: Mapping[str, Tensor]) -> "_Reading":
        features, tokens, masks = {}, [], []
        width = max(self.place_width(name) for name in self.modalities)
        for name, mask in present.items():
            tower = self.tower(name)
            if name not in levels:
                features[name] = torch.zeros(len(mask), self.readout.width(tower), device=mask.device)
                continue
            features[name] = self.readout.read(levels[name], prefix=tower.prefix)
            deepest = levels[name][self._deepest(tower)].flatten(1, 2)
            tokens.append(nn.functional.pad(deepest, (0, width - deepest.shape[-1])))
            masks.append(mask[:, None].expand(-1, deepest.shape[1]))
        return _Reading(levels, features, torch.cat(tokens, dim=1), torch.cat(masks, dim=1))

    def _levels_of(self, modality: str, x: Tensor, mask: Tensor, *, reach: "_Reach") -> list[Tensor]:
        """Levels `(b, s, n, d)` of one modality; only the cases that have it go through the tower."""
        tower, self.reads = self.tower(modality), modality
        read = partial(_levels, tower, deepest=reach(tower))
        if bool(mask.all()):
            return read(x)
        if not bool(mask.any()):
            return [0.0 * level.expand(len(mask), -1, -1, -1) for level in read(torch.zeros_like(x[:1]))]
        return [level.new_zeros(len(mask), *level.shape[1:]).index_put((mask,), level) for level in read(x[mask])]

    def _runs(self, modality: str, mask: Tensor) -> bool:
        """A modality that nobody has is skipped, except in training: every process needs gradients of every tower."""
        trains = torch.is_grad_enabled() and any(weight.requires_grad for weight in self.tower(modality).parameters())
        return trains or bool(mask.any())

    def _deepest(self, tower: Tower) -> int:
        return max(level % len(tower.widths) for level in self.readout.levels)

    def _cut(self, tower: Tower) -> int | None:
        """The deepest level that need be computed; None for all, which levels counted from the end need."""
        return self._deepest(tower) if min(self.readout.levels) >= 0 else None

    def _reach(self, tower: Tower, level: int | None) -> int | None:
        """The deepest level that need be computed where a further one is wanted; None for all."""
        depth, cut = len(tower.widths), self._cut(tower)
        if level is None or cut is None or not -depth <= level < depth:
            return None
        return max(cut, level % depth)

    def _tower_name(self, branch: str) -> str:
        return self.modalities[0] if branch == FUSED else branch


_Reach: TypeAlias = Callable[[Tower], int | None]


@dataclass(frozen=True, slots=True)
class _Reading:
    levels: dict[str, list[Tensor]]  # each (b, s, n, d)
    features: dict[str, Tensor]  # each (b, f)
    tokens: Tensor  # (b, t, w)
    token_mask: Tensor  # (b, t)


def _blocks_before(tower: Tower, level: int) -> nn.ModuleList:
    blocks = tower.block_list()
    if blocks is None:
        msg = "expected a transformer, whose last blocks can be opened, got a tower without equal blocks"
        raise ModelError(f"{msg}; name another tower, or train whole ones")
    return blocks[:level]


def _levels(tower: Tower, x: Float[Tensor, "b ..."], *, deepest: int | None) -> list[Float[Tensor, "b s n d"]]:
    """Levels of a tower; slices `(b, s, c, y, x)` go through a 2-D tower as single planes."""
    b, s = x.shape[0], 1 if x.ndim == tower.spatial_dims + 2 else x.shape[1]
    if x.ndim > tower.spatial_dims + 2:
        x = x.flatten(0, 1)  # (b * s, c, y, x)
    x = x.to(next(tower.parameters()).dtype)
    x = tower.colour(x) if x.shape[1] == 1 else x
    return [level.unflatten(0, (b, s)) for level in tower(x, deepest=deepest)]


def _any(masks: Mapping[str, Bool[Tensor, " b"]]) -> Bool[Tensor, " b"]:
    return torch.stack(list(masks.values())).any(dim=0) if masks else torch.zeros(1, dtype=torch.bool)


def _need_one_each(masks: Mapping[str, Bool[Tensor, " b"]]) -> None:
    """Refuse a case without any branch."""
    if not masks:
        raise ModelError("every case needs at least one modality, but none was given; pass the images that there are")
    count = torch.stack(list(masks.values())).sum(dim=0)
    if bool((count == 0).any()):
        rows = (count == 0).nonzero().flatten().tolist()
        msg = f"every case needs at least one modality, but rows {rows} have none; leave out cases without images"
        raise ModelError(msg)


def _check_input(modality: str, x: Tensor, *, channels: int, tower: Tower) -> None:
    plain, sliced = tower.spatial_dims + 2, tower.spatial_dims == 2 and x.ndim == 5
    axis = 2 if sliced else 1
    if (x.ndim == plain or sliced) and x.shape[axis] == channels:
        return
    planes, volumes = f"(b, {channels}, y, x) or (b, s, {channels}, y, x)", f"(b, {channels}, z, y, x)"
    wanted = planes if tower.spatial_dims == 2 else volumes
    msg = f"{modality} must have shape {wanted}, got {tuple(x.shape)}; prepare it with the model's own views"
    raise ModelError(msg)


def _check(config: EncoderConfig) -> None:
    if config.fusion not in FUSIONS:
        raise ModelError(f"fusion must be one of {', '.join(FUSIONS)}, got {config.fusion!r}")
    if not config.modalities or set(config.modalities) != set(config.tower_of):
        msg = f"an encoder needs modalities, each with a tower, got {list(config.modalities)} and {config.tower_of}"
        raise ModelError(msg)
    if config.fusion == "early" and len(config.towers) != 1:
        raise ModelError(f"early fusion has one tower, got {', '.join(config.towers)}; share it between the modalities")
