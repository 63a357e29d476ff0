"""`KeptPredictions`: what was said of the cases of the corpus, for people to look at again."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any

_MOST = 10_000  # predictions; the oldest goes
_LEFT_OUT = ("evidence", "out_of_distribution")


@dataclass(frozen=True, slots=True)
class KeptPrediction:
    """A prediction about a case.

    Args:
        model: Name of the model.
        case: Id of the case.
        settings: How the task was opened.
        request: What was asked.
        prediction: What was said, in the form of the API, without its evidence.
        unsure: 0 (sure) to 1, see `unsureness`.
    """

    model: str
    case: str
    settings: Mapping[str, Any]
    request: Mapping[str, Any]
    prediction: Mapping[str, Any]
    unsure: float

    @property
    def task(self) -> str:
        """Name of the task."""
        return str(self.prediction["task"])


class KeptPredictions:
    """The newest prediction of each model about each case and question; those without any score are not kept.

    Example:
        >>> kept = KeptPredictions()
        >>> for case, score in (("a", 0.9), ("b", 0.2), ("c", None)):
        ...     kept.add("brain", case, {}, {}, {"task": "classify", "case": case, "value": {}, "score": score})
        >>> [(one.case, one.unsure) for one in kept.least_sure(lambda one: True, limit=10)]
        [('b', 0.8), ('a', 0.1)]
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, KeptPrediction] = OrderedDict()
        self._lock = Lock()

    def add(
        self,
        model: str,
        case: str,
        settings: Mapping[str, Any],
        request: Mapping[str, Any],
        prediction: Mapping[str, Any],
    ) -> None:
        """Keep a prediction in place of an earlier one about the same."""
        unsure = unsureness(prediction)
        if unsure is None:
            return
        key = json.dumps([model, prediction["task"], case, settings, request], sort_keys=True, default=str)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = KeptPrediction(model, case, dict(settings), dict(request), in_short(prediction), unsure)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def least_sure(self, wanted: Callable[[KeptPrediction], bool], *, limit: int) -> list[KeptPrediction]:
        """Predictions, the least sure first.

        Args:
            wanted: True for those to give.
            limit: Largest number of them.
        """
        with self._lock:
            kept = list(self._kept.values())
        return list(islice(filter(wanted, sorted(kept, key=lambda one: (-one.unsure, one.case))), limit))


def in_short(prediction: Mapping[str, Any]) -> dict[str, Any]:
    """A prediction without its evidence."""
    return {name: value for name, value in prediction.items() if name not in _LEFT_OUT}


def unsureness(prediction: Mapping[str, Any]) -> float | None:
    """How unsure a prediction is, 0 (sure) to 1: its uncertainty, or else 1 less its score; None without either.

    Of masks, whose scores say whether the structure is there at all, it is that of the one nearest to one half.

    Example:
        >>> unsureness({"score": 0.9}), unsureness({"score": 0.9, "value": {"masks": [{"score": 0.1}, {"score": 0.4}]}})
        (0.1, 0.8)
    """
    if prediction.get("uncertainty") is not None:
        return float(prediction["uncertainty"])
    score, value = prediction.get("score"), prediction.get("value")
    if score is None:
        return None
    masks = value.get("masks", ()) if isinstance(value, Mapping) else ()
    told = [1 - abs(2 * mask["score"] - 1) for mask in masks] or [1 - score]
    return round(min(1.0, max(0.0, *told)), 6)
