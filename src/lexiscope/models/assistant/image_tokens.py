"""`ImageTokens`: the tokens of some cases, with a note of what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from lexiscope.models.assistant.token_plan import BranchTokens


@dataclass(frozen=True, slots=True)
class ImageTokens:
    """What an assistant sees of b cases.

    Args:
        tokens: By branch, see `read_tokens`.
        present: Modality -> `(b,)`.
    """

    tokens: Mapping[str, BranchTokens]
    present: Mapping[str, Bool[Tensor, " b"]]

    @property
    def cases(self) -> int:
        """How many cases."""
        return len(next(iter(self.tokens.values())).summary)

    def to(self, device: torch.device) -> "ImageTokens":
        """The same on another device."""
        tokens = {
            name: BranchTokens(read.summary.to(device), read.places.to(device)) for name, read in self.tokens.items()
        }
        return ImageTokens(tokens, {name: there.to(device) for name, there in self.present.items()})

    def rows(self, rows: Sequence[int] | Int64[Tensor, " m"]) -> "ImageTokens":
        """Some of the cases, each as often as it is named."""
        index = torch.as_tensor(rows)
        tokens = {name: BranchTokens(read.summary[index], read.places[index]) for name, read in self.tokens.items()}
        return ImageTokens(tokens, {name: there[index] for name, there in self.present.items()})


QUESTION = "(question)"  # the branch of a question's own vector; no modality can have this name


def with_questions(image_tokens: ImageTokens, vectors: Float[Tensor, "b w"]) -> ImageTokens:
    """What is seen, and beside it what the model's text tower says about each question.

    A language model from scratch on a lab's few questions does not know which words mean the same; the text tower does.
    """
    nothing = vectors.new_zeros(len(vectors), 0, 1)
    there = torch.ones(len(vectors), dtype=torch.bool, device=vectors.device)
    return ImageTokens(
        {**image_tokens.tokens, QUESTION: BranchTokens(vectors, nothing)}, {**image_tokens.present, QUESTION: there}
    )


def branch_widths(tokens: Mapping[str, BranchTokens]) -> dict[str, tuple[int, int]]:
    """Branch -> lengths of its readout and of its places, as `AssistantConfig.branches` takes them."""
    return {name: (read.summary.shape[-1], read.places.shape[-1]) for name, read in tokens.items()}
