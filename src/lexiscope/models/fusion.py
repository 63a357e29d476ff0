"""Fusions: where the modalities of a case meet. Each accepts any subset of them.

Early: as channels before one tower (`EarlyStack`). Hybrid: as tokens of a middle level, mixed by attention
(`HybridMixer`). Late: as finished feature vectors, averaged by the encoder's heads; nothing more is needed for it.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.towers.block import Block

FUSIONS = ("early", "hybrid", "late")


class EarlyStack(nn.Module):
    """The modalities as channels of one image; a missing one is its own learned value everywhere.

    Args:
        modalities: Modality -> channels, in stacking order.
        channels: Channels that the tower reads. When the stack has another number, a learned mixing brings it there; it
            starts as the plain mean, so a pretrained tower sees an image from the first step.
        spatial_dims: 2 or 3, as the tower's.

    Example:
        >>> stack = EarlyStack({"t1": 1, "t2": 1}, channels=2, spatial_dims=2)
        >>> t1 = torch.ones(1, 1, 2, 2)
        >>> stack({"t1": t1}, {"t1": torch.tensor([True])})[0, :, 0, 0].tolist()  # t2 is missing
        [1.0, 0.0]
    """

    def __init__(self, modalities: Mapping[str, int], *, channels: int, spatial_dims: int) -> None:
        super().__init__()
        self.sizes = dict(modalities)
        self.axis = -spatial_dims - 1
        self.fill = nn.ParameterList(nn.Parameter(torch.zeros(n)) for n in modalities.values())
        stacked = sum(modalities.values())
        self.mix = None if stacked == channels else nn.Parameter(torch.full((channels, stacked), 1 / stacked))

    def forward(
        self, images: Mapping[str, Float[Tensor, "b ..."]], present: Mapping[str, Bool[Tensor, " b"]]
    ) -> Float[Tensor, "b ..."]:
        """`(b, c, ...)`, or `(b, s, c, y, x)` of slices, with the tower's channels.

        Raises:
            ModelError: the modalities' views differ in shape.
        """
        places = {
            name: tuple(n for i, n in enumerate(x.shape) if i != x.ndim + self.axis) for name, x in images.items()
        }
        if len(set(places.values())) > 1:
            msg = f"early fusion needs views of one shape, got {places}; give all modalities the same view"
            raise ModelError(msg)
        like = next(iter(images.values()))
        filled = [
            self._filled(images.get(name), present.get(name), fill, like=like)
            for name, fill in zip(self.sizes, self.fill, strict=True)
        ]
        x = torch.cat(filled, dim=self.axis)
        return x if self.mix is None else torch.tensordot(x, self.mix, dims=([self.axis], [1])).movedim(-1, self.axis)

    def _filled(self, image: Tensor | None, present: Tensor | None, fill: Tensor, *, like: Tensor) -> Tensor:
        shape = list(like.shape)
        shape[self.axis] = len(fill)
        blank = fill.view(-1, *[1] * (-self.axis - 1)).expand(shape)
        if image is None or present is None:
            return blank
        return torch.where(present.view(-1, *[1] * (like.ndim - 1)), image, blank)


class HybridMixer(nn.Module):
    """Transformer layers over the tokens of all modalities, each marked with its modality's embedding.

    Tokens of a missing modality are never attended to.

    Args:
        widths: Modality -> channels of its tokens.
        width: Channels of the mixed tokens; a multiple of `heads`.
        depth: Number of layers.
        heads: Attention heads of each layer.

    Example:
        >>> mixer = HybridMixer({"t1": 5}, width=6, depth=1, heads=2)
        >>> levels, mask = mixer({"t1": torch.zeros(1, 4, 5)}, {"t1": torch.tensor([True])})
        >>> levels[-1].shape, mask.shape  # the summary token and four places
        (torch.Size([1, 5, 6]), torch.Size([1, 5]))
    """

    def __init__(self, widths: Mapping[str, int], *, width: int = 192, depth: int = 2, heads: int = 3) -> None:
        super().__init__()
        self.width = width
        self.modalities = tuple(widths)
        self.project = nn.ModuleList(nn.Linear(n, width) for n in widths.values())
        self.modality = nn.ParameterList(nn.Parameter(0.02 * torch.randn(width)) for _ in widths)
        self.summary = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(
        self, tokens: Mapping[str, Float[Tensor, "b n d"]], present: Mapping[str, Bool[Tensor, " b"]]
    ) -> tuple[list[Float[Tensor, "b t w"]], Bool[Tensor, "b t"]]:
        """Levels of the mixed tokens, the summary token first, and which tokens count."""
        parts = [self._marked(self.modalities.index(name), x) for name, x in tokens.items()]
        masks = [present[name][:, None].expand(-1, x.shape[1]) for name, x in tokens.items()]
        b = parts[0].shape[0]
        x = torch.cat([self.summary.expand(b, -1, -1), *parts], dim=1)  # (b, t, w)
        mask = torch.cat([masks[0].new_ones(b, 1), *masks], dim=1)  # (b, t)
        levels = [x]
        for block in self.blocks:
            x = block(x, mask)
            levels.append(x)
        return [*levels, self.norm(x)], mask

    def _marked(self, place: int, tokens: Tensor) -> Tensor:
        return self.project[place](tokens) + self.modality[place]
