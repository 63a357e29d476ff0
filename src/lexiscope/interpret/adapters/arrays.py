"""`array_cases`: arrays as the cases that a `ModuleSubject` is interpreted on."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.interpret.subject import Cases


def array_cases(
    inputs: Mapping[str, np.ndarray],
    labels: Sequence[Any] | np.ndarray,
    *,
    groups: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    present: Mapping[str, np.ndarray] | None = None,
    split: str = "",
) -> Cases[Mapping[str, np.ndarray]]:
    """Cases of arrays, for a `ModuleSubject`.

    Args:
        inputs: Input -> `(n, ...)` values as the module reads them, axes of channels included.
        labels: Name of the true class of each case, or its number.
        groups: Patient, speaker or specimen of each case; each its own when None. Intervals are over groups.
        classes: Names of all classes, in the order of the module's logits; those of the labels, sorted, when None.
        present: Input -> `(n,)`, False where a case lacks it; all are there when None.
        split: Name of the split, for the report.

    Raises:
        UsageError: arrays of different lengths, or a label that is no class.

    Example:
        >>> cases = array_cases({"a": np.zeros((2, 3))}, ["cat", "dog"], groups=["g1", "g2"])
        >>> cases.classes, cases.truth.tolist()
        (('cat', 'dog'), [0, 1])
    """
    n = len(labels)
    lengths = {"labels": n, **{name: len(values) for name, values in inputs.items()}}
    lengths |= {} if groups is None else {"groups": len(groups)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise UsageError(f"inputs, labels and groups should be equally long, got {told}")
    named = [str(label) for label in labels]
    known = tuple(map(str, classes)) if classes is not None else tuple(sorted(set(named), key=_by_number))
    if unknown := set(named) - set(known):
        raise UsageError(f"the label {min(unknown)!r} is none of the classes {', '.join(known)}")
    everywhere = {name: np.ones(n, dtype=bool) for name in inputs}
    there = {**everywhere, **{name: np.asarray(mask, dtype=bool) for name, mask in (present or {}).items()}}
    return Cases(
        items=[{name: values[row] for name, values in inputs.items()} for row in range(n)],
        ids=[f"row-{row}" for row in range(n)],
        groups=[str(group) for group in groups] if groups is not None else [f"row-{row}" for row in range(n)],
        present=there,
        classes=known,
        truth=np.array([known.index(name) for name in named], dtype=np.int64),
        version=hash_of([*named, *map(str, known)], [*inputs.values(), *there.values()]),
        split=split,
    )


def hash_of(texts: Sequence[str], arrays: Sequence[np.ndarray]) -> str:
    """SHA-256 over texts and the bytes of arrays.

    Example:
        >>> hash_of(["a"], [np.zeros(2)]) == hash_of(["a"], [np.ones(2)])
        False
    """
    digests = [sha256(np.ascontiguousarray(values).tobytes()).hexdigest() for values in arrays]
    return sha256_json([list(texts), digests])


def _by_number(label: str) -> tuple[bool, float, str]:
    """Numbers before words, by their value."""
    number = label.isdecimal()
    return (not number, float(label) if number else 0.0, label)
