"""`PretrainedTower`: an image model of transformers as a tower."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.pretrained import load_pretrained, rebuild
from lexiscope.models.towers.tower import Tower
from lexiscope.models.weights import WeightsSource
from lexiscope.views.intensity import Intensity

_PATCHES = 8  # a model is probed on an image of 8 x 8 patches


class PretrainedTower(Tower):
    """Two-dimensional image model of transformers (DINOv2, ViT, SigLIP, CLIP, ConvNeXt, MobileNet, ...).

    Levels are its hidden states, and last its own output (after the final norm).

    Args:
        model: The model's settings, as its `config.to_dict()` gives them.
        widths: Channels of each level.
        prefix: Class and register tokens at the front of each level.
        mean: Mean of each channel that views subtract for this model.
        std: Standard deviation of each channel that views divide by.
        pooled: Put the model's own summary of the image, such as SigLIP's attention pooling, in place of the last
            level's class token; levels of a model without class token begin with the mean of their places instead.
    """

    def __init__(
        self,
        *,
        model: dict[str, Any],
        widths: Sequence[int],
        prefix: int,
        mean: Sequence[float],
        std: Sequence[float],
        pooled: bool = False,
    ) -> None:
        super().__init__()
        self.spatial_dims, self.prefix, self.widths, self.pooled = 2, prefix, tuple(widths), pooled
        self.mean, self.std = tuple(mean), tuple(std)
        self.model = rebuild(model)
        self.channels: int = getattr(self.model.config, "num_channels", 3)
        accepted = inspect.signature(self.model.forward).parameters
        self._options = {"interpolate_pos_encoding": True} if "interpolate_pos_encoding" in accepted else {}

    def forward(self, x: Float[Tensor, "b c y x"], *, deepest: int | None = None) -> list[Float[Tensor, "b n d"]]:
        """The hidden states and the model's own output, places in raster order."""
        with _shortened(self.model, deepest):
            out = self.model(pixel_values=x, output_hidden_states=True, **self._options)
        levels = [_tokens(level) for level in (*out.hidden_states, out.last_hidden_state)]
        if self.pooled:
            levels = _summarised(levels, out.pooler_output, places=self._places(x))
        return levels[: None if deepest is None else deepest + 1]

    def block_list(self) -> nn.ModuleList | None:
        """The blocks of a transformer in their order; None of other models."""
        place = _place_of_blocks(self.model)
        return None if place is None else getattr(*place)

    def colour(self, x: Float[Tensor, "b 1 y x"]) -> Float[Tensor, "b c y x"]:
        """A grey image in the model's colours; a grey view standardises by the average over the channels."""
        mean, std = x.new_tensor(self.mean), x.new_tensor(self.std)
        scale, shift = std.mean() / std, (mean.mean() - mean) / std
        return x * scale[:, None, None] + shift[:, None, None]

    @classmethod
    def load(cls, source: WeightsSource) -> tuple[dict[str, Any], Self]:
        """Settings that rebuild the tower (see `build_tower`), and the tower with its weights.

        Raises:
            WeightsError: the weights cannot be read.
            ModelError: the model is no image model.
        """
        model = load_pretrained(source)
        if model.main_input_name != "pixel_values":
            msg = f"expected an image model, but {source.name!r} reads {model.main_input_name}"
            raise ModelError(f"{msg}; name one that reads images, such as 'mobilenet-v2'")
        return cls.of(model, source.intensity())

    @classmethod
    def of(cls, model: Any, intensity: Intensity, *, pooled: bool = False) -> tuple[dict[str, Any], Self]:
        """Settings that rebuild a tower, and the tower with the weights of a model of transformers.

        Args:
            model: The model.
            intensity: Mean and standard deviation of the images that it was trained on.
            pooled: Keep the model's own summary; see the class.
        """
        colours = {"mean": list(intensity.mean), "std": list(intensity.std)}
        settings = {"model": model.config.to_dict(), "widths": (), "prefix": 0, **colours, "pooled": pooled}
        tower = cls(**settings)
        tower.model.load_state_dict(model.state_dict(), strict=True)
        widths, prefix = _probe(tower)
        tower.widths, tower.prefix = widths, prefix
        return {"kind": "pretrained", **settings, "widths": list(widths), "prefix": prefix}, tower.eval()

    def _places(self, x: Float[Tensor, "b c y x"]) -> int:
        patch: int = self.model.config.patch_size
        return (x.shape[-2] // patch) * (x.shape[-1] // patch)


@contextmanager
def _shortened(model: nn.Module, deepest: int | None) -> Iterator[None]:
    """A transformer without the blocks behind its hidden state `deepest`; other models as they are."""
    place = _place_of_blocks(model)
    if deepest is None or place is None:
        yield
        return
    owner, name = place
    blocks = getattr(owner, name)
    setattr(owner, name, blocks[: max(1, deepest)])  # without any block transformers tells no hidden state
    try:
        yield
    finally:
        setattr(owner, name, blocks)


def _place_of_blocks(model: nn.Module) -> tuple[nn.Module, str] | None:
    """The module that holds a transformer's blocks, and its name for them; None where no one list is as long."""
    depth = getattr(model.config, "num_hidden_layers", None)
    places = [
        (owner, name)
        for owner in model.modules()
        for name, part in owner.named_children()
        if isinstance(part, nn.ModuleList) and len(part) == depth
    ]
    return places[0] if len(places) == 1 else None


def _summarised(
    levels: Sequence[Float[Tensor, "b n d"]], pooled: Float[Tensor, "b d"], *, places: int
) -> list[Float[Tensor, "b n d"]]:
    """Levels that begin with one token of the whole image, the last one with the model's own summary."""
    if levels[-1].shape[1] == places:  # no class token
        means = (level.mean(dim=1, keepdim=True) for level in levels)
        levels = [torch.cat([mean, level], dim=1) for mean, level in zip(means, levels, strict=True)]
    return [*levels[:-1], torch.cat([pooled[:, None], levels[-1][:, 1:]], dim=1)]


def _tokens(level: Tensor) -> Tensor:
    return level.flatten(2).transpose(1, 2) if level.ndim == 4 else level


@torch.no_grad()
def _probe(tower: PretrainedTower) -> tuple[tuple[int, ...], int]:
    patch = getattr(tower.model.config, "patch_size", None)
    side = _PATCHES * (patch if isinstance(patch, int) else 16)
    levels = tower.eval()(torch.zeros(1, tower.channels, side, side))
    extra = levels[-1].shape[1] - _PATCHES**2
    has_class_token = isinstance(patch, int) and 0 < extra < _PATCHES
    return tuple(level.shape[-1] for level in levels), extra if has_class_token else 0
