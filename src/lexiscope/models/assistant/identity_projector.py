"""`IdentityProjector`: passes on image tokens that a hub model has already projected."""

from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.token_plan import BranchTokens


class IdentityProjector(nn.Module):
    """Passes on the tokens of a hub model's own vision encoder, in the place of a `Projector`; nothing here trains.

    Args:
        names: Branches that are read; others, such as that of the question, are left out.

    Example:
        >>> tokens = {"t1": BranchTokens(torch.zeros(1, 0), torch.zeros(1, 4, 8))}
        >>> IdentityProjector(["t1"]).length(tokens)
        4
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(sorted(names))

    def length(self, tokens: Mapping[str, BranchTokens]) -> int:
        """Number of vectors that `forward` gives a case with all modalities."""
        return sum(tokens[name].places.shape[1] for name in self.names if name in tokens)

    def standardise(self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Tensor]) -> None:
        """Change nothing: means and spreads are those that the language model knows."""

    def forward(
        self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Bool[Tensor, " b"]]
    ) -> tuple[Float[Tensor, "b t d"], Bool[Tensor, "b t"]]:
        """Tokens of all modalities one after the other, and which of them belong to a modality that the case has.

        Raises:
            ModelError: a case without any of the modalities.
        """
        read = [(tokens[name].places, present[name]) for name in self.names if name in tokens]
        if not read or not bool(torch.stack([mask for _, mask in read]).any(dim=0).all()):
            msg = f"expected cases with an image of {' or '.join(self.names)}, got one without"
            raise ModelError(f"{msg}; the assistant was trained on no other")
        masks = [mask[:, None].expand(-1, places.shape[1]) for places, mask in read]
        return torch.cat([places for places, _ in read], dim=1), torch.cat(masks, dim=1)
