"""Rows, sentences and charts of `interaction`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Bars, Chart, Heatmap, Row
from lexiscope.interpret.interaction.behaviour import Interactions
from lexiscope.interpret.interaction.information import LABEL, Estimator, PairInformation
from lexiscope.interpret.interaction.null import TOTAL
from lexiscope.interpret.interaction.pid import QUANTITIES
from lexiscope.interpret.interaction.word_map import WordMap
from lexiscope.interpret.interaction.word_pictures import word_pictures
from lexiscope.interpret.intervals import above_chance, below_chance, worded

ALL = "all inputs"

_BY: Mapping[Estimator, str] = {
    "clusters": "PID, clusters",
    "gaussian": "PID, Gaussian",
    "batch": "PID, networks",
}

ASSUMES = (
    "Cases are a sample of those that the model is for. PID: the classes' shares are as in use, clusters or moments "
    "keep what features say, and the features of a branch hold what its input says. InterSHAP: the model can do "
    "without an input in the way in which it is taken away. EMAP: inputs of different cases make a case that the "
    "model can be asked about."
)
CANNOT_TELL = (
    "Whether an input causes anything, or what a better encoder would find in it: PID speaks of the features of this "
    "model. Clusters lose fine differences, and where they are "
    "coarse what two inputs share may look unique to each; Gaussian PID sees what is linear, of an XOR nothing, "
    "and takes classes for continuous, so that its nats may exceed all that classes hold: compare its parts with each "
    "other only. Tables of few "
    "cases show synergy that is not there, which is why permuted labels stand beside every part; what does not rise "
    "above them may still exist. InterSHAP is a ratio: it says nothing of how much a model does in all, and counts "
    "inputs that stand in for one another as it counts inputs that need one another. No parts are told apart of three "
    "inputs at once."
)
FORMULA = {
    "PID": "R = I1 + I2 - Iq, U1 = Iq - I2, U2 = Iq - I1, S = I - Iq in nats, Iq the least I_q(X1, X2; Y) over q with "
    "q(x1, y) = p(x1, y) and q(x2, y) = p(x2, y) (https://doi.org/10.3390/e16042161, https://arxiv.org/abs/2302.12247)",
    "PID, clusters": "features of unit length, principal components, k-means; sqrt(cases / (5 classes)) "
    "clusters, at least one a class up to 10, at most 20; convex program",
    "PID, Gaussian": "classes as indicators, all jointly Gaussian (https://arxiv.org/abs/2510.04417, the problem of "
    "Thin-PID; its normalising flows are not used)",
    "PID, networks": "BATCH of https://arxiv.org/abs/2302.12247, learned on half of the groups and read on the others",
    "interval of PID": "2.5 and 97.5 % of resampled groups, shifted so that their mean lies on the value, cut at 0 "
    "(ours: drawing cases twice adds to the synergy of a table)",
    "null of PID": "labels change places by groups; 97.5 % of permutations stay below it. A pair is spoken of only "
    "where its total is beyond them at 0.05 / pairs, a part only where its whole interval is above its own null (ours)",
    "agreement": "sum over parts of their share in the labels' information times what the answers hold, in nats "
    "(https://arxiv.org/abs/2302.12247)",
    "interaction": (
        "Shapley interaction index of two inputs in the score, 2 phi_ij of InterSHAP. A pair of which one alone is "
        "worse than nothing gains by what the model is taken to say knowing nothing: that it is needed is then said "
        "only where its interaction beside a third input lies above zero, too (ours)"
    ),
    "InterSHAP": "sum over i != j of |mean phi_ij| / sum over all i, j, in the score (https://arxiv.org/abs/2412.15828)",
    "EMAP gap": "accuracy less that of mean_b f(x1_a, x2_b) + mean_b f(x1_b, x2_a) - mean f, in log probabilities "
    "(https://arxiv.org/abs/2010.06572)",
    "words x patches": "f(all) - f(without word) - f(without patch) + f(without both) of one case",
}


@dataclass(frozen=True)
class Section:
    """What one way of looking at interactions adds to the result.

    Args:
        rows: Its numbers.
        findings: Its sentences.
        charts: Its pictures.
        left_out: What it could not measure -> why.
        about: More numbers, that no table holds.
    """

    rows: Sequence[Row]
    findings: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


def information_section(
    found: Sequence[PairInformation],
    agreed: Mapping[tuple[str, str, Estimator], float],
    *,
    spoken: Estimator,
    left_out: Mapping[str, str],
) -> Section:
    """A row for each pair, thing told of, estimator and part; sentences and bars of one estimator.

    A sentence needs a pair that tells anything at all and a part whose whole interval lies above permuted labels.

    Args:
        found: Every pair's parts.
        agreed: Agreement of answers and labels, by pair and estimator; no interval of it is known.
        spoken: Estimator of the sentences and bars.
        left_out: Pairs that could not be measured -> why.
    """
    rows = [_information_row(one, name) for one in found for name in (*QUANTITIES, TOTAL)]
    rows += [
        _row(f"{first} + {second}", "agreement", "label and answers", _BY[by], Estimate(value, None, None, None))
        for (first, second, by), value in agreed.items()
    ]
    shown = [one for one in found if one.estimator == spoken]
    said = [_told(one, name) for one in shown if one.tells for name in QUANTITIES if one.parts[name].beyond_chance]
    return Section(rows, said, [_information_bars(one) for one in shown], left_out)


def interaction_section(found: Interactions, inputs: Sequence[str], *, score: str) -> Section:
    """InterSHAP and what it is made of; sentences about pairs whose interaction has an interval away from zero."""
    pairs = found.pairs.items()
    rows = [
        _row(ALL, "InterSHAP", score, "InterSHAP", found.share),
        *(_row(f"{a} + {b}", "interaction", score, "InterSHAP", estimate) for (a, b), estimate in pairs),
        *(_row(name, "by itself", score, "InterSHAP", estimate) for name, estimate in found.alone.items()),
    ]
    said = [
        sentence
        for (a, b), one in pairs
        if (sentence := _together(a, b, one, score, beside=found.beside.get((a, b), one)))
    ]
    title = f"What pairs of inputs add to the {score} beyond each alone; on the diagonal each by itself"
    return Section(rows, said, [_centred(title, inputs, inputs, found.matrix(inputs))])


def emap_section(gaps: Mapping[str, Estimate]) -> Section:
    """A row for each input against all others; sentences where its interactions are worth accuracy."""
    rows = [_row(f"{name} + all others", "gap to an additive model", "accuracy", "EMAP", gaps[name]) for name in gaps]
    said = [
        f"Interactions of {name} with the other inputs are worth {worded(gap)} of accuracy: an additive model would "
        "lose it."
        for name, gap in gaps.items()
        if above_chance(gap)
    ]
    return Section(rows, said)


def word_section(maps: Mapping[str, WordMap]) -> Section:
    """The strongest pair of each case, which has no interval, and words against patches."""
    rows, charts = [], []
    for case, found in maps.items():
        word, place, value = found.strongest()
        between = f"{word!r} + patch {_place(place)} of {case}"
        rows.append(
            _row(between, "interaction", found.score, "words x patches", Estimate(value, None, None, None, n=1))
        )
        charts.append(_word_chart(found, case=case))
    values = {
        case: {"words": list(of.words), "grid": of.grid, "values": of.values.tolist()} for case, of in maps.items()
    }
    return Section(rows, (), charts, about={"words x patches": values})


def _word_chart(found: WordMap, *, case: str) -> Chart:
    """Words over the images of the case; where the model shows none, words against numbered patches."""
    if found.images and len(found.grid) == 2:
        return word_pictures(found, case=case)
    title = (
        f"Words and patches of {case} that need each other (red) or stand in for each other (blue); patches by row "
        "and column, counted from 0 at the top left"
    )
    return _centred(title, found.words, [_place(one) for one in np.ndindex(*found.grid)], found.values)


def _row(between: str, quantity: str, about: str, by: str, value: Estimate, *, null_high: float | None = None) -> Row:
    return {
        "between": between,
        "quantity": quantity,
        "about": about,
        "by": by,
        "value": value,
        "97.5 % of permuted labels": null_high,
    }


def _information_row(one: PairInformation, name: str) -> Row:
    part = one.parts[name]
    between, by = f"{one.first} + {one.second}", _BY[one.estimator]
    return _row(between, _quantity(name, one), one.about, by, part.estimate, null_high=part.null_high)


def _information_bars(one: PairInformation) -> Bars:
    parts = {_quantity(name, one): one.parts[name] for name in QUANTITIES}
    ends = {name: (part.estimate.low, part.estimate.high) for name, part in parts.items()}
    return Bars(
        f"What {one.first} and {one.second} tell about the {one.about} ({_BY[one.estimator]}); chance: what 97.5 % of "
        "permuted labels stay below",
        "nats",
        {name: float(part.estimate.value or 0.0) for name, part in parts.items()},
        intervals={name: (low, high) for name, (low, high) in ends.items() if low is not None and high is not None},
        null={name: part.null_high for name, part in parts.items()},
    )


def _centred(title: str, rows: Sequence[str], columns: Sequence[str], values: Float[np.ndarray, "r c"]) -> Heatmap:
    end = float(np.abs(values).max()) or 1.0
    return Heatmap(title, list(rows), list(columns), values, (-end, end))


def _place(place: Sequence[int]) -> str:
    return ", ".join(map(str, place))


def _together(first: str, second: str, estimate: Estimate, score: str, *, beside: Estimate) -> str | None:
    if above_chance(estimate) and above_chance(beside):
        return (
            f"The model needs {first} and {second} together: as a pair they add {worded(estimate)} to the {score} "
            "beyond what each adds."
        )
    if below_chance(estimate):
        return (
            f"In the model {first} and {second} stand in for one another: as a pair they add {worded(estimate)} to the "
            f"{score} beyond what each adds."
        )
    return None


def _quantity(name: str, one: PairInformation) -> str:
    return {"unique_1": f"unique to {one.first}", "unique_2": f"unique to {one.second}"}.get(name, name)


def _told(one: PairInformation, name: str) -> str:
    part = one.parts[name]
    about = "the label" if one.about == LABEL else "the model's answers"
    told = {
        "redundancy": f"{one.first} and {one.second} each tell the same about {about}",
        "unique_1": f"{one.first} tells about {about} what {one.second} does not",
        "unique_2": f"{one.second} tells about {about} what {one.first} does not",
        "synergy": f"{one.first} and {one.second} together tell about {about} what neither tells alone",
    }[name]
    return f"{told}: {worded(part.estimate)} nats, above the {number(part.null_high)} of permuted labels."
