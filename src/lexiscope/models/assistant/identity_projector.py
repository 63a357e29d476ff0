"""`IdentityProjector`: what already speaks the language model's language, in the place of a `Projector`."""

from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.token_plan import BranchTokens


class IdentityProjector(nn.Module):
    """Passes on the tokens of a ready model's own eyes; nothing here trains.

    Args:
        names: The branches that are read; others, such as that of the question, are left out.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(sorted(names))

    def length(self, tokens: Mapping[str, BranchTokens]) -> int:
        """How many vectors `forward` gives a case that has everything."""
        return sum(tokens[name].places.shape[1] for name in self.names if name in tokens)

    def standardise(self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Tensor]) -> None:
        """Nothing: means and spreads are those that the language model knows."""

    def forward(
        self, tokens: Mapping[str, BranchTokens], present: Mapping[str, Bool[Tensor, " b"]]
    ) -> tuple[Float[Tensor, "b t d"], Bool[Tensor, "b t"]]:
        """The tokens of all modalities one after the other, and which of them mean something.

        Raises:
            ModelError: a case without any of the modalities.
        """
        read = [(tokens[name].places, present[name]) for name in self.names if name in tokens]
        if not read or not bool(torch.stack([there for _, there in read]).any(dim=0).all()):
            msg = f"expected cases with an image of {' or '.join(self.names)}, got one without"
            raise ModelError(f"{msg}; no other was seen when the assistant was taught")
        masks = [there[:, None].expand(-1, places.shape[1]) for places, there in read]
        return torch.cat([places for places, _ in read], dim=1), torch.cat(masks, dim=1)
