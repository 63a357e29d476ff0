"""`WeightAverage`: the moving average of weights that train, which is judged and kept in their place.

It lies in the optimizer's state beside the moments, so that checkpoints hold it and processes that share the weights
each hold their part of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

_NAME = "average"


class WeightAverage:
    """An exponential moving average (Polyak averaging, https://doi.org/10.1137/0330046).

    Args:
        optimizer: Optimizer of the weights.
        span: Steps that it reaches back, 1 / (1 - decay), once many were made; at first the decay is
            (1 + n) / (10 + n) after n steps, so that the random start is soon forgotten.

    Example:
        >>> layer = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.zeros_(layer.weight)
        >>> optimizer = torch.optim.AdamW(layer.parameters(), lr=1.0, weight_decay=0.0)
        >>> average = WeightAverage(optimizer, span=10)
        >>> for step in range(2):
        ...     (-layer.weight).sum().backward()
        ...     optimizer.step()  # to 1, then to 2
        ...     optimizer.zero_grad()
        ...     average.update(step)
        >>> with average.in_place():
        ...     round(layer.weight.item(), 3)
        1.818
        >>> round(layer.weight.item(), 3)
        2.0
    """

    def __init__(self, optimizer: torch.optim.Optimizer, *, span: float) -> None:
        self.optimizer, self.decay = optimizer, 1 - 1 / max(1.0, span)

    def update(self, step: int) -> None:
        """Take the weights after a step in."""
        weights = self._weights()
        for weight in weights:
            if _NAME not in self.optimizer.state[weight]:
                self.optimizer.state[weight][_NAME] = weight.detach().clone()
        decay = min(self.decay, (1 + step) / (10 + step))
        get_ema_multi_avg_fn(decay)([self._of(weight) for weight in weights], [weight.data for weight in weights], step)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The average in place of the weights, which come back at the end; nothing before the first step."""
        self.exchange()
        try:
            yield
        finally:
            self.exchange()

    def exchange(self) -> None:
        """Exchange weights and average."""
        with torch.no_grad():
            for weight in self._weights():
                own = weight.detach().clone()
                weight.copy_(self._of(weight))
                self._of(weight).copy_(own)

    def _weights(self) -> list[nn.Parameter]:
        """Weights that have moved so far: an optimizer takes a state that it did not begin for one of moments."""
        weights = (weight for group in self.optimizer.param_groups for weight in group["params"])
        return [weight for weight in weights if self.optimizer.state.get(weight)]

    def _of(self, weight: nn.Parameter) -> Tensor:
        average: Tensor = self.optimizer.state[weight][_NAME]
        return average
