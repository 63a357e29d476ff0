"""`Loss`: one named loss of a step beside what knowing nothing would cost."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Loss(NamedTuple):
    """One named loss of a step.

    Args:
        value: What is made small.
        chance: The least value that can be reached on this batch without knowing anything about its rows.
    """

    value: Float[Tensor, ""]
    chance: Float[Tensor, ""]
