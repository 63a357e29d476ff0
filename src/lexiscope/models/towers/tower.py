"""`Tower`: the interface of every image network."""

from abc import ABC, abstractmethod

from jaxtyping import Float
from torch import Tensor, nn


class Tower(nn.Module, ABC):
    """A network that reads one image and returns its features after each stage.

    Attributes:
        channels: Channels of the input.
        spatial_dims: 2 for planes `(b, c, y, x)`, 3 for volumes `(b, c, z, y, x)`.
        prefix: Number of class and register tokens at the front of each level; the class token is the first.
        widths: Channels of each level.
        pooled: The first token of the last level is the network's own summary of the image.
    """

    channels: int
    spatial_dims: int
    prefix: int
    widths: tuple[int, ...]
    pooled: bool = False

    def colour(self, x: Float[Tensor, "b 1 ..."]) -> Float[Tensor, "b c ..."]:
        """A grey image with the channels that this tower reads."""
        return x.expand(-1, self.channels, *[-1] * (x.ndim - 2))

    def block_list(self) -> nn.ModuleList | None:
        """Its blocks in their order, of which block k makes level k + 1; None of a network without equal blocks."""
        return None

    @abstractmethod
    def forward(self, x: Float[Tensor, "b c ..."], *, deepest: int | None = None) -> list[Float[Tensor, "b n d"]]:
        """The levels of `x`, from the earliest to the network's own output.

        Args:
            deepest: The last level that is wanted: what lies behind it is left out, and where possible not computed.
        """
