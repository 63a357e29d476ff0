"""`ImageTokens`: tokens of some cases' images, with a mask of what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from lexiscope.models.assistant.pictures import Pictures, blank_pictures
from lexiscope.models.assistant.token_plan import BranchTokens, blank_tokens


@dataclass(frozen=True, slots=True)
class ImageTokens:
    """Image tokens of b cases, as an assistant reads them.

    Args:
        tokens: Branch -> its tokens, see `read_tokens`.
        present: Modality -> `(b,)`, False where the case lacks it.
        pictures: Modality -> pictures of each case, None where it has none; empty for assistants that read tokens.

    Example:
        >>> two = BranchTokens(torch.zeros(2, 3), torch.zeros(2, 4, 5))
        >>> tokens = ImageTokens({"t1": two}, {"t1": torch.tensor([True, False])})
        >>> tokens.cases, tokens.rows([1]).present["t1"].tolist()
        (2, [False])
    """

    tokens: Mapping[str, BranchTokens]
    present: Mapping[str, Bool[Tensor, " b"]]
    pictures: Mapping[str, Sequence[Pictures | None]] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(next(iter(self.present.values())))

    def to(self, device: torch.device) -> "ImageTokens":
        """A copy on another device."""
        tokens = {
            name: BranchTokens(read.summary.to(device), read.places.to(device)) for name, read in self.tokens.items()
        }
        return replace(self, tokens=tokens, present={name: mask.to(device) for name, mask in self.present.items()})

    def rows(self, rows: Sequence[int] | Int64[Tensor, " m"]) -> "ImageTokens":
        """A selection of cases, each as often as it is named."""
        index = torch.as_tensor(rows)
        tokens = {name: BranchTokens(read.summary[index], read.places[index]) for name, read in self.tokens.items()}
        pictures = {name: [shown[row] for row in index.tolist()] for name, shown in self.pictures.items()}
        return ImageTokens(tokens, {name: mask[index] for name, mask in self.present.items()}, pictures)

    def blank(self) -> "ImageTokens":
        """Tokens and pictures of images without content; which modalities are present stays."""
        pictures = {name: blank_pictures(shown) for name, shown in self.pictures.items()}
        return replace(self, tokens=blank_tokens(self.tokens), pictures=pictures)


QUESTION = "(question)"  # the branch of a question's own vector; no modality can have this name


def with_questions(image_tokens: ImageTokens, vectors: Float[Tensor, "b w"]) -> ImageTokens:
    """Image tokens with the text tower's embedding of each question beside them.

    A language model from scratch on a lab's few questions does not know which words mean the same; the text tower does.

    Example:
        >>> tokens = {"t1": BranchTokens(torch.zeros(1, 3), torch.zeros(1, 4, 5))}
        >>> one = ImageTokens(tokens, {"t1": torch.tensor([True])})
        >>> sorted(with_questions(one, torch.zeros(1, 7)).tokens)
        ['(question)', 't1']
    """
    nothing = vectors.new_zeros(len(vectors), 0, 1)
    always = torch.ones(len(vectors), dtype=torch.bool, device=vectors.device)
    return replace(
        image_tokens,
        tokens={**image_tokens.tokens, QUESTION: BranchTokens(vectors, nothing)},
        present={**image_tokens.present, QUESTION: always},
    )


def branch_widths(tokens: Mapping[str, BranchTokens]) -> dict[str, tuple[int, int]]:
    """Branch -> lengths of its readout and of its places, as `AssistantConfig.branches` takes them.

    Example:
        >>> branch_widths({"t1": BranchTokens(torch.zeros(2, 3), torch.zeros(2, 4, 5))})
        {'t1': (3, 5)}
    """
    return {name: (read.summary.shape[-1], read.places.shape[-1]) for name, read in tokens.items()}
