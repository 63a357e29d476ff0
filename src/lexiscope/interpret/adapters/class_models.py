"""`ClassModel`: what tells the values of an attribute from features of images, and of what is known beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures, all_inputs
from lexiscope.interpret.subject import Coalition
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.classify.calibration import probabilities
from lexiscope.tasks.classify.evidential import Evidential
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.probe import Probe, fit_probe


class ClassModel(Protocol):
    """Something fitted that tells k classes."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Inputs that it reads beside images: some of "text" and "attributes"."""
        ...

    def joined(
        self,
        images: Float32[np.ndarray, "b f"],
        cases: Sequence[Case],
        coalition: Coalition,
        donors: Sequence[Case] | None,
    ) -> Float32[np.ndarray, "b g"]:
        """Features of images, NaN where a modality is missing, with those of what a coalition leaves beside them."""
        ...

    def has(self, name: str, cases: Sequence[Case]) -> Bool[np.ndarray, " b"]:
        """Which cases have an input of `beside`."""
        ...

    def probabilities(self, seen: Sequence[Float32[np.ndarray, "b g"]]) -> Float[np.ndarray, "b k"]:
        """Probabilities of the classes by one or more views of the same cases."""
        ...

    def logits(self, features: Float[Tensor, "b g"]) -> Float[Tensor, "b k"]:
        """One value a class, before any temperature, with its graph.

        Raises:
            UsageError: it has none.
        """
        ...


class _OfImagesAlone:
    """What reads nothing beside images."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def joined(
        self,
        images: Float32[np.ndarray, "b f"],
        cases: Sequence[Case],
        coalition: Coalition,
        donors: Sequence[Case] | None,
    ) -> Float32[np.ndarray, "b f"]:
        """The features of images as they are."""
        del cases, coalition, donors
        return images

    def has(self, name: str, cases: Sequence[Case]) -> Bool[np.ndarray, " b"]:
        """None: it reads nothing beside images."""
        del name
        return np.zeros(len(cases), dtype=bool)


@dataclass(frozen=True)
class ProbeOfImages(_OfImagesAlone):
    """The task's probe.

    Args:
        probe: The probe.
        prior: Share of each class among the cases learned from, which is said of a case without any image.
    """

    probe: Probe
    prior: Float[np.ndarray, " k"]

    def probabilities(self, seen: Sequence[Float32[np.ndarray, "b f"]]) -> Float[np.ndarray, "b k"]:
        """Calibrated probabilities, those of the prior where nothing is known."""
        return _by_probe(self.probe, seen, self.prior)

    def logits(self, features: Float[Tensor, "b f"]) -> Float[Tensor, "b k"]:
        """Logits of the probe."""
        return _logits(self.probe, features)


@dataclass(frozen=True)
class EvidenceOfImages(_OfImagesAlone):
    """Evidential heads, an opinion for each modality; what they say of nothing is that all classes are as likely.

    Args:
        evidential: The heads.
    """

    evidential: Evidential

    def probabilities(self, seen: Sequence[Float32[np.ndarray, "b f"]]) -> Float[np.ndarray, "b k"]:
        """Probabilities of the fused opinion on the first view, as the task has it."""
        return self.evidential.judge(seen[0]).probabilities

    def logits(self, features: Float[Tensor, "b f"]) -> Float[Tensor, "b k"]:
        """None.

        Raises:
            UsageError: evidential heads give opinions.
        """
        del features
        raise UsageError("gradients need logits, and evidential heads give opinions; take method='probe'")


@dataclass(frozen=True)
class ProbeOfAll:
    """One probe on images, words and other attributes, in which each counts the same. Use `ProbeOfAll.fit`.

    Args:
        probe: The probe.
        prior: Share of each class among the cases learned from, which is said of a case that nothing is known of.
        known: Input -> case -> its features; cases without it are left out.
        widths: Input -> length of its features.
    """

    probe: Probe
    prior: Float[np.ndarray, " k"]
    known: Mapping[str, Mapping[str, Float32[np.ndarray, " f"]]]
    widths: Mapping[str, int]

    @classmethod
    def fit(cls, learned: LearningSet, measured: LabelledFeatures, joint: JointSpace, *, seed: int) -> "ProbeOfAll":
        """Fit the probe as the evaluation of classification fits its own on everything.

        Args:
            learned: Cases learned from.
            measured: Cases that will be asked about, and stand in for each other.
            joint: Joint space whose text tower reads words.
            seed: Seed of the folds.
        """
        inputs = {name: one for name, one in all_inputs(learned, measured, joint).items() if one.says_something}
        ends = accumulate(one.fit.shape[1] for one in inputs.values())
        made = fit_probe(
            np.concatenate([one.fit for one in inputs.values()], axis=1),
            learned.fit.labels,
            learned.fit.groups,
            classes=len(learned.target.values),
            blocks=[slice(start, end) for start, end in pairwise([0, *ends])],
            seed=seed,
        ).calibrated([np.concatenate([one.held for one in inputs.values()], axis=1)], learned.calibration.labels)
        beside = {name: one for name, one in inputs.items() if name != "image"}
        cases = [*learned.calibration.cases, *measured.cases]
        return cls(
            made,
            prior_of(learned),
            {name: _by_case(one, cases, learned) for name, one in beside.items()},
            {name: one.fit.shape[1] for name, one in beside.items()},
        )

    @property
    def beside(self) -> tuple[str, ...]:
        """Those of "text" and "attributes" that any case learned from has."""
        return tuple(self.known)

    def joined(
        self,
        images: Float32[np.ndarray, "b f"],
        cases: Sequence[Case],
        coalition: Coalition,
        donors: Sequence[Case] | None,
    ) -> Float32[np.ndarray, "b g"]:
        """Features of images and of words and facts; NaN where something is missing, zeros where they stand in."""
        parts = [images]
        for name, known in self.known.items():
            rows = np.full((len(cases), self.widths[name]), np.nan, dtype=np.float32)
            for row, case in enumerate(cases):
                source = case if name in coalition.kept else _stand_in(coalition, donors, row)
                if case.id in known and source is not None and source.id in known:
                    rows[row] = known[source.id]
                elif case.id in known and coalition.removal == "zeros":
                    rows[row] = 0
            parts.append(rows)
        return np.concatenate(parts, axis=1)

    def has(self, name: str, cases: Sequence[Case]) -> Bool[np.ndarray, " b"]:
        """Which cases have words that do not state the attribute, or other attributes."""
        return np.array([case.id in self.known[name] for case in cases], dtype=bool)

    def probabilities(self, seen: Sequence[Float32[np.ndarray, "b g"]]) -> Float[np.ndarray, "b k"]:
        """Calibrated probabilities, those of the prior where nothing is known."""
        return _by_probe(self.probe, seen, self.prior)

    def logits(self, features: Float[Tensor, "b g"]) -> Float[Tensor, "b k"]:
        """Logits of the probe."""
        return _logits(self.probe, features)


def prior_of(learned: LearningSet) -> Float[np.ndarray, " k"]:
    """Share of each value of the target among the cases learned from."""
    labels = learned.fit.labels
    shares: Float[np.ndarray, " k"] = np.bincount(labels, minlength=len(learned.target.values)) / len(labels)
    return shares


def _by_probe(
    probe: Probe, seen: Sequence[Float32[np.ndarray, "b f"]], prior: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "b k"]:
    told = probabilities(probe.mean_logits(seen), temperature=probe.temperature)
    nothing = ~np.isfinite(seen[0]).any(axis=1)
    return np.where(nothing[:, None], prior, told)


def _logits(probe: Probe, features: Float[Tensor, "b f"]) -> Float[Tensor, "b k"]:
    mean, std, weight, bias = (torch.from_numpy(x) for x in (probe.mean, probe.std, probe.weight, probe.bias))
    centred = torch.where(features.isnan(), 0.0, features.nan_to_num() - mean)
    return centred / std @ weight.T + bias


def _by_case(one: InputFeatures, cases: Sequence[Case], learned: LearningSet) -> dict[str, Float32[np.ndarray, " f"]]:
    """Features of each case that has the input; a case without other attributes has none of them."""
    rows = np.concatenate([one.held, one.measured])
    return {
        case.id: row
        for case, row in zip(cases, rows, strict=True)
        if np.isfinite(row).any() and (row.any() or bool(learned.target.others(case)))
    }


def _stand_in(coalition: Coalition, donors: Sequence[Case] | None, row: int) -> Case | None:
    return donors[row] if coalition.removal == "marginal" and donors is not None else None
