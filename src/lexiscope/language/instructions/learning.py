"""`learn_profile`: a profile from the masks of many cases together.

For each aspect, two tables count how often each look occurs inside the structure and elsewhere, every case counting
alike; the logarithm of their ratio tells for or against the structure. Looks depend on each other, so logistic
regression weighs the tables. Threshold and least evidence are those that suit the cases that were learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, UInt16
from scipy import ndimage

from lexiscope.language.instructions.appearance import BINS
from lexiscope.language.instructions.profile import ALL, Fit, StructureProfile
from lexiscope.language.instructions.region import likeness, strongest_region
from lexiscope.language.instructions.studied_case import StudiedCase, is_scattered

_INSIDE, _OUTSIDE = 1500, 3000  # voxels drawn from a case
_SMALL = 300  # voxels below which a structure counts for less than a whole case
_RARE = 2e-4  # frequency added to both tables: an unseen look says little
_TRIED = 48  # cases on which the threshold is tried
_THRESHOLDS = np.linspace(-2, 8, 41)
_FEW_ABSENT = 3  # cases without the structure that show how it looks where it is not
_MISSED = 10  # one in so many present ones may be called unclear
_WEAK = np.log(4.0)  # a quarter of the weakest evidence of present ones is still believed

_Looks = Sequence[tuple[Mapping[str, UInt16[np.ndarray, " n"]], Bool[np.ndarray, " n"]]]
_Tables = Mapping[str, Float64[np.ndarray, " cells"]]


def learn_profile(structure: str, cases: Sequence[StudiedCase], *, key: str, seed: int = 0) -> StructureProfile | None:
    """What a structure looks like in these cases; None where none of them has it.

    Args:
        structure: Name of the structure.
        cases: Annotated cases, with the structure or without.
        key: Hash of what is learned from.
        seed: Seed of the draw of voxels.
    """
    present = [case for case in cases if case.inside.any()]
    if not present:
        return None
    drawn = [_draw(case, np.random.default_rng((seed, row))) for row, case in enumerate(cases)]
    looks = [
        ({name: cells[rows] for name, cells in case.cells.items()}, case.inside[rows])
        for case, rows in zip(cases, drawn, strict=True)
    ]
    aspects = sorted({aspect for case in cases for aspect in case.cells})
    tables = {aspect: _table(aspect, looks) for aspect in aspects}
    profile = StructureProfile(
        structure,
        modalities=tuple(sorted({aspect.partition(":")[2] for aspect in aspects if aspect.startswith("intensity:")})),
        tables={aspect: [round(float(value), 3) for value in table] for aspect, table in tables.items()},
        fits={},
        scattered=is_scattered(float(np.median([case.whole for case in present]))),
        in_patient_axes=all(case.in_patient_axes for case in cases),
        present=len(present) / len(cases),
        cases=len(cases),
        groups=len({case.group for case in cases}),
        key=key,
        **_typical(present),
    )
    absent = [case for case in cases if not case.inside.any()]
    tried = [*present[: _TRIED - min(len(absent), _TRIED // 3)], *absent[: _TRIED // 3]]
    alone = profile.modalities if len(profile.modalities) > 1 else ()
    return replace(profile, fits={name: _fit(profile, name, tables, looks, tried) for name in (ALL, *alone)})


def _fit(profile: StructureProfile, modality: str, tables: _Tables, looks: _Looks, tried: Sequence[StudiedCase]) -> Fit:
    """Fit for one modality alone, or for all of them."""
    chosen = {
        aspect: table
        for aspect, table in tables.items()
        if modality == ALL or aspect.partition(":")[2] == modality or aspect.startswith("place:")
    }
    weights = _weights(chosen, looks)
    threshold, overlap = _threshold(profile, Fit(weights, 0.0, 0.0, 0.0), tried)
    fit = Fit(weights, threshold, 0.0, round(overlap, 3))
    return replace(fit, evidence=_least_evidence(profile, fit, tried))


def _draw(case: StudiedCase, rng: np.random.Generator) -> np.ndarray:
    inside, outside = np.flatnonzero(case.inside), np.flatnonzero(~case.inside)
    return np.concatenate(
        [
            rng.choice(inside, min(len(inside), _INSIDE), replace=False),
            rng.choice(outside, min(len(outside), _OUTSIDE), replace=False),
        ]
    )


def _table(aspect: str, looks: _Looks) -> Float64[np.ndarray, " cells"]:
    inside, outside = np.zeros(BINS * BINS), np.zeros(BINS * BINS)
    for cells, labelled in looks:
        if aspect in cells:
            inside += np.bincount(cells[aspect][labelled], minlength=BINS**2) / max(int(labelled.sum()), _SMALL)
            outside += np.bincount(cells[aspect][~labelled], minlength=BINS**2) / max(int((~labelled).sum()), 1)
    smooth = [ndimage.gaussian_filter(counts.reshape(BINS, BINS), 1.0).ravel() for counts in (inside, outside)]
    inside, outside = (counts / max(counts.sum(), 1e-12) for counts in smooth)
    return np.log((inside + _RARE) / (outside + _RARE))


def _weights(tables: _Tables, looks: _Looks) -> dict[str, float]:
    """Weights of the tables, none below 0: a table that would count against what it tells is left out."""
    from sklearn.linear_model import LogisticRegression  # takes half a second to import

    inside = np.concatenate([labelled for _, labelled in looks])
    told = {
        aspect: np.concatenate(
            [table[cells[aspect]] if aspect in cells else np.zeros(len(labelled)) for cells, labelled in looks]
        )
        for aspect, table in tables.items()
    }
    while True:
        fitted = LogisticRegression().fit(np.stack(list(told.values()), axis=1), inside)
        weights = dict(zip(told, map(float, fitted.coef_[0]), strict=True))
        kept = {aspect: told[aspect] for aspect, weight in weights.items() if weight > 0}
        if len(kept) in (0, len(told)):
            return {aspect: round(weight, 4) for aspect, weight in weights.items()}
        told = kept


def _threshold(profile: StructureProfile, fit: Fit, tried: Sequence[StudiedCase]) -> tuple[float, float]:
    """Threshold with the best mean overlap (DSC) over the cases that have the structure, and that overlap."""
    overlaps = []
    for case in tried:
        if case.inside.any():
            sums = likeness(case.cells, case.body, profile, fit)[case.body]
            hits = np.array([(case.inside & (sums > at)).sum() for at in _THRESHOLDS])
            found = np.array([(sums > at).sum() for at in _THRESHOLDS])
            overlaps.append(2 * hits / (found + case.inside.sum()))
    mean = np.mean(overlaps, axis=0)
    return float(_THRESHOLDS[int(mean.argmax())]), float(mean.max())


def _least_evidence(profile: StructureProfile, fit: Fit, tried: Sequence[StudiedCase]) -> float:
    """Evidence that best tells cases with the structure from those without; low where hardly any is without."""
    found = [(strongest_region(case.cells, case.body, profile, fit), bool(case.inside.any())) for case in tried]
    with_it = sorted(region.evidence for region, present in found if present and region is not None)
    without = [-np.inf if region is None else region.evidence for region, present in found if not present]
    if not with_it:
        return 0.0
    if len(without) < _FEW_ABSENT:
        return float(with_it[0] - _WEAK)
    lowest = with_it[: 1 + len(with_it) // _MISSED]
    balance = [np.mean(np.array(with_it) >= at) + np.mean(np.array(without) < at) for at in lowest]
    return float(lowest[int(np.argmax(balance))])


def _typical(present: Sequence[StudiedCase]) -> dict[str, Any]:
    shares = [case.share for case in present]
    centres = np.array([case.centre for case in present])
    thirds = np.clip((centres * 3).astype(int), 0, 2)
    names = sorted({name for case in present for name in case.contrast})
    return {
        "smallest": min(shares) / 4,
        "contrast": {
            name: round(float(np.median([case.contrast[name] for case in present if name in case.contrast])), 3)
            for name in names
        },
        "size": tuple(round(float(share), 6) for share in np.quantile(shares, [0.1, 0.5, 0.9])),
        "place": {
            axis: tuple(round(float(np.mean(thirds[:, column] == third)), 3) for third in range(3))
            for column, axis in enumerate("zyx")
        },
    }
