"""`PlantedSubject`: a model of arrays whose truth is known, for methods of interpretation to find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64

from lexiscope.core.files import sha256_json
from lexiscope.interpret.subject import Cases, Coalition, Level, Outcome

_SHARP = 4.0  # logit of a bit that was read


@dataclass(frozen=True)
class PlantedSubject:
    """A classifier of two classes that reads one bit from each of its inputs and joins them by a rule.

    Items are mappings from input to a bit. With "xor" of two inputs, both are needed; "copy" reads either of two that
    hold the same bit; "first" reads the first input alone, so that all others are noise to it.

    Args:
        inputs: Names of the inputs.
        rule: "xor", "copy" or "first".
        fusion: What it says of itself.
        noise: Variance and seed of noise on the bits.
    """

    inputs: tuple[str, ...] = ("a", "b")
    rule: str = "xor"
    fusion: str | None = "late"
    noise: tuple[float, int] = (0.0, 0)
    name: str = "planted"
    score: str = "probability of the true class"

    @property
    def fingerprint(self) -> str:
        """Hash of its settings."""
        return sha256_json({"inputs": list(self.inputs), "rule": self.rule})

    def cases(self, n: int = 200, *, seed: int = 0, per_group: int = 2) -> Cases[Mapping[str, int]]:
        """Cases with random bits, and the class that the rule gives."""
        rng = np.random.default_rng(seed)
        bits = rng.integers(0, 2, (n, len(self.inputs)))
        if self.rule == "copy":
            bits[:, 1] = bits[:, 0]
        truth = bits[:, 0] ^ bits[:, 1] if self.rule == "xor" else bits[:, 0]
        return Cases(
            items=[dict(zip(self.inputs, map(int, row), strict=True)) for row in bits],
            ids=[f"case-{number}" for number in range(n)],
            groups=[f"group-{number // per_group}" for number in range(n)],
            present={name: np.ones(n, dtype=bool) for name in self.inputs},
            classes=("no", "yes"),
            truth=truth.astype(np.int64),
            version=f"planted-{seed}",
            split="test",
        )

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Probabilities by the rule; an input that is taken away is read as a bit of one half."""
        return [self._outcome(cases, coalition) for coalition in coalitions]

    def with_noise(self, variance: float, *, seed: int) -> "PlantedSubject":
        """The same model, reading bits with noise."""
        return replace(self, noise=(variance, seed))

    def levels(self, cases: Cases[Any]) -> dict[str, list[Level]]:
        """Two levels of each input and of "fused": its bit among noise that depends on the case alone."""
        read = {name: self._signs(cases, name) for name in self.inputs}
        read["fused"] = np.prod(list(read.values()), axis=0)
        made = {}
        for number, (branch, signs) in enumerate(read.items()):
            noise = np.stack([np.random.default_rng((number, _number(name))).normal(size=(1, 8)) for name in cases.ids])
            there = torch.ones(len(cases), dtype=torch.bool)
            made[branch] = [
                Level(f"level {depth}", torch.from_numpy(noise + depth * signs[:, None, None]).float(), None, there)
                for depth in range(2)
            ]
        return made

    def _signs(self, cases: Cases[Any], name: str) -> Float[np.ndarray, " n"]:
        variance, seed = self.noise
        place = self.inputs.index(name)
        drawn = [np.random.default_rng((seed, place, _number(case))).normal() for case in cases.ids]
        return np.array([2.0 * item[name] - 1 for item in cases.items]) + 2 * np.sqrt(variance) * np.array(drawn)

    def _outcome(self, cases: Cases[Any], coalition: Coalition) -> Outcome:
        read = []
        for name in self.inputs:
            donors = coalition.donors if coalition.removal == "marginal" and name not in coalition.kept else None
            signs = self._signs(cases if donors is None else donors, name)
            kept = name in coalition.kept or donors is not None
            read.append(signs if kept else 0 * signs)
        logits = _SHARP * self._joined(read)
        yes = 1 / (1 + np.exp(-logits))
        probabilities = np.stack([1 - yes, yes], axis=1)
        assert cases.truth is not None
        return Outcome(probabilities[np.arange(len(cases)), cases.truth], probabilities)

    def _joined(self, signs: Sequence[Float[np.ndarray, " n"]]) -> Float[np.ndarray, " n"]:
        if self.rule == "xor":
            return -signs[0] * signs[1]
        if self.rule == "copy":
            return np.sign(signs[0] + signs[1])
        return signs[0]


def shuffled(cases: Cases[Any], *, seed: int = 0) -> Cases[Any]:
    """The same cases with labels that have nothing to do with them."""
    assert cases.truth is not None
    truth: Int64[np.ndarray, " n"] = np.random.default_rng(seed).permutation(cases.truth)
    return replace(cases, truth=truth)


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
