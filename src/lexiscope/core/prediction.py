"""`Prediction`: what a task says about a case, and the evidence it rests on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something a prediction rests on: another case, one of its passages, or a region.

    Args:
        case: Id of the case that supports the prediction.
        group: Its patient, paper or specimen.
        score: How strongly it supports, on the task's own scale; larger is stronger.
        text: The passage relied on, if any.
        region: (y0, x0, y1, x1) or (z0, y0, x0, z1, y1, x1) in pixels, half open, if any.
        details: Anything else a reader needs to find it: image path, licence.
    """

    case: str
    group: str
    score: float
    text: str | None = None
    region: tuple[int, ...] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of one task about one case (or query).

    Args:
        task: "search", "caption", "classify", "answer" or "segment".
        case: Id of the case, or the query's text for a search.
        value: The answer itself: hits, words, label, mask.
        score: The task's own confidence; None when it has none.
        uncertainty: 0 (sure) to 1; None when the task cannot tell.
    """

    task: str
    case: str
    value: Any
    score: float | None = None
    uncertainty: float | None = None
    evidence: tuple[Evidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types where `value` is one."""
        return asdict(self)
