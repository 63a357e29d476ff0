"""`Loss`: one named loss of a step beside its chance level."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Loss(NamedTuple):
    """One named loss of a step.

    Args:
        value: The loss, which training minimises.
        chance: Chance level: the least value that can be reached on this batch without knowing anything about its rows.
    """

    value: Float[Tensor, ""]
    chance: Float[Tensor, ""]
