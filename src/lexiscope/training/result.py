"""`StageResult`: what the results of all stages of training share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """Result of a stage of training.

    Args:
        model: Path of the model directory.
        corpus: Content version of the corpus.
        cases: Number of cases, or of different texts, trained on.
        epochs: Epochs that were asked for.
        best_epoch: Epoch whose weights were kept; None keeps the last.
        steps: Steps made, over all runs of the same command; of the last loop where there are several.
        resumed_at: Step at which this run took over from an interrupted one.
        loss: Mean loss over the last epoch.
        chance: Chance level: that loss if nothing had been learned.
        validation: Metrics of the kept weights on the split "val"; empty without one.
        seconds: Time this run took.
        notes: Notes for the user about the run.
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
        """Plain JSON types, as the record of the part holds them."""
        return asdict(self)
