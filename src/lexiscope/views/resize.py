"""Resizing with antialiasing, in float32, for planes and volumes."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

FITS = ("pad", "squash", "crop")


def resize_planes(x: Float[Tensor, "*n c y x"], size: tuple[int, int]) -> Float[Tensor, "*n c h w"]:
    """Bicubic with antialiasing, held to [0, 1] where the kernel overshoots."""
    if tuple(x.shape[-2:]) == size:
        return x
    planes = x.reshape(-1, 1, *x.shape[-2:])
    planes = functional.interpolate(planes, size, mode="bicubic", antialias=True, align_corners=False)
    return planes.clamp(0, 1).reshape(*x.shape[:-2], *size)


def resize_volume(x: Float[Tensor, "c z y x"], shape: tuple[int, int, int]) -> Float[Tensor, "c d h w"]:
    """In-plane first, then along z: torch has no antialiased resize in 3-D, and the kernel is separable."""
    x = resize_planes(x, (shape[1], shape[2]))  # (c, z, h, w)
    if x.shape[1] == shape[0]:
        return x
    columns = x.flatten(2)  # (c, z, h*w)
    return resize_planes(columns, (shape[0], columns.shape[-1])).reshape(x.shape[0], *shape)


def fit_planes(
    x: Float[Tensor, "*n c y x"], size: int, *, fit: str, aspect: float = 1.0
) -> tuple[Float[Tensor, "*n c s s"], Float[Tensor, "s s"]]:
    """A square of `size`, and where it shows the image (1) or padding (0).

    Args:
        fit: "pad" keeps the proportions and adds a border; "crop" keeps them and cuts what overhangs; "squash" keeps
            all and gives up the proportions.
        aspect: Height of a pixel over its width (from the spacing); 1 when unknown.
    """
    height, width = x.shape[-2] * aspect, float(x.shape[-1])
    if fit == "squash":
        return resize_planes(x, (size, size)), x.new_ones(size, size)
    scale = size / (max(height, width) if fit == "pad" else min(height, width))
    x = resize_planes(x, (max(1, round(height * scale)), max(1, round(width * scale))))
    return centre(x, (size, size))


def centre(x: Float[Tensor, "..."], shape: tuple[int, ...]) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """Cut or pad the last axes evenly on both sides to `shape`; also where the result lies inside `x`."""
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
