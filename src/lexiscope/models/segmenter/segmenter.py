"""`Segmenter`: images of a case and sentences -> a mask for each sentence, and whether its structure is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from jaxtyping import Bool, Float
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.fusion import FUSIONS, EarlyStack
from lexiscope.models.loading import quiet
from lexiscope.models.network_settings import declared_settings
from lexiscope.models.saved import load_saved
from lexiscope.models.segmenter.branch_levels import BranchLevels
from lexiscope.models.segmenter.convolutions import Pointwise
from lexiscope.models.segmenter.decoder import HEADS, Decoded
from lexiscope.models.segmenter.decoders import build_decoder
from lexiscope.models.segmenter.stem import Stem
from lexiscope.models.segmenter.token_map import TokenMap, read_token_map
from lexiscope.models.segmenter.trunk import TowerTrunk, build_trunk
from lexiscope.models.text import TextConfig, TextTower, load_tokenizer, save_tokenizer


class SegmenterConfig(PreTrainedConfig):
    """Settings that rebuild a `Segmenter`.

    Args:
        modalities: Modality -> channels of its prepared image.
        dims: 2 for planes and slices, 3 for volumes.
        context: Slices on each side of a slice that are read with it as further channels (2.5-D).
        fusion: "early" stacks the modalities as channels; "hybrid" averages their levels before the decoder; "late"
            decodes each modality under the sentence and weighs their features, place by place, before the mask head.
        stem: Channels at full, half and quarter resolution.
        trunk: Settings of the trunk (`trunk.build_trunk`).
        decoder: Channels of the decoder's features at each of the stem's resolutions and at each map of the trunk but
            the coarsest.
        conditioning: Settings of how the decoder is told the sentence (`decoders.build_decoder`).
        text: Settings of `TextConfig`.
        text_width: Length of a sentence's vector within the decoder.
        weights: Origins of pretrained weights (`WeightsSource.to_dict()`), for the model card.
    """

    model_type = "lexiscope-segmenter"

    modalities: dict[str, int] = field(default_factory=dict)
    dims: int = 2
    context: int = 0
    fusion: str = "late"
    stem: tuple[int, ...] = (16, 32, 64)
    trunk: dict[str, Any] = field(default_factory=lambda: {"kind": "cnn"})
    decoder: tuple[int, ...] = (16, 32, 64, 96)
    conditioning: dict[str, Any] = field(default_factory=lambda: {"kind": "film"})
    text: dict[str, Any] = field(default_factory=dict)
    text_width: int = 64
    weights: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SegmenterOutput:
    """Logits for k sentences about each of b cases.

    Args:
        masks: Mask logits at full resolution.
        presence: Logits of the structure being there, in what the window shows.
        coarse: Mask logits at half resolution and below, the finest first; what deep supervision trains.
    """

    masks: Float[Tensor, "b k ..."]
    presence: Float[Tensor, "b k"]
    coarse: tuple[Float[Tensor, "b k ..."], ...]


class Segmenter(PreTrainedModel):
    """Stems, a trunk and a decoder under a sentence; any subset of the modalities, a frozen text tower.

    What lies in the slot of a missing modality never reaches the output; a case without any modality is refused.

    Args:
        config: Settings of the network.
        tokenizer: Tokenizer of the text tower; saved and loaded with it.

    Raises:
        ModelError: settings that do not fit together.
    """

    config_class = SegmenterConfig
    base_model_prefix = "segmenter"
    main_input_name = "images"

    def __init__(self, config: SegmenterConfig, tokenizer: Tokenizer | None = None) -> None:
        super().__init__(config)
        _check(config)
        dims, branches = config.dims, (("fused",) if config.fusion == "early" else self.modalities)
        self.text = TextTower(TextConfig(**declared_settings(TextConfig, config.text)), tokenizer).requires_grad_(False)
        self.register_buffer("centre", torch.zeros(self.text.width))
        self.words = nn.Sequential(nn.Linear(self.text.width, config.text_width), nn.GELU())
        self.trunk = build_trunk(config.trunk, n_in=config.stem[-1], dims=dims)
        self.stack = None
        if config.fusion == "early":
            sizes = {name: self._channels(name) for name in self.modalities}
            stacked = sum(sizes.values()) if self.trunk.tower is None else self.trunk.tower.channels
            self.stack = EarlyStack(sizes, channels=stacked, spatial_dims=dims)
        reads = {"fused": stacked} if self.stack is not None else {name: self._channels(name) for name in branches}
        self.stems = nn.ModuleList(Stem(reads[name], dims=dims, widths=config.stem) for name in branches)
        levels = (*config.stem, *self.trunk.widths)
        self.decoder = build_decoder(
            config.conditioning, levels=levels, widths=config.decoder, dims=dims, text=config.text_width
        )
        self.gate = Pointwise(config.decoder[0], 1) if config.fusion == "late" else None
        self.heads = nn.ModuleList(Pointwise(n, 1) for n in config.decoder[:HEADS])
        self.presence = nn.Sequential(nn.Linear(2 * levels[-1] + config.text_width, 64), nn.GELU(), nn.Linear(64, 1))
        self._trains = frozenset(name for name, weight in self.named_parameters() if weight.requires_grad)
        self.post_init()
        self.train()

    def train(self, mode: bool = True) -> Self:
        """The text tower stays in eval mode: it is frozen, and its dropout would give a sentence another vector."""
        super().train(mode)
        self.text.eval()
        return self

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that it reads, in alphabetical order, which is the order of everything inside."""
        return tuple(sorted(self.config.modalities))

    def embed(self, sentences: Sequence[str]) -> Float[Tensor, "n d"]:
        """Vectors of sentences, less the mean of those it was trained with: raw ones all point one way."""
        with torch.no_grad():
            vectors: Tensor = self.text.encode(sentences) - self.centre
        return vectors

    def forward(
        self,
        images: Mapping[str, Float[Tensor, "b c ..."]],
        present: Mapping[str, Bool[Tensor, " b"]],
        sentences: Float[Tensor, "b k d"],
        tokens: Mapping[str, Float[Tensor, "b d g h"]] | None = None,
    ) -> SegmenterOutput:
        """Logits of masks and of presence.

        Args:
            images: Modality -> prepared images or windows of them, all of one grid; modalities may be left out.
            present: Modality -> which cases have it.
            sentences: Vectors of `embed`.
            tokens: Modality -> what a frozen tower says of these images (`token_map`), where it was kept.

        Raises:
            ModelError: a modality that it does not read, or a case without any.
        """
        read = self.encode(images, present, tokens)
        return next(self.decode(read, sentences, [read.present]))

    def encode(
        self,
        images: Mapping[str, Float[Tensor, "b c ..."]],
        present: Mapping[str, Bool[Tensor, " b"]],
        tokens: Mapping[str, Float[Tensor, "b d g h"]] | None = None,
    ) -> BranchLevels:
        """Levels of stem and trunk of each modality, or of all that are stacked; its arguments are `forward`'s."""
        known = self._known(images, present)
        return self._levels(images, known, tokens or {})

    def decode(
        self, read: BranchLevels, sentences: Float[Tensor, "b k d"], shown: Sequence[Bool[Tensor, "b m"]]
    ) -> Iterator[SegmenterOutput]:
        """Logits under each choice of the branches; with late fusion each branch is decoded once for all of them.

        Args:
            read: Levels of `encode`.
            sentences: Vectors of `embed`.
            shown: Choices of branches, at least one for each case, all of them present.
        """
        words = self.words(sentences * self.text.width**0.5)  # (b, k, t); values of unit vectors are tiny
        if self.gate is None:
            for mask in shown:
                decoded = self.decoder(read.mean(mask), words)
                logits = [self._head(number, decoded) for number in range(len(self.heads))]
                yield self._output(logits, words.shape, self._presence(read, mask, decoded.words))
            return
        branches = [self._branch_logits([level[:, m] for level in read.levels], words) for m in range(read.count)]
        for mask in shown:
            logits = self._weighed(branches, mask.repeat_interleave(words.shape[1], dim=0))
            told = _mean_words([branch.words for branch in branches], mask)
            yield self._output(logits, words.shape, self._presence(read, mask, told))

    @property
    def keeps_tokens(self) -> bool:
        """True where what a tower says of an image can be kept: of a frozen one, and not of stacked modalities."""
        return self.trunk.keeps_tokens and self.stack is None

    def token_map(self, image: Float[np.ndarray, "c z y x"]) -> TokenMap | None:
        """What the frozen tower says of a whole prepared image of one modality; None unless `keeps_tokens`."""
        if not isinstance(self.trunk, TowerTrunk) or not self.keeps_tokens:
            return None
        return read_token_map(self.trunk, image)

    def count_parameters(self) -> dict[str, int]:
        """Number of parameters that train, and of all, those of the text tower included.

        Returns:
            "trainable" and "total".
        """
        sizes = [(parameter.numel(), parameter.requires_grad) for parameter in self.parameters()]
        return {"trainable": sum(n for n, trains in sizes if trains), "total": sum(n for n, _ in sizes)}

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON; everything that loading needs."""
        with quiet():
            super().save_pretrained(save_directory, **options)
        save_tokenizer(self.text.tokenizer, Path(save_directory))

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved segmenter with its tokenizer, in eval mode.

        Raises:
            ModelError: its weights are damaged, or no tokenizer lies beside them.
        """
        segmenter = load_saved(cls, directory)
        for name, weight in segmenter.named_parameters():  # loading makes each weight anew, and lets it train
            weight.requires_grad_(name in segmenter._trains)
        segmenter.text.tokenizer = load_tokenizer(Path(directory), max_tokens=segmenter.text.config.max_tokens)
        return segmenter

    def _init_weights(self, module: nn.Module) -> None:
        """Keep what each module starts with; the base class would draw the weights of FiLM and convolutions anew."""

    def _channels(self, modality: str) -> int:
        return self.config.modalities[modality] * (2 * self.config.context + 1)

    def _known(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        unknown = [name for name in images if name not in self.config.modalities]
        if unknown:
            msg = f"this segmenter reads {', '.join(self.modalities)}, got {', '.join(unknown)}"
            raise ModelError(f"{msg}; leave it out or train with it")
        known = {name: present[name] for name in self.modalities if name in images}
        if not known or not bool(torch.stack(list(known.values())).any(dim=0).all()):
            msg = f"every case needs at least one of {', '.join(self.modalities)}, but some have none"
            raise ModelError(f"{msg}; leave out cases without images")
        return known

    def _levels(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], tokens: Mapping[str, Tensor]
    ) -> BranchLevels:
        """Levels of each branch, from the stem's and the trunk's maps."""
        if self.stack is not None:
            maps = self._maps(self.stems[0], self.stack(images, present), None)
            b = maps[0].shape[0]
            return BranchLevels([level[:, None] for level in maps], maps[0].new_ones(b, 1, dtype=torch.bool))
        runs = [name for name in present if torch.is_grad_enabled() or bool(present[name].any())]
        read = [self._branch(name, images[name], present[name], tokens.get(name)) for name in runs]
        levels = [torch.stack(of_level, dim=1) for of_level in zip(*read, strict=True)]
        return BranchLevels(levels, torch.stack([present[name] for name in runs], dim=1))

    def _branch(self, name: str, x: Tensor, mask: Tensor, tokens: Tensor | None) -> list[Tensor]:
        """Levels of one modality; only the cases that have it are computed."""
        stem = self.stems[self.modalities.index(name)]
        if bool(mask.all()):
            return self._maps(stem, x, tokens)
        if not bool(mask.any()):
            return [
                0.0 * level.expand(len(mask), *level.shape[1:])
                for level in self._maps(stem, x[:1] * 0, None if tokens is None else tokens[:1])
            ]
        maps = self._maps(stem, x[mask], None if tokens is None else tokens[mask])
        return [level.new_zeros(len(mask), *level.shape[1:]).index_put((mask,), level) for level in maps]

    def _maps(self, stem: nn.Module, x: Tensor, tokens: Tensor | None) -> list[Tensor]:
        fine = stem(x)
        return [*fine, *self.trunk(fine[-1], self.plain(x), tokens)]

    def plain(self, x: Tensor) -> Tensor:
        """The slice in the middle of its context, with as many channels as a tower reads, or one."""
        if self.trunk.tower is None:
            return x
        of_slice = (
            x.unflatten(1, (2 * self.config.context + 1, -1))[:, self.config.context] if self.stack is None else x
        )
        wanted = self.trunk.tower.channels
        return of_slice if of_slice.shape[1] in (1, wanted) else of_slice.mean(dim=1, keepdim=True)

    def _head(self, number: int, decoded: Decoded) -> Float[Tensor, "bk 1 ..."]:
        """Mask logits of one decoding at one resolution."""
        logits: Tensor = self.heads[number](decoded.features[number], decoded.kernels[number][:, None])
        return logits

    def _branch_logits(self, levels: Sequence[Tensor], words: Tensor) -> "_Branch":
        """What one modality says on its own: the head is linear, so its logits are weighed in place of the features."""
        assert self.gate is not None
        decoded = self.decoder(levels, words)
        logits = [self._head(number, decoded) for number in range(len(self.heads))]
        return _Branch(logits, self.gate(decoded.features[0]), decoded.words)

    def _weighed(self, branches: Sequence["_Branch"], mask: Bool[Tensor, "bk m"]) -> list[Float[Tensor, "bk 1 ..."]]:
        """Logits of the branches that are shown, weighed place by place at full resolution; the coarse only train."""
        fine = torch.cat([branch.logits[0] for branch in branches], dim=1)  # (b * k, m, ...)
        there = mask.view(*mask.shape, *[1] * (fine.ndim - 2))
        weights = torch.cat([branch.gate for branch in branches], dim=1).masked_fill(~there, -torch.inf).softmax(dim=1)
        logits = [(fine * weights).sum(dim=1, keepdim=True)]
        for number in range(1, len(self.heads)):
            coarse = torch.cat([branch.logits[number] for branch in branches], dim=1)
            logits.append((coarse * (there / there.sum(dim=1, keepdim=True))).sum(dim=1, keepdim=True))
        return logits

    def _output(self, logits: Sequence[Tensor], words: torch.Size, presence: Tensor) -> SegmenterOutput:
        shaped = [x.unflatten(0, words[:2])[:, :, 0] for x in logits]  # (b, k, ...)
        return SegmenterOutput(shaped[0], presence, tuple(shaped[1:]))

    def _presence(self, read: BranchLevels, shown: Tensor, words: Tensor) -> Tensor:
        coarsest = BranchLevels(read.levels[-1:], read.present).mean(shown)[0].flatten(2)
        pooled = torch.cat([coarsest.mean(dim=2), coarsest.amax(dim=2)], dim=1)  # (b, 2c)
        both = torch.cat([pooled[:, None].expand(-1, words.shape[1], -1), words], dim=2)
        logits: Tensor = self.presence(both)[..., 0]
        return logits


@dataclass(frozen=True, slots=True)
class _Branch:
    logits: list[Tensor]  # each (b * k, 1, ...)
    gate: Tensor  # (b * k, 1, ...)
    words: Tensor  # (b, k, t)


def _mean_words(words: Sequence[Tensor], shown: Tensor) -> Tensor:
    """Mean of what each modality made of the sentences, over those that are shown."""
    weight = shown / shown.sum(dim=1, keepdim=True)  # (b, m)
    return torch.stack([weight[:, m, None, None] * of_branch for m, of_branch in enumerate(words)]).sum(dim=0)


def _check(config: SegmenterConfig) -> None:
    if config.fusion not in FUSIONS:
        raise ModelError(f"fusion must be one of {', '.join(FUSIONS)}, got {config.fusion!r}")
    if not config.modalities:
        raise ModelError("a segmenter needs modalities, got none; name the images that it reads")
    if config.dims not in (2, 3) or (config.dims == 3 and (config.context or config.trunk["kind"] == "tower")):
        msg = (
            f"a segmenter of {config.dims} dimensions with context {config.context} and trunk {config.trunk['kind']!r}"
        )
        msg = f"{msg} is not to be had: volumes are read without context, and by the trunk 'cnn'"
        raise ModelError(f"{msg}; take 2 dimensions, which read them slice by slice, or leave out context and tower")
    trunk = len(config.trunk.get("widths", (0, 0)))
    if len(config.decoder) != len(config.stem) + trunk - 1 or len(config.decoder) < 3:
        msg = f"the decoder needs a width for each level but the coarsest, {len(config.stem) + trunk - 1} of them"
        raise ModelError(f"{msg}, got {tuple(config.decoder)}")
