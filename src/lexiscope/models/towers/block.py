"""`Block`: one pre-norm transformer layer, for towers and for fusion."""

from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Attention, then a two-layer network, each on normalised input and added back (https://arxiv.org/abs/2002.04745).

    Args:
        width: Channels of every token; a multiple of `heads`.
        heads: Attention heads.

    Example:
        >>> import torch
        >>> Block(6, 2)(torch.zeros(1, 4, 6)).shape
        torch.Size([1, 4, 6])
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.norm_network = nn.LayerNorm(width)
        self.network = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Float[Tensor, "b n d"], mask: Bool[Tensor, "b n"] | None = None) -> Float[Tensor, "b n d"]:
        """Output of the layer; tokens whose `mask` is False are never attended to."""
        b, n, d = x.shape
        qkv = self.queries_keys_values(self.norm_attention(x)).view(b, n, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (b, heads, n, d / heads)
        attended = None if mask is None else mask[:, None, None, :]
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=attended)
        x = x + self.attended(y.transpose(1, 2).reshape(b, n, d))
        return x + self.network(self.norm_network(x))  # (b, n, d)
