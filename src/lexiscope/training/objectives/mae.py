"""MAE: hidden patches of an image are decoded from those that are seen (https://arxiv.org/abs/2111.06377)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder
from lexiscope.models.towers import Tower
from lexiscope.models.towers.block import Block
from lexiscope.models.towers.vit import ViT, grid_positions
from lexiscope.training.objectives.augmented_variants import flat_variants
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs


class Mae(nn.Module):
    """Hidden patches are decoded from those that are seen, each modality on its own.

    Loss: mean over the hidden patches of the squared error of their values, each patch brought to mean 0 and variance 1
    (the paper's normalised target), so that guessing every patch's mean costs 1. A ViT reads the seen patches alone.
    Another tower with a regular grid of last features reads the image with hidden patches blanked to 0, the mean
    colour (masked image modelling as in SimMIM, https://arxiv.org/abs/2111.09886). A light decoder fills them in.

    Args:
        mask: Share of patches that is hidden.
        width: Channels of the decoder; a multiple of 3.
    """

    needs: ClassVar[Needs] = Needs(
        images="one modality or more, any missing",
        chance="mean square of the normalised hidden patches, 1 where none is blank",
    )
    options: ClassVar[tuple[str, ...]] = ("mask",)
    variants: ClassVar[int] = 1
    tower: ClassVar[tuple[str, Mapping[str, Any]]] = ("vit", {"patch": 8})
    modality_dropout: ClassVar[float] = 0.0  # modalities are decoded apart

    def __init__(self, encoder: Encoder, *, mask: float = 0.75, width: int = 96, depth: int = 2) -> None:
        super().__init__()
        if encoder.stack is not None:
            raise ModelError("mae decodes each modality on its own, but early fusion stacks them; use fusion 'late'")
        self.encoder = encoder
        self.mask = mask
        decoders = nn.ModuleList(
            _Decoder(encoder.tower(name), channels=encoder.config.modalities[name], width=width, depth=depth)
            for name in encoder.modalities
        )
        self.add_module("painters", decoders)  # their name in checkpoints and in the keys of finished runs

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """The loss over the global batch, each hidden patch counted the same.

        Args:
            batch: Batch of `PretrainRows.batch`, with one variant.
        """
        images, present = flat_variants(batch)
        seeds = batch["seed"]
        sums = []
        for name, decoder in zip(self.encoder.modalities, self.get_submodule("painters").children(), strict=True):
            rows = present[name]
            if bool(rows.any()):
                tower = self.encoder.tower(name)
                sums.append(decoder(tower, images[name][rows], seeds[rows], mask=self.mask))  # (b, 3)
        cost, blind, count = gather_rows(torch.cat(sums)).sum(dim=0)
        return {"patches": Loss(cost / count, (blind / count).detach())}


class _Decoder(nn.Module):
    """Decoder of one modality: tokens of the seen patches in, values of the hidden ones out."""

    def __init__(self, tower: Tower, *, channels: int, width: int, depth: int) -> None:
        super().__init__()
        self.side = _side_of(tower)
        self.project = nn.Linear(tower.widths[-1], width)
        self.hidden = nn.Parameter(0.02 * torch.randn(width))
        self.blocks = nn.ModuleList(Block(width, 3) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.values = nn.Linear(width, channels * self.side**tower.spatial_dims)

    def forward(
        self, tower: Tower, x: Float[Tensor, "b c ..."], seeds: Int64[Tensor, " b"], *, mask: float
    ) -> Float[Tensor, "b 3"]:
        """Per image the squared error, the squared target and the number of patches that were hidden."""
        patches, grid = to_patches(x, side=self.side)  # (b, n, p)
        n = patches.shape[1]
        order = _orders(seeds, n).to(x.device)  # (b, n)
        seen = order[:, : max(1, round((1 - mask) * n))]  # (b, k)
        tokens = self._tokens(tower, x, patches, grid, seen)  # (b, n, w)
        tokens = tokens + grid_positions(grid, tokens.shape[-1]).to(tokens)
        for block in self.blocks:
            tokens = block(tokens)
        decoded = self.values(self.norm(tokens)).float()  # (b, n, p)
        target = normalised(patches.float())
        hidden = torch.ones(seen.shape[0], n, device=x.device).scatter(1, seen, 0.0)  # (b, n)
        cost = ((decoded - target).square().mean(dim=-1) * hidden).sum(dim=1)
        blind = (target.square().mean(dim=-1) * hidden).sum(dim=1)
        return torch.stack([cost, blind, hidden.sum(dim=1)], dim=1)

    def _tokens(self, tower: Tower, x: Tensor, patches: Tensor, grid: tuple[int, ...], seen: Tensor) -> Tensor:
        """Tokens of the tower at seen places, and the one learned token everywhere else."""
        rows = torch.arange(len(x), device=x.device)[:, None]
        if isinstance(tower, ViT):
            embedded = tower.embed(_coloured(tower, x))  # (b, n, d)
            read = self.project(tower.read(embedded[rows, seen])[-1][:, tower.prefix :])  # (b, k, w)
            blank = self.hidden.to(read.dtype).expand(len(x), patches.shape[1], -1).clone()
            return blank.index_put((rows, seen), read)
        visible = torch.zeros(len(x), patches.shape[1], 1, device=x.device).scatter(1, seen[..., None], 1.0)
        blanked = from_patches(patches * visible, grid, channels=x.shape[1], side=self.side)
        read = self.project(tower(_coloured(tower, blanked))[-1][:, tower.prefix :])  # (b, n, w)
        return torch.where(visible.bool(), read, read + self.hidden)


def to_patches(x: Float[Tensor, "b c ..."], *, side: int) -> tuple[Float[Tensor, "b n p"], tuple[int, ...]]:
    """Patches in raster order, each as its values channel by channel, and the grid they lie on.

    Raises:
        ModelError: the image is no whole number of patches.

    Example:
        >>> patches, grid = to_patches(torch.arange(16.0).view(1, 1, 4, 4), side=2)
        >>> grid, patches[0, 0].tolist()
        ((2, 2), [0.0, 1.0, 4.0, 5.0])
    """
    sizes = tuple(x.shape[2:])
    if any(size % side for size in sizes):
        raise ModelError(
            f"mae needs images that are a multiple of {side} along each axis, got {sizes}; change the size"
        )
    grid = tuple(size // side for size in sizes)
    for axis in range(2, x.ndim):
        x = x.unfold(axis, side, side)  # grid axes stay, patch axes go to the end
    dims = len(grid)
    x = x.permute(0, *range(2, 2 + dims), 1, *range(2 + dims, 2 + 2 * dims))  # (b, *grid, c, side, ...)
    return x.flatten(1 + dims).flatten(1, dims), grid


def from_patches(
    patches: Float[Tensor, "b n p"], grid: tuple[int, ...], *, channels: int, side: int
) -> Float[Tensor, "b c ..."]:
    """The image that `to_patches` cut.

    Example:
        >>> x = torch.randn(1, 3, 4, 6)
        >>> patches, grid = to_patches(x, side=2)
        >>> torch.equal(from_patches(patches, grid, channels=3, side=2), x)
        True
    """
    dims = len(grid)
    x = patches.unflatten(1, grid).unflatten(-1, (channels, *[side] * dims))  # (b, *grid, c, side, ...)
    order = [0, 1 + dims, *(axis for i in range(dims) for axis in (1 + i, 2 + dims + i))]
    x = x.permute(order)  # (b, c, grid, side, grid, side, ...)
    return x.reshape(len(x), channels, *(n * side for n in grid))


def normalised(patches: Float[Tensor, "b n p"]) -> Float[Tensor, "b n p"]:
    """Each patch with mean 0 and variance 1; one of a single value becomes 0.

    Example:
        >>> normalised(torch.tensor([[[1.0, 3.0]]])).round().tolist()
        [[[-1.0, 1.0]]]
    """
    mean, variance = patches.mean(dim=-1, keepdim=True), patches.var(dim=-1, keepdim=True, correction=0)
    return (patches - mean) / (variance + 1e-6).sqrt()


def _coloured(tower: Tower, x: Tensor) -> Tensor:
    x = x.to(next(tower.parameters()).dtype)
    return tower.colour(x) if x.shape[1] == 1 else x


def _orders(seeds: Int64[Tensor, " b"], n: int) -> Int64[Tensor, "b n"]:
    """A random order of n patches for each image, from its own seed."""
    return torch.stack(
        [torch.randperm(n, generator=torch.Generator().manual_seed(int(seed))) for seed in seeds.tolist()]
    )


@torch.no_grad()
def _side_of(tower: Tower) -> int:
    """Pixels along each axis that one place of the last level stands for.

    Raises:
        ModelError: the places of the last level lie on no regular grid.
    """
    if isinstance(tower, ViT):
        return tower.patch
    device = next(tower.parameters()).device
    for size in (224, 64):  # a multiple of 14, 16 and 32; and what is small enough in three dimensions
        if size == 224 and tower.spatial_dims == 3:
            continue
        x = torch.zeros(1, tower.channels, *[size] * tower.spatial_dims, device=device)
        places = tower(x)[-1].shape[1] - tower.prefix
        side = size / places ** (1 / tower.spatial_dims)
        if places > 1 and abs(side - round(side)) < 1e-6:
            return round(side)
    msg = "mae needs a tower whose last features lie on a regular grid of whole pixels"
    raise ModelError(f"{msg}; use 'vit' or 'cnn'")
