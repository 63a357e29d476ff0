"""`Prediction`: what a task says about a case, and the evidence it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from lexiscope.core.case import Case
from lexiscope.core.json_types import to_json


class HasDict(Protocol):
    """A value that knows its own JSON form, such as a mask that is written as a file or as run lengths."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something a prediction rests on: another case, one of its passages, or a region. Made by `Evidence.of`.

    Args:
        case: Id of the case that supports the prediction.
        group: Patient, paper or specimen of the case.
        score: Strength of the support, on the task's own scale; larger is stronger.
        text: The passage relied on, if any.
        region: The part of the image relied on, if any: a box (y0, x0, y1, x1) or (z0, y0, x0, z1, y1, x1) in pixels,
            half open; or, where no box fits, a value with `to_dict`, such as a mask.
        details: "path" (its image; None without one) and "licence", always; beside them the scores of the task's
            stages, each under its own name, and what else helps to judge it.
    """

    case: str
    group: str
    score: float
    text: str | None = None
    region: tuple[int, ...] | HasDict | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        case: Case,
        *,
        path: Path | str | None,
        score: float,
        text: str | None = None,
        region: tuple[int, ...] | HasDict | None = None,
        **details: Any,
    ) -> "Evidence":
        """A case as evidence, its group and licence with it.

        Args:
            path: The file of its image; None for a case of words only.
            details: Scores of the task's stages, and what else helps to judge it.

        Example:
            >>> from lexiscope.core import Provenance
            >>> scan = Case("visit-7", "patient-3", Provenance("bids", licence="CC0-1.0"))
            >>> Evidence.of(scan, path="flair.nii.gz", score=0.8, image_cosine=0.8).details
            {'path': 'flair.nii.gz', 'licence': 'CC0-1.0', 'image_cosine': 0.8}
        """
        where = {"path": None if path is None else str(path), "licence": case.provenance.licence}
        return cls(case.id, case.group, score, text, region, {**where, **details})

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {name: to_json(getattr(self, name)) for name in self.__slots__}


_RARE = 0.05  # share of usual cases that are warned about
_FEWEST_GROUPS = 4  # with fewer held out, a fifth of usual cases or more would be farther than all of them


@dataclass(frozen=True, slots=True)
class OutOfDistribution:
    """How unlike the training a case's images are.

    Args:
        score: Distance of their features to those of training, over the usual one of held-out cases, which is 1.
        p_value: Share of held-out groups that are as far or farther, the case itself counted among them. Of cases that
            are like the held-out ones, at most a share t has a p-value of t or less.
        groups: Number of held-out groups: no p-value is below one over them and one more.
    """

    score: float
    p_value: float
    groups: int

    @property
    def warning(self) -> str | None:
        """Words for a case that is farther than 95 % of held-out ones, or than all of them where they are few."""
        least = 1 / (self.groups + 1)
        if self.groups < _FEWEST_GROUPS or self.p_value > max(_RARE, least) + 1e-9:
            return None
        farther = (
            f"all {self.groups}" if self.p_value <= least + 1e-9 else f"{1 - self.p_value:.0%} of the {self.groups}"
        )
        return (
            f"these images are unlike those of the training ({self.score:.1f} times the usual distance, farther than "
            f"{farther} held-out groups): do not trust what is said of them"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        told = {"score": self.score, "p_value": self.p_value, "groups": self.groups, "warning": self.warning}
        return {name: to_json(value) for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of one task about one case (or query).

    Args:
        task: The task's name in `lexiscope.tasks.TASKS`.
        case: Id of the case or path of the file; for a search, which has no case, the words or the image file.
        value: The answer itself: hits, words, label, mask.
        score: The task's own confidence; None when it has none.
        uncertainty: 0 (sure) to 1; None when the task cannot tell.
        evidence: Cases that the prediction rests on, the strongest first.
        out_of_distribution: How unlike the training the images are; None where the task reads none, or its model was
            trained without a split "val".
    """

    task: str
    case: str
    value: Any
    score: float | None = None
    uncertainty: float | None = None
    evidence: tuple[Evidence, ...] = ()
    out_of_distribution: OutOfDistribution | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the one form in which every task is printed and served.

        Raises:
            TypeError: the value, or a detail of the evidence, has no JSON form.

        Example:
            >>> Prediction("classify", "visit-7", {"label": "glioma"}, score=0.9).to_dict()["value"]
            {'label': 'glioma'}
        """
        return {name: to_json(getattr(self, name)) for name in self.__slots__}
