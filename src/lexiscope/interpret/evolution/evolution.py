"""The method `evolution`: how similarity, consistency, speciality and the need of inputs grew while a model trained."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Chart, Lines, Row
from lexiscope.interpret.evolution.epochs import Epochs
from lexiscope.interpret.evolution.measure import EpochMeasures, measure_epochs
from lexiscope.interpret.intervals import above_chance, worded
from lexiscope.interpret.result import Result
from lexiscope.interpret.semantics.charts import ends_of
from lexiscope.interpret.semantics.profiles import FORMULA as PROFILE_FORMULA
from lexiscope.interpret.similarity.similarity import FORMULA as CKA_FORMULA
from lexiscope.interpret.subject import Cases, KeepsEpochs

MOST = 6
_FORMULA = {
    "CKA with the end": "of a level and itself after the last epoch",
    "score lost": "score with all inputs less the score without one, missing in the model's own way",
}
_SETTLED = 0.9  # CKA with the end from which a level counts as what it became
_ASSUMES = (
    "The epochs are those of one run of training, and its last epoch that was kept stands for the end. What similarity "
    "and semantics assume holds for each of them."
)
_CANNOT_TELL = (
    "Why features changed: what comes with training may come from the order of the cases or from the learning rate. "
    "Intervals are over cases, not over runs: another seed of training may take another way. A level that is what it "
    "became may still be read in another way by the levels behind it."
)


def evolution(
    subject: Any,
    cases: Cases[Any],
    *,
    checkpoints: Epochs | None = None,
    most: int = MOST,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """How alike modalities are, what they respond to and which are needed, after epochs of training that were kept.

    Args:
        checkpoints: Epoch -> opens the subject as it was after it (`evolution.epochs`); the subject's own when None.
        most: Epochs that are looked at, evenly spread, the first and the last among them.
        seed: Seed of everything that is drawn.

    Raises:
        UsageError: fewer than two epochs were kept, or the subject shows no levels.
    """
    kept = _epochs(subject) if checkpoints is None else checkpoints
    if len(kept) < 2 or most < 2:
        msg = f"expected two or more epochs of {subject.name!r} to look at, got {min(len(kept), most)}"
        kept_by = "train with --keep-checkpoints 1 into an empty folder, which keeps every epoch"
        raise UsageError(f"{msg}; {kept_by}, or pass checkpoints= for a module of your own")
    order = sorted(kept)
    chosen = {order[place] for place in np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(int)}
    measured = measure_epochs({epoch: kept[epoch] for epoch in sorted(chosen)}, cases, seed=seed, progress=progress)
    lines = _lines_of(measured)
    return Result(
        method="evolution",
        title="How did features come to be while the model trained?",
        rows=[_row(one, key, value) for key, line in lines.items() for one, value in zip(measured, line, strict=True)],
        findings=[
            *_changes(measured, lines),
            *_settled(measured, lines),
            *_needed(measured, lines, getattr(subject, "score", _SCORE)),
        ],
        charts=_charts(measured, lines),
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL,
        about=about(subject, cases, seed=seed, epochs=[one.epoch for one in measured]),
        formula={**CKA_FORMULA, **PROFILE_FORMULA, **_FORMULA},
        sample=f"{len(measured)} of {len(kept)} epochs that were kept, evenly spread" if most < len(kept) else "",
    )


_Key = tuple[str, str, str]
"""Measure, branch or pair of branches, level."""
_CKA, _END, _CONSISTENCY, _SPECIALITY = "CKA", "CKA with the end", "consistency", "speciality"
_SCORE, _LOST = "score", "score lost"
_WHOLE = "whole model"  # in place of a level


def _epochs(subject: Any) -> Epochs:
    return subject.epochs() if isinstance(subject, KeepsEpochs) else {}


def _lines_of(measured: Sequence[EpochMeasures]) -> dict[_Key, list[Estimate]]:
    """Every measure over the epochs; nothing after those in which it could not be taken."""
    found = [dict(_values(one)) for one in measured]
    keys = dict.fromkeys(key for values in found for key in values)
    return {key: [values.get(key, Estimate.nothing()) for values in found] for key in keys}


def _values(one: EpochMeasures) -> Iterator[tuple[_Key, Estimate]]:
    for pair in one.across:
        yield (_CKA, f"{pair.first[0]} and {pair.second[0]}", pair.first[1]), pair.cka
    for place, to_end in one.to_end.items():
        yield (_END, *place), to_end.cka
    for level in one.semantics:
        yield (_CONSISTENCY, "all modalities", level.level), level.consistency
        for branch, value in level.speciality.items():
            yield (_SPECIALITY, branch, level.level), value
    if one.needs is not None:
        yield (_SCORE, "the model with all inputs", _WHOLE), one.needs.score
        for name, lost in one.needs.lost.items():
            yield (_LOST, f"without {name}", _WHOLE), lost


def _row(one: EpochMeasures, key: _Key, value: Estimate) -> Row:
    measure, branch, level = key
    return {"epoch": one.epoch, "branch": branch, "level": level, "measure": measure, "value": value}


def _changes(measured: Sequence[EpochMeasures], lines: Mapping[_Key, Sequence[Estimate]]) -> list[str]:
    """What differs between the first epoch and the last, where their intervals do not meet.

    Branches whose numbers are the same, as the speciality of two modalities is, share a sentence.
    """
    told: dict[tuple[str, str], list[str]] = {}
    for (measure, branch, level), line in lines.items():
        if measure in (_END, _LOST):
            continue
        first, last = line[0], line[-1]
        ends, starts = ends_of(last), ends_of(first)
        if starts is None or ends is None or (ends[0] <= starts[1] and starts[0] <= ends[1]):
            continue
        way = "grows" if ends[0] > starts[1] else "falls"
        where = "" if level == _WHOLE else f" at {level}"
        change = (
            f"{where} {way}: {worded(first)} after epoch {measured[0].epoch}, {worded(last)} after epoch "
            f"{measured[-1].epoch}."
        )
        told.setdefault((measure, change), []).append(branch)
    return [
        f"While training, {measure} of {' and of '.join(branches)}{change}"
        for (measure, change), branches in told.items()
    ]


def _settled(measured: Sequence[EpochMeasures], lines: Mapping[_Key, Sequence[Estimate]]) -> list[str]:
    """From which epoch on levels are what they became, where that is not so from the start; a sentence an epoch."""
    places: dict[int, list[str]] = {}
    for (measure, branch, level), line in lines.items():
        low = [estimate.low for estimate in line]
        if measure != _END or any(end is None for end in low):
            continue
        reached = [end is not None and end >= _SETTLED for end in low]
        since = next(place for place in range(len(reached)) if all(reached[place:]) or place == len(reached) - 1)
        if 0 < since < len(reached) - 1:
            places.setdefault(measured[since].epoch, []).append(f"{level} of {branch} {worded(line[since])}")
    return [
        f"From epoch {epoch} on, and not before, these levels are what they became, by CKA with the end: "
        f"{', '.join(places[epoch])}."
        for epoch in sorted(places)
    ]


def _needed(measured: Sequence[EpochMeasures], lines: Mapping[_Key, Sequence[Estimate]], score: str) -> list[str]:
    """From which epoch on the score certainly falls without an input, for inputs of which it does so to the end."""
    told = []
    for (measure, branch, _), line in lines.items():
        falls = [above_chance(estimate) for estimate in line]
        if measure != _LOST or not falls[-1]:
            continue
        since = next(place for place in range(len(falls)) if all(falls[place:]))
        when = f"From epoch {measured[since].epoch} on" if since else "From the first epoch looked at"
        told.append(f"{when}, {score} falls {branch}: by {worded(line[since])} then, by {worded(line[-1])} in the end.")
    return told


def _charts(measured: Sequence[EpochMeasures], lines: Mapping[_Key, Sequence[Estimate]]) -> list[Chart]:
    last, special = _last(lines, _CKA), _last(lines, _SPECIALITY)
    charts = [
        _chart(
            f"How alike modalities are while training, at {last}",
            _CKA,
            measured,
            {key: line for key, line in lines.items() if key[2] == last},
            _similarity_null(measured),
        ),
        _chart("How near the last level of each branch is to what it became", _END, measured, _last_levels(lines)),
        _chart("What all modalities respond to while training", _CONSISTENCY, measured, lines, _shared_null(measured)),
        _chart(
            f"What each modality alone responds to while training, at {special}",
            _SPECIALITY,
            measured,
            {key: line for key, line in lines.items() if key[2] == special},
        ),
        _chart("What the score loses without an input while training", _LOST, measured, lines),
    ]
    return [chart for chart in charts if chart.lines]


def _last(lines: Mapping[_Key, Sequence[Estimate]], measure: str) -> str:
    """The last level that a measure has."""
    return ([level for name, _, level in lines if name == measure] or [""])[-1]


def _last_levels(lines: Mapping[_Key, Sequence[Estimate]]) -> dict[_Key, Sequence[Estimate]]:
    """Lines to the end of the last level of each branch: all of them are too many to tell apart."""
    last = {branch: level for measure, branch, level in lines if measure == _END}
    return {key: line for key, line in lines.items() if key[0] == _END and last[key[1]] == key[2]}


def _chart(
    title: str,
    measure: str,
    measured: Sequence[EpochMeasures],
    lines: Mapping[_Key, Sequence[Estimate]],
    null: Sequence[tuple[float, float] | None] = (),
) -> Lines:
    some = {key: line for key, line in lines.items() if key[0] == measure}
    names = {key: key[1] if key[2] == _WHOLE else f"{key[1]}, {key[2]}" for key in some}
    values = {names[key]: [estimate.value for estimate in line] for key, line in some.items()}
    intervals = {names[key]: [ends_of(estimate) for estimate in line] for key, line in some.items()}
    band = [ends for ends in null if ends is not None]
    epochs = [f"epoch {one.epoch}" for one in measured]
    return Lines(title, measure, epochs, values, intervals, band if len(band) == len(epochs) else None)


def _similarity_null(measured: Sequence[EpochMeasures]) -> list[tuple[float, float] | None]:
    return [_widest([pair.null for pair in one.across]) for one in measured]


def _shared_null(measured: Sequence[EpochMeasures]) -> list[tuple[float, float] | None]:
    return [_widest([level.null for level in one.semantics]) for one in measured]


def _widest(bands: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    known = [band for band in bands if band is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None
