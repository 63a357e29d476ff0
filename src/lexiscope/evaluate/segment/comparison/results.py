"""`Comparison`: trainings that differ in one thing at a time, with the DSC of each measured case."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.segment.answers import Dsc

OURS = "lexiscope"
ALL = "all modalities"


@dataclass(frozen=True, slots=True)
class Cell:
    """One training.

    Args:
        network: `OURS`, or the name of a baseline.
        source: Source of the sentences in training and in measuring; empty for a network without text.
        fusion: Place where modalities meet.
        backbone: What reads the images.
        seed: Seed of the training.
    """

    network: str
    source: str
    fusion: str
    backbone: str
    seed: int = 0

    @property
    def name(self) -> str:
        """Its name without the seed.

        Example:
            >>> Cell("DynUNet", "", "early", "cnn").name
            'DynUNet, early, cnn'
        """
        network = "" if self.network == OURS else self.network
        return ", ".join(part for part in (network, self.source, self.fusion, self.backbone) if part)


@dataclass(frozen=True, slots=True)
class CellResult:
    """What a training came to.

    Args:
        cell: The training.
        dsc: Run -> structure -> DSC of each measured case, None where it has no score. Runs are `ALL`,
            "without MODALITY" and, where sentences were probed, "sentence KIND".
        validation: DSC on the held-out cases of the split "val", which chose among epochs.
        cost: "steps" of training, "processor_seconds" of all of it, "trainable" and "total" parameters.
    """

    cell: Cell
    dsc: Mapping[str, Mapping[str, Sequence[float | None]]]
    validation: float
    cost: Mapping[str, float]

    def of_run(self, run: str) -> Dsc:
        """Structure -> DSC of each case, NaN without one; nothing for a run that was not made."""
        return {
            name: np.array([np.nan if value is None else value for value in values], float)
            for name, values in self.dsc.get(run, {}).items()
        }


@dataclass(frozen=True)
class Comparison:
    """All trainings, measured on the same cases.

    Args:
        about: What was compared on what, for the page: "corpus", "version", "split", "trained", "modalities",
            "structures", "budget", "command", "versions"; "crossed" where it is of every combination.
        cases: Ids of the measured cases, in the order of all scores.
        groups: Patient or specimen of each.
        results: The trainings.
    """

    about: Mapping[str, Any]
    cases: Sequence[str]
    groups: Sequence[str]
    results: Sequence[CellResult]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave.

        Raises:
            EvaluationError: no comparison.
        """
        try:
            results = [CellResult(**{**one, "cell": Cell(**one["cell"])}) for one in record["results"]]
            return cls(record["about"], record["cases"], record["groups"], results)
        except (KeyError, TypeError) as error:
            msg = f"expected the JSON that bench/segmentation.py writes, got something else ({error!r})"
            raise EvaluationError(f"{msg}; run it again") from error
