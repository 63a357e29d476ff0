"""Resizing with antialiasing, in float32, for planes and volumes."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

FITS = ("pad", "squash", "crop")


def resize_planes(x: Float[Tensor, "*n c y x"], size: tuple[int, int]) -> Float[Tensor, "*n c h w"]:
    """Planes of another size: bicubic with antialiasing, held to [0, 1] where the kernel overshoots.

    Example:
        >>> import torch
        >>> resize_planes(torch.full((1, 4, 4), 0.5), (2, 3))
        tensor([[[0.5000, 0.5000, 0.5000],
                 [0.5000, 0.5000, 0.5000]]])
    """
    if tuple(x.shape[-2:]) == size:
        return x
    planes = x.reshape(-1, 1, *x.shape[-2:])
    planes = functional.interpolate(planes, size, mode="bicubic", antialias=True, align_corners=False)
    return planes.clamp(0, 1).reshape(*x.shape[:-2], *size)


def resize_volume(x: Float[Tensor, "c z y x"], shape: tuple[int, int, int]) -> Float[Tensor, "c d h w"]:
    """A volume of another shape, resized in plane and then along z.

    The kernel is separable, and torch has no antialiased resize in 3-D.

    Example:
        >>> import torch
        >>> resize_volume(torch.ones(1, 4, 6, 8), (2, 3, 4)).shape
        torch.Size([1, 2, 3, 4])
    """
    x = resize_planes(x, (shape[1], shape[2]))  # (c, z, h, w)
    if x.shape[1] == shape[0]:
        return x
    columns = x.flatten(2)  # (c, z, h*w)
    return resize_planes(columns, (shape[0], columns.shape[-1])).reshape(x.shape[0], *shape)


def fit_planes(
    x: Float[Tensor, "*n c y x"], size: int, *, fit: str, aspect: float = 1.0
) -> tuple[Float[Tensor, "*n c s s"], Float[Tensor, "s s"]]:
    """A square of `size`, and a mask that is 1 where it shows the image and 0 on padding.

    Args:
        x: Planes with values in [0, 1].
        size: Side in pixels.
        fit: "pad" keeps the proportions and adds a border; "crop" keeps them and cuts what overhangs; "squash" keeps
            all and gives up the proportions.
        aspect: Height of a pixel over its width (from the spacing); 1 when unknown.

    Example:
        >>> import torch
        >>> square, inside = fit_planes(torch.ones(1, 2, 4), 4, fit="pad")
        >>> inside.tolist()
        [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    height, width = x.shape[-2] * aspect, float(x.shape[-1])
    if fit == "squash":
        return resize_planes(x, (size, size)), x.new_ones(size, size)
    scale = size / (max(height, width) if fit == "pad" else min(height, width))
    x = resize_planes(x, (max(1, round(height * scale)), max(1, round(width * scale))))
    return centre(x, (size, size))


def centre(x: Float[Tensor, "..."], shape: tuple[int, ...]) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """The last axes cut or padded evenly on both sides to `shape`, and a mask of where the result lies inside `x`.

    Example:
        >>> import torch
        >>> middle, inside = centre(torch.arange(5.0), (3,))
        >>> middle.tolist(), centre(torch.arange(2.0), (4,))[1].tolist()
        ([1.0, 2.0, 3.0], [0.0, 1.0, 1.0, 0.0])
    """
    inside = x.new_ones(x.shape[-len(shape) :])
    for axis, wanted in enumerate(shape, start=-len(shape)):
        have = x.shape[axis]
        if have > wanted:
            start = (have - wanted) // 2
            x, inside = x.narrow(axis, start, wanted), inside.narrow(axis, start, wanted)
        before = max(0, wanted - have) // 2
        padding = [0, 0] * (-axis - 1) + [before, max(0, wanted - have) - before]
        x, inside = functional.pad(x, padding), functional.pad(inside, padding)
    return x, inside
