"""`StageResult`: what every stage of training gives, whatever it trained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """How a stage of training ended.

    Args:
        model: The model directory.
        corpus: Content version of the corpus.
        cases: Cases, or different texts, trained on.
        epochs: Epochs asked for.
        best_epoch: The epoch whose weights were kept; None keeps the last.
        steps: Steps made, over all runs of the same command; of the last one where there are several loops.
        resumed_at: The step at which this run took over from an interrupted one.
        loss: Mean loss over the last epoch.
        chance: What that loss would be if nothing had been learned.
        validation: Metrics of the kept weights on the split "val"; empty without one.
        seconds: Time this run took.
        notes: What the user should know about how it went.
    """

    model: str
    corpus: str
    cases: int
    epochs: int
    best_epoch: int | None
    steps: int
    resumed_at: int
    loss: float | None
    chance: float | None
    validation: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)
