"""Charts and sentences of `contribution`."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Bars, Chart, Heatmap, Waterfall
from lexiscope.interpret.contribution.quantities import ALL, COOPERATION, EVERYTHING, NOTHING, SHAPLEY
from lexiscope.interpret.intervals import above_chance, below_chance, worded
from lexiscope.interpret.subject import Removal


def contribution_findings(
    measured: Mapping[Removal, Mapping[tuple[str, str], Estimate]],
    inputs: tuple[str, ...],
    *,
    ahead: tuple[str, str, Estimate] | None,
    score: str,
) -> list[str]:
    """Sentences that intervals support, about the first way of removal; and where the others contradict it.

    Args:
        measured: Way of removal -> quantity and input -> estimate.
        inputs: All inputs.
        ahead: The two inputs that add most, and how much the first adds beyond the second.
        score: What the score is, in words.
    """
    first, found = next(iter(measured.items()))
    said = [sentence for name in inputs if (sentence := _of_input(name, found[SHAPLEY, name], score))]
    if ahead is not None and above_chance(ahead[2]) and above_chance(found[SHAPLEY, ahead[0]]):
        said.append(f"{ahead[0]} adds more than {ahead[1]}, by {worded(ahead[2])}.")
    together = {removal: some[COOPERATION, ALL] for removal, some in measured.items()}
    if above_chance(together[first]):
        told = f"Together the inputs are worth more than the sum of each alone, by {worded(together[first])}"
        said.append(told + _only_as(first, [removal for removal, one in together.items() if not above_chance(one)]))
    if below_chance(together[first]):
        told = f"The inputs overlap: together they are worth less than the sum of each alone, {worded(together[first])}"
        said.append(told + _only_as(first, [removal for removal, one in together.items() if not below_chance(one)]))
    for removal, other in measured.items():
        said += [_contradiction(name, removal, first) for name in inputs if _opposed(found, other, name)]
    return said


def contribution_charts(
    measured: Mapping[Removal, Mapping[tuple[str, str], Estimate]],
    inputs: tuple[str, ...],
    *,
    score: str,
    cases: Mapping[str, Float[np.ndarray, " m"]],
    which: str,
) -> list[Chart]:
    """From nothing to all inputs, every way of removal side by side, and some cases one by one.

    Args:
        measured: Way of removal -> quantity and input -> estimate.
        inputs: All inputs.
        score: What the score is, in words.
        cases: Name of a case -> what each input adds there.
        which: Which cases these are, in words behind "the cases".
    """
    first, found = next(iter(measured.items()))
    bars = {f"{name}, {removal}": some[SHAPLEY, name] for name in inputs for removal, some in measured.items()}
    ends = {name: (e.low, e.high) for name, e in bars.items() if e.low is not None and e.high is not None}
    extent = max((float(np.abs(phi).max()) for phi in cases.values()), default=0.0) or 1.0
    return [
        Waterfall(
            f"From knowing nothing to all inputs: {score} (removed as {first})",
            start=("nothing", _height(found[NOTHING, ALL])),
            parts={name: _height(found[SHAPLEY, name]) for name in inputs},
            end=f"all inputs: {number(_height(found[EVERYTHING, ALL]))}",
        ),
        Bars(
            "What each input adds, for each way of taking it away",
            score,
            {name: _height(estimate) for name, estimate in bars.items()},
            intervals=ends,
            null=dict.fromkeys(bars, 0.0),
        ),
        Heatmap(
            f"What each input adds in the cases {which}",
            rows=list(cases),
            columns=list(inputs),
            values=np.array(list(cases.values())),
            limits=(-extent, extent),
        ),
    ]


def _of_input(name: str, estimate: Estimate, score: str) -> str | None:
    if above_chance(estimate):
        return f"{name} adds {worded(estimate)} to the {score}."
    if below_chance(estimate):
        return f"{name} does harm: it adds {worded(estimate)} to the {score}."
    return None


def _opposed(found: Mapping[tuple[str, str], Estimate], other: Mapping[tuple[str, str], Estimate], name: str) -> bool:
    one, two = found[SHAPLEY, name], other[SHAPLEY, name]
    return (above_chance(one) and below_chance(two)) or (below_chance(one) and above_chance(two))


def _only_as(first: Removal, others: Sequence[Removal]) -> str:
    """End of a sentence that ways of removal may not support."""
    return f"; so when taken away as {first}, not as {' or '.join(others)}." if others else "."


def _contradiction(name: str, removal: Removal, first: Removal) -> str:
    return (
        f"{name} helps or harms depending on how it is taken away ({first} against {removal}): do not rely on either."
    )


def _height(estimate: Estimate) -> float:
    return 0.0 if estimate.value is None else estimate.value
