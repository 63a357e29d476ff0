"""`Projector`: from an encoder's tokens to the width of a language model."""

from collections.abc import Mapping
from typing import cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.image_tokens import QUESTION
from lexiscope.models.assistant.token_plan import BranchTokens


class Projector(nn.Module):
    """Two layers for the readout, two for the places of each branch, and a learned embedding that tells branches apart.

    Two layers for patches are LLaVA-1.5's (https://arxiv.org/abs/2310.03744); the readout and the embedding are
    ours. Outputs have the length of the language model's own word vectors, so that training starts in its range.

    Args:
        branches: Branch -> lengths of its readout and of its places.
        width: Width of the language model.
        summaries: Number of tokens that the readout becomes.
        hidden: Width of the layer between.
        dropout: Share of the readout that is dropped in training: it is long, and labs' corpora are small.
        norm: Mean length of the language model's word vectors.

    Example:
        >>> tokens = {"t1": BranchTokens(torch.zeros(1, 6), torch.zeros(1, 4, 5))}
        >>> vectors, mask = Projector({"t1": (6, 5)}, 8, summaries=2)(tokens, {"t1": torch.tensor([True])})
        >>> vectors.shape  # two summaries and four places
        torch.Size([1, 6, 8])
    """

    def __init__(
        self,
        branches: Mapping[str, tuple[int, int]],
        width: int,
        *,
        summaries: int = 2,
        hidden: int = 256,
        dropout: float = 0.3,
        norm: float = 1.0,
    ) -> None:
        super().__init__()
        self.names = tuple(sorted(branches))  # JSON keeps no order
        self.branches = nn.ModuleList(
            _Branch(*branches[name], width, summaries=summaries, hidden=hidden, dropout=dropout) for name in self.names
        )
        self.norm = norm / width**0.5
        self.summaries = summaries

    def branch(self, name: str) -> "_Branch":
        """The layers of one branch."""
        return cast("_Branch", self.branches[self.names.index(name)])

    def length(self, tokens: Mapping[str, BranchTokens]) -> int:
        """Number of vectors that `forward` gives a case with all modalities."""
        return sum(self.summaries + tokens[name].places.shape[1] for name in self.names if name in tokens)

    @torch.no_grad()
    def standardise(self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Tensor]) -> None:
        """Fix means and standard deviations from training cases; missing modalities do not count."""
        for name, read in tokens.items():
            mask = present.get(name, torch.ones(len(read.summary), dtype=torch.bool, device=read.summary.device))
            if bool(mask.any()):
                self.branch(name).standardise(read.summary[mask], read.places[mask])

    def forward(
        self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Bool[Tensor, " b"]]
    ) -> tuple[Float[Tensor, "b t d"], Bool[Tensor, "b t"]]:
        """Word-like vectors of all branches one after the other, and which belong to a branch that the case has.

        Args:
            present: Modality -> `(b,)`; a branch that is no modality is always present.

        Raises:
            ModelError: a case without any of the branches.
        """
        parts, masks = [], []
        self._need_image(tokens, present)
        for name in (name for name in self.names if name in tokens):
            made = self.branch(name)(tokens[name]) * self.norm  # (b, t, d)
            mask = present.get(name, made.new_ones(len(made), dtype=torch.bool))
            parts.append(torch.where(mask[:, None, None], made, 0.0))
            masks.append(mask[:, None].expand(-1, made.shape[1]))
        return torch.cat(parts, dim=1), torch.cat(masks, dim=1)

    def _need_image(self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Bool[Tensor, " b"]]) -> None:
        """Refuse a case of which only the question would be read."""
        images = [name for name in self.names if name != QUESTION]
        masks = [
            present.get(name, tokens[name].summary.new_ones(len(tokens[name].summary), dtype=torch.bool))
            for name in images
            if name in tokens
        ]
        if not masks or not bool(torch.stack(masks).any(dim=0).all()):
            msg = f"expected cases with an image of {' or '.join(images)}, got one without"
            raise ModelError(f"{msg}; the assistant was trained on no other")


class _Branch(nn.Module):
    mean: Tensor
    std: Tensor
    places_mean: Tensor
    places_std: Tensor

    def __init__(self, inputs: int, places: int, width: int, *, summaries: int, hidden: int, dropout: float) -> None:
        super().__init__()
        for name, length in (("mean", inputs), ("places_mean", places)):
            self.register_buffer(name, torch.zeros(length))
        for name, length in (("std", inputs), ("places_std", places)):
            self.register_buffer(name, torch.ones(length))
        self.dropout = nn.Dropout(dropout)
        self.summary = nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, summaries * width))
        self.places = nn.Sequential(nn.Linear(places, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.norm = nn.LayerNorm(width)
        self.mark = nn.Parameter(torch.zeros(width))  # embedding of the branch
        self.width = width

    @torch.no_grad()
    def standardise(self, summary: Float[Tensor, "n f"], places: Float[Tensor, "n t w"]) -> None:
        _fix(summary, self.mean, self.std)
        if places.shape[1]:
            _fix(places.flatten(0, 1), self.places_mean, self.places_std)

    def forward(self, read: BranchTokens) -> Float[Tensor, "b t d"]:
        summary = self.dropout((read.summary.float() - self.mean) / self.std)
        whole = self.summary(summary).unflatten(-1, (-1, self.width))  # (b, k, d)
        places = self.places((read.places.float() - self.places_mean) / self.places_std)  # (b, t, d)
        made: Tensor = self.norm(torch.cat([whole, places], dim=1)) + self.mark
        return made


def _fix(values: Float[Tensor, "n f"], mean: Tensor, std: Tensor) -> None:
    spread = values.std(dim=0, correction=0)
    mean.copy_(values.mean(dim=0))
    std.copy_(torch.where(spread > 1e-6, spread, torch.ones_like(spread)))
