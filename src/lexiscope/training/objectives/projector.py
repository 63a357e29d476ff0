"""`Projector`: the layers in whose output self-supervised losses compare; thrown away after pretraining."""

from jaxtyping import Bool, Float
from torch import Tensor, nn


class Projector(nn.Module):
    """Three linear layers with batch normalisation between (https://arxiv.org/abs/2103.03230).

    It takes the rows of all processes together (`encode_variants` gathers them), so that what it normalises by is the
    global batch without any exchange of its own.

    Args:
        inputs: Length of a feature vector.
        width: Width of the two hidden layers and of the output.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.layers = nn.Sequential(
            nn.Linear(inputs, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width, bias=False),
        )

    def of_some(self, features: Float[Tensor, "n v f"], present: Bool[Tensor, "n v"]) -> Float[Tensor, "n v d"]:
        """Vectors of the rows that are present, and zeros for the others, whatever lies in them.

        Fewer than two rows give zeros: there is nothing to normalise by.
        """
        rows = features[present]  # (r, f)
        out = rows.new_zeros(*present.shape, self.width)
        return out if len(rows) < 2 else out.index_put((present,), self(rows).to(out.dtype))

    def forward(self, features: Float[Tensor, "n f"]) -> Float[Tensor, "n d"]:
        """One vector a row; batch normalisation needs two rows to train."""
        return self.layers(features)
