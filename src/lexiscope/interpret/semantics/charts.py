"""Charts of semantics over levels, and of what a task loses."""

from collections.abc import Sequence

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Bars, Chart, Lines
from lexiscope.interpret.semantics.ablation import Drop
from lexiscope.interpret.semantics.levels import LevelSemantics


def level_charts(levels: Sequence[LevelSemantics]) -> list[Chart]:
    """Consistency with its null, speciality of each modality, variance."""
    if not levels:
        return []
    names = [one.level for one in levels]
    bands = [one.null for one in levels if one.null is not None]
    branches = dict.fromkeys(branch for one in levels for branch in one.speciality)
    special = _together({branch: [one.speciality.get(branch) for one in levels] for branch in branches})
    consistent = {"all modalities": [one.consistency for one in levels]}
    varied = {"over modalities": [one.variance for one in levels]}
    return [
        _lines("What all modalities respond to", "consistency", names, consistent, bands),
        _lines("What each modality alone responds to", "speciality", names, special),
        _lines("How much modalities differ in what they respond to", "variance", names, varied),
    ]


def drop_chart(drops: Sequence[Drop], score: str) -> list[Chart]:
    """Fall of the score without each class of units, and without as many random ones."""
    if all(one.units == "dead" for one in drops):  # what never changes is no loss
        return []
    if not any(one.drop.value or one.drop.chance for one in drops):
        return []
    named = {f"{one.units} ({one.count})": one.drop for one in drops}
    values = {name: one.value for name, one in named.items() if one.value is not None}
    intervals = {name: ends for name, one in named.items() if (ends := ends_of(one)) is not None}
    null = {name: one.chance for name, one in named.items() if one.chance is not None}
    title = f"Fall of the score without units of {drops[0].level} (dashed: as many random units)"
    return [Bars(title, score, values, intervals, null)]


def ends_of(estimate: Estimate | None) -> tuple[float, float] | None:
    """Ends of an interval; None where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return estimate.low, estimate.high


def _together(lines: dict[str, list[Estimate | None]]) -> dict[str, list[Estimate | None]]:
    """Lines that lie on each other as one: of two modalities both are as special."""
    names: dict[tuple[float | None, ...], list[str]] = {}
    for name, line in lines.items():
        values = tuple(None if one is None or one.value is None else round(one.value, 9) for one in line)
        names.setdefault(values, []).append(name)
    return {" = ".join(same): lines[same[0]] for same in names.values()}


def _lines(
    title: str,
    label: str,
    names: Sequence[str],
    lines: dict[str, list[Estimate]] | dict[str, list[Estimate | None]],
    null: Sequence[tuple[float, float]] = (),
) -> Lines:
    values = {name: [None if one is None else one.value for one in line] for name, line in lines.items()}
    intervals = {name: [ends_of(one) for one in line] for name, line in lines.items()}
    return Lines(title, label, names, values, intervals, list(null) if len(null) == len(names) else None)
