"""`TwoWayAttention`: tokens of a sentence and tokens of an image attend to each other, as in SAM's mask decoder."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

_DEPTH = 2
_MLP = 8  # times the width


class Attention(nn.Module):
    """Multi-head attention, within which the width may be divided.

    Args:
        width: Length of a token.
        heads: Number of heads.
        narrower: Divisor of the width within.
    """

    def __init__(self, width: int, heads: int, *, narrower: int = 1) -> None:
        super().__init__()
        self.heads, inner = heads, width // narrower
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, inner) for _ in range(3))
        self.out_proj = nn.Linear(inner, width)

    def forward(
        self, q: Float[Tensor, "b n d"], k: Float[Tensor, "b m d"], v: Float[Tensor, "b m d"]
    ) -> Float[Tensor, "b n d"]:
        """What each of the n tokens takes from the m."""
        parts = (self.q_proj(q), self.k_proj(k), self.v_proj(v))
        split = [x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in parts]  # (b, heads, n, d / heads)
        told: Tensor = self.out_proj(functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2))
        return told


class TwoWayLayer(nn.Module):
    """Tokens attend to each other and to the image, think, and the image attends to them.

    Args:
        width: Length of a token.
        heads: Number of heads.
        first: The tokens are nothing yet but who they are: what they take from each other replaces them.
    """

    def __init__(self, width: int, heads: int, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = Attention(width, heads, narrower=2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"lin1": nn.Linear(width, _MLP * width), "lin2": nn.Linear(_MLP * width, width)})
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = Attention(width, heads, narrower=2)

    def forward(
        self,
        tokens: Float[Tensor, "b n d"],
        image: Float[Tensor, "b m d"],
        *,
        own: Float[Tensor, "b n d"],
        places: Float[Tensor, "m d"],
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b m d"]]:
        """Tokens and image after the layer; `own` and `places` say at each attention who and where they are."""
        asked, kept = (tokens, 0.0) if self.first else (tokens + own, tokens)
        tokens = self.norm1(kept + self.self_attn(asked, asked, tokens))
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + own, image + places, image))
        tokens = self.norm3(tokens + self.mlp["lin2"](functional.relu(self.mlp["lin1"](tokens))))
        image = self.norm4(image + self.cross_attn_image_to_token(image + places, tokens + own, tokens))
        return tokens, image


class TwoWayAttention(nn.Module):
    """Two layers of attention in both directions, and a last look of the tokens at the image.

    The transformer of SAM's mask decoder (https://arxiv.org/abs/2304.02643) with the names of its weights. Positions
    are random Fourier features (https://arxiv.org/abs/2006.10739), in two or three dimensions.

    Args:
        width: Length of a token; a multiple of twice `heads`.
        heads: Number of heads.
        dims: 2 or 3.
    """

    frequencies: Tensor

    def __init__(self, *, width: int, heads: int, dims: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayLayer(width, heads, first=not number) for number in range(_DEPTH))
        self.final_attn_token_to_image = Attention(width, heads, narrower=2)
        self.norm_final_attn = nn.LayerNorm(width)
        self.register_buffer("frequencies", torch.randn(dims, width // 2))

    def forward(
        self, tokens: Float[Tensor, "b n d"], image: Float[Tensor, "b d ..."]
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b d ..."]]:
        """Tokens and image after they met."""
        own, grid, x = tokens, image.shape[2:], image.flatten(2).transpose(1, 2)  # (b, m, d)
        places = self._places(grid).to(x)
        for layer in self.layers:
            tokens, x = layer(tokens, x, own=own, places=places)
        last = self.final_attn_token_to_image(tokens + own, x + places, x)
        return self.norm_final_attn(tokens + last), x.transpose(1, 2).unflatten(2, grid)

    def _places(self, grid: Sequence[int]) -> Float[Tensor, "m d"]:
        """Sine and cosine of where each place lies, of (x, y[, z]) from -1 to 1."""
        axes = [(torch.arange(n, device=self.frequencies.device) + 0.5) / n * 2 - 1 for n in grid]
        spots = torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1).flatten(0, -2)
        turns = 2 * math.pi * spots @ self.frequencies
        return torch.cat([turns.sin(), turns.cos()], dim=1)
