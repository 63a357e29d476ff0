"""`ModuleSubject`: any torch module that classifies, interpreted by the names of its layers."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.arrays import hash_of
from lexiscope.interpret.adapters.module_layers import places_of, reading, require_layers, silenced
from lexiscope.interpret.subject import FUSED, Cases, Coalition, Level, Outcome

Missing: TypeAlias = Callable[[Tensor], Tensor | None]
"""What a module reads in place of an input that is missing, made from `(b, ...)` values of the same shape."""

_BATCH = 64


class ModuleSubject:
    """A classifier over several inputs, asked with some of them taken away, its features read at named layers.

    The module is called with one tensor for each input, in the order of `inputs`, and gives logits `(b, k)`. It is put
    into eval mode. The cases of `array_cases` are what it reads.

    Args:
        module: The module.
        inputs: Input -> what the module reads where it is missing; zeros where None. A function may give None, if the
            module takes that for a missing input.
        layers: Input -> names of the layers of its own, from the first to the last, as `named_modules` calls them. A
            layer that several inputs pass one after the other is named for each, in the order of the inputs.
        fused: Names of the layers behind the place where inputs meet.
        fusion: "early", "hybrid" or "late".
        prior: Share of each class in training: what is said of a case of which nothing is left. All alike when None.
        name: What it is, in words; the name of its class when empty.

    Raises:
        UsageError: a layer that the module has not, or layers of an input that is not there.

    Example:
        >>> class Sum(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.a, self.b = nn.Linear(3, 2), nn.Linear(4, 2)
        ...     def forward(self, a, b):
        ...         return self.a(a) + self.b(b)
        >>> subject = ModuleSubject(Sum(), {"a": None, "b": None}, layers={"a": ["a"], "b": ["b"]}, fusion="late")
        >>> subject.name, subject.inputs
        ('Sum', ('a', 'b'))
    """

    score = "probability of the true class"

    def __init__(
        self,
        module: nn.Module,
        inputs: Mapping[str, Missing | None],
        *,
        layers: Mapping[str, Sequence[str]] | None = None,
        fused: Sequence[str] = (),
        fusion: str | None = None,
        prior: Sequence[float] | None = None,
        name: str = "",
    ) -> None:
        self.module = module.eval()
        self.inputs = tuple(inputs)
        self.fusion = fusion
        self.name = name or type(module).__name__
        self.fingerprint = _fingerprint(module)
        self._missing = {name: missing or torch.zeros_like for name, missing in inputs.items()}
        self._prior = None if prior is None else np.asarray(prior, dtype=np.float64)
        self._layers = {branch: tuple(names) for branch, names in {**(layers or {}), FUSED: fused}.items() if names}
        if unknown := set(self._layers) - {*self.inputs, FUSED}:
            raise UsageError(f"layers are named for {min(unknown)!r}, which is no input; inputs: {', '.join(inputs)}")
        require_layers(module, self._layers)

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Probabilities of the classes; coalitions that keep everything are computed once.

        Raises:
            UsageError: cases without classes, or a marginal coalition without a donor for each case.
        """
        truth = _truth(cases)
        _require_donors(coalitions, len(cases))
        known: dict[tuple[Any, ...], Outcome] = {}
        made = []
        for coalition in coalitions:
            kept = coalition.kept & set(self.inputs)
            whole = len(kept) == len(self.inputs)
            key = (kept,) if whole else (kept, coalition.removal, id(coalition.donors))
            if key not in known:
                probabilities = self._probabilities(cases, coalition)
                known[key] = Outcome(probabilities[np.arange(len(cases)), truth], probabilities)
            made.append(known[key])
        return made

    def levels(self, cases: Cases[Any]) -> dict[str, list[Level]]:
        """Features at the named layers, "layer 1" the first of each input; zeros where a case lacks the input.

        Raises:
            UsageError: no layers were named, or one was called more often than it is named.
        """
        if not self._layers:
            raise UsageError(f"{self.name} names no layers to read features at; pass layers={{input: [names]}}")
        present, values = self._present(cases), self._stacked(cases)
        made: dict[tuple[str, int], Level] = {}
        for rows in _patterns(present):
            told = {name: bool(present[name][rows[0]]) for name in self.inputs}
            if not any(told.values()):
                continue
            names = list(dict.fromkeys(name for names in self._layers.values() for name in names))
            with torch.inference_mode(), reading(self.module, names) as read:
                self._logits({name: values[name][rows] for name in self.inputs}, told)
            for (branch, number), gave in self._by_branch(read, told).items():
                some, grid = places_of(gave)
                level = made.setdefault((branch, number), _empty(number, len(cases), some, grid))
                level.values[rows], level.present[rows] = some, True
        return {
            branch: [made[branch, number] for number in range(len(names)) if (branch, number) in made]
            for branch, names in self._layers.items()
        }

    def concepts(self, cases: Cases[Any], grid: tuple[int, ...]) -> dict[str, Float[np.ndarray, "b p"]]:
        """Class -> 1 at every place of a grid for the cases that are of it, 0 for others.

        Raises:
            UsageError: cases without classes.
        """
        truth = _truth(cases)
        places = (len(cases), math.prod(grid))
        return {
            name: np.broadcast_to((truth == number)[:, None], places).astype(np.float32)
            for number, name in enumerate(cases.classes)
        }

    def ablated(self, branch: str, level: str, units: Sequence[int]) -> AbstractContextManager[None]:
        """Within the context, these channels of a layer are zeros.

        Raises:
            UsageError: no such layer of the branch, or one that other branches pass, too.
        """
        names = {_level_name(number): name for number, name in enumerate(self._layers.get(branch, ()))}
        if level not in names:
            raise UsageError(f"{branch!r} has no {level!r}; it has: {', '.join(names) or 'no layers'}")
        sharing = [other for other, layers in self._layers.items() if names[level] in layers]
        if len(sharing) > 1:
            raise UsageError(
                f"the layer {names[level]!r} belongs to {' and '.join(sharing)}, so its units cannot be silenced for "
                f"{branch} alone; name layers of its own"
            )
        return silenced(self.module, names[level], units)

    @property
    def network(self) -> nn.Module:
        """The module, whose weights may be shuffled for a while."""
        return self.module

    def images(self, cases: Cases[Any]) -> dict[str, Float[Tensor, "b ..."]]:
        """All inputs as tensors; zeros where a case lacks one."""
        return self._stacked(cases)

    def score_of(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """Logit of the true class, with its graph."""
        present, truth = self._present(cases), torch.from_numpy(_truth(cases))
        scores = torch.zeros(len(cases), device=self._device)
        for rows in _patterns(present):
            told = {name: bool(mask[rows[0]]) for name, mask in present.items()}
            if any(told.values()):
                logits = self._logits({name: images[name][rows] for name in self.inputs}, told)
                _require_classes(logits, cases.classes)
                scores = scores.index_put((torch.from_numpy(rows),), logits[torch.arange(len(rows)), truth[rows]])
        return scores

    def _by_branch(
        self, read: Mapping[str, list[Tensor]], present: Mapping[str, bool]
    ) -> dict[tuple[str, int], Tensor]:
        """What each layer gave to each branch that names it and is there; calls come in the order of the branches."""
        made = {}
        for name, calls in read.items():
            naming = [(branch, names.index(name)) for branch, names in self._layers.items() if name in names]
            there = [place for place in naming if present.get(place[0], True)]
            if len(calls) not in (len(naming), len(there)):
                raise UsageError(
                    f"the layer {name!r} ran {len(calls)} times and is named for {len(naming)} inputs; name layers "
                    "that run once for each input that names them"
                )
            paired = zip(naming if len(calls) == len(naming) else there, calls, strict=True)
            made.update({place: gave for place, gave in paired if place in there})
        return made

    def _probabilities(self, cases: Cases[Any], coalition: Coalition) -> Float[np.ndarray, "n k"]:
        made = np.empty((len(cases), len(cases.classes)))
        made[:] = 1 / len(cases.classes) if self._prior is None else self._prior
        for start in range(0, len(cases), _BATCH):
            batch = np.arange(start, min(start + _BATCH, len(cases)))
            values, present, left = self._given(cases.take(batch), _taken(coalition, batch))
            for rows in _patterns(present):
                told = {name: bool(mask[rows[0]]) for name, mask in present.items()}
                rows = rows[left[rows]]
                if len(rows):
                    with torch.inference_mode():
                        logits = self._logits({name: values[name][rows] for name in self.inputs}, told)
                    _require_classes(logits, cases.classes)
                    made[batch[rows]] = logits.double().softmax(-1).cpu().numpy()
        return made

    def _given(
        self, cases: Cases[Any], coalition: Coalition
    ) -> tuple[dict[str, Tensor], dict[str, np.ndarray], Bool[np.ndarray, " b"]]:
        """What the module reads of cases under a coalition, what is there of it, and which cases have anything left."""
        values, present = self._stacked(cases), self._present(cases)
        removed = [name for name in self.inputs if name not in coalition.kept]
        if removed and coalition.removal == "marginal":
            assert coalition.donors is not None
            others, theirs = self._stacked(coalition.donors), self._present(coalition.donors)
            values |= {name: others[name] for name in removed}
            present |= {name: present[name] & theirs[name] for name in removed}
            return values, present, _any(present.values(), len(cases))
        left = _any((present[name] for name in self.inputs if name in coalition.kept), len(cases))
        if coalition.removal == "zeros":
            values |= {name: torch.zeros_like(values[name]) for name in removed}
        else:
            present |= {name: np.zeros_like(present[name]) for name in removed}
        return values, present, left

    def _logits(self, values: Mapping[str, Tensor], present: Mapping[str, bool]) -> Float[Tensor, "b k"]:
        given = [values[name] if present[name] else self._missing[name](values[name]) for name in self.inputs]
        return self.module(*given)

    def _stacked(self, cases: Cases[Any]) -> dict[str, Tensor]:
        """Input -> `(b, ...)`, float32 unless it holds whole numbers; zeros where a case lacks it."""
        made, present = {}, self._present(cases)
        for name in self.inputs:
            values = torch.from_numpy(np.stack([np.asarray(item[name]) for item in cases.items]))
            values[torch.from_numpy(~present[name])] = 0
            made[name] = (values.float() if values.is_floating_point() else values).to(self._device)
        return made

    def _present(self, cases: Cases[Any]) -> dict[str, Bool[np.ndarray, " n"]]:
        return {name: np.asarray(cases.present[name], dtype=bool) for name in self.inputs}

    @property
    def _device(self) -> torch.device:
        return next((weights.device for weights in self.module.parameters()), torch.device("cpu"))


def _taken(coalition: Coalition, rows: Int64[np.ndarray, " m"]) -> Coalition:
    """The coalition for some of its cases."""
    if coalition.donors is None:
        return coalition
    return replace(coalition, donors=coalition.donors.take(rows))


def _require_donors(coalitions: Sequence[Coalition], n: int) -> None:
    for coalition in coalitions:
        came = None if coalition.donors is None else len(coalition.donors)
        if coalition.removal == "marginal" and came != n:
            raise UsageError(f"a marginal removal needs a donor for each of {n} cases, got {came or 'none'}")


def _any(masks: Iterable[Bool[np.ndarray, " n"]], n: int) -> Bool[np.ndarray, " n"]:
    return np.any([np.zeros(n, dtype=bool), *masks], axis=0)


def _patterns(present: Mapping[str, Bool[np.ndarray, " n"]]) -> list[Int64[np.ndarray, " m"]]:
    """Rows that have the same inputs, together."""
    masks = np.stack(list(present.values()), axis=1)
    _, pattern = np.unique(masks, axis=0, return_inverse=True)
    return [np.flatnonzero(pattern == number) for number in range(pattern.max(initial=-1) + 1)]


def _empty(number: int, n: int, values: Tensor, grid: tuple[int, ...] | None) -> Level:
    zeros = torch.zeros(n, *values.shape[1:])
    return Level(_level_name(number), zeros, grid, torch.zeros(n, dtype=torch.bool))


def _level_name(number: int) -> str:
    return f"layer {number + 1}"


def _require_classes(logits: Tensor, classes: Sequence[str]) -> None:
    if logits.shape[-1] != len(classes):
        msg = f"expected a logit for each of the {len(classes)} classes of the cases ({', '.join(classes[:12])})"
        raise UsageError(
            f"{msg}, got {logits.shape[-1]}; name all classes in the order of the logits: array_cases(..., classes=...)"
        )


def _truth(cases: Cases[Any]) -> Int64[np.ndarray, " n"]:
    if cases.truth is None or not cases.classes:
        raise UsageError("a module is asked for the probability of the true class, and these cases have no classes")
    return cases.truth


def _fingerprint(module: nn.Module) -> str:
    weights = {name: values.detach().cpu() for name, values in module.state_dict().items()}
    return hash_of([str(module), *weights], [values.float().numpy() for values in weights.values()])
