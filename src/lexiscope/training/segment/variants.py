"""`Variants`: random variants of a window: turned and scaled, mirrored, of other contrast, blurred, noisy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

MEASURED, UNMEASURED = (0.75, 1.3), (0.6, 1.6)
"""Least and greatest size of a variant, of the image's own, where pixels have a known size and where they have none: a
picture may then show a thing half as large as another (the DSC of kidneys fell from .94 to .47 at .65 of the size).
"""


@dataclass(frozen=True)
class Variant:
    """One draw of everything spatial that happens to a window.

    Args:
        matrix: From places of the variant to places of the image, both in pixels from the window's centre, in (x, y) or
            (x, y, z).
        mirrored: True where an axis was mirrored.
    """

    matrix: Float[np.ndarray, "n n"]
    mirrored: bool


@dataclass(frozen=True)
class Variants:
    """Settings of random variants, as nnU-Net's (https://arxiv.org/abs/1904.08128), milder.

    Args:
        active: False gives every window as it is.
        dims: 2 or 3.
        mirror: Axes that may be mirrored, 0 for the first of (z, y, x) or (y, x).
        scales: Least and greatest size of a variant, of the window's own.
    """

    active: bool
    dims: int
    mirror: Sequence[int] = ()
    scales: tuple[float, float] = MEASURED

    def draw(self, rng: np.random.Generator) -> Variant:
        """What happens to one window."""
        matrix = np.eye(self.dims)
        if not self.active:
            return Variant(matrix, False)
        if rng.random() < 0.4:
            matrix = matrix @ _turn(self.dims, math.radians(rng.uniform(-20, 20)))
        if rng.random() < 0.4:
            least, greatest = map(math.log, self.scales)
            matrix = matrix / math.exp(rng.uniform(least, greatest))
        signs = np.ones(self.dims)
        for axis in self.mirror:
            signs[self.dims - 1 - axis] = rng.choice((-1.0, 1.0))
        return Variant(matrix @ np.diag(signs), bool((signs < 0).any()))

    def cut(
        self,
        image: Float[np.ndarray, "c ..."],
        variant: Variant,
        *,
        centre: Sequence[float],
        window: Sequence[int],
        nearest: bool = False,
    ) -> Float[Tensor, "c ..."]:
        """A window of an image under a variant; outside of the image it has the image's least value.

        Args:
            image: `(c, y, x)` or `(c, z, y, x)`.
            variant: What `draw` gave.
            centre: Middle of the window in pixels of the image.
            window: Its sides.
            nearest: Take the nearest pixel, as labels need.
        """
        still = bool(np.array_equal(variant.matrix, np.eye(self.dims)))
        reach = [side / 2 if still else 0.75 * max(window) + 2 for side in window]
        lows = [max(0, math.floor(c - r)) for c, r in zip(centre, reach, strict=True)]
        highs = [min(n, math.ceil(c + r) + 1) for c, r, n in zip(centre, reach, image.shape[1:], strict=True)]
        near = image[(slice(None), *map(slice, lows, highs))]
        x = torch.from_numpy(np.ascontiguousarray(near, dtype=np.float32))
        least = float(x.min())
        grid = _grid(variant.matrix, window, [c - low for c, low in zip(centre, lows, strict=True)], x.shape[1:])
        mode = "nearest" if nearest else "bilinear"
        made = functional.grid_sample((x - least)[None], grid[None], mode=mode, align_corners=False)[0]
        return made + least

    def recolour(self, x: Float[Tensor, "c ..."], rng: np.random.Generator) -> Float[Tensor, "c ..."]:
        """Another contrast, brightness and gamma, blur and noise, each now and then."""
        if not self.active:
            return x
        if rng.random() < 0.5:
            x = x * rng.uniform(0.75, 1.3) + rng.normal(0, 0.15)
        if rng.random() < 0.25:
            low, high = float(x.min()), float(x.max())
            unit = ((x - low) / max(high - low, 1e-6)).clamp(0, 1)
            x = unit ** rng.uniform(0.7, 1.5) * (high - low) + low
        if rng.random() < 0.15:
            mode = "bilinear" if x.ndim == 3 else "trilinear"
            small = [max(2, round(n * rng.uniform(0.5, 1.0))) for n in x.shape[1:]]
            small_x = functional.interpolate(x[None], size=small, mode=mode, align_corners=False)
            x = functional.interpolate(small_x, size=x.shape[1:], mode=mode, align_corners=False)[0]
        if rng.random() < 0.2:
            noise = torch.from_numpy(rng.standard_normal(x.shape, dtype=np.float32))
            x = x + noise * rng.uniform(0.02, 0.15)
        return x


def _turn(dims: int, angle: float) -> Float[np.ndarray, "n n"]:
    """A turn in the plane of the last two axes, in (x, y[, z]); volumes are turned about z alone."""
    turned = np.eye(dims)
    turned[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return turned


def _grid(
    matrix: Float[np.ndarray, "n n"], window: Sequence[int], centre: Sequence[float], shape: Sequence[int]
) -> Float[Tensor, "... n"]:
    """Where each pixel of the window lies in the image, as `grid_sample` wants it: (x, y[, z]) from -1 to 1."""
    axes = [torch.arange(side, dtype=torch.float32) - (side - 1) / 2 for side in window]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1)  # (..., n) in x, y[, z]
    moved = places @ torch.from_numpy(matrix.astype(np.float32)).T
    middle = torch.tensor([float(c) for c in centre][::-1])
    sides = torch.tensor([float(n) for n in shape][::-1])
    return (moved + middle + 0.5) / sides * 2 - 1


def mirror_axes(*, dims: int, volumes: bool, sided: bool) -> tuple[int, ...]:
    """Axes that may be mirrored: none where structures have sides, not left and right in scans, else all.

    Args:
        dims: 2 or 3.
        volumes: Images are scans, whose last axis runs from left to right.
        sided: A structure's name says left or right.

    Example:
        >>> mirror_axes(dims=2, volumes=False, sided=False), mirror_axes(dims=3, volumes=True, sided=False)
        ((0, 1), (0, 1))
    """
    if sided:
        return ()
    return tuple(range(dims - 1 if volumes else dims))


def is_sided(structures: Mapping[str, object] | Sequence[str]) -> bool:
    """True where a structure's name says left or right.

    Example:
        >>> is_sided(["left kidney"]), is_sided(["liver"])
        (True, False)
    """
    words = {word for name in structures for word in name.casefold().replace("_", " ").replace("-", " ").split()}
    return bool(words & {"left", "right"})
