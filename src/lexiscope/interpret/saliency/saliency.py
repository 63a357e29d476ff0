"""`saliency`: which places and words matter to a model, and whether the maps that say so can be believed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import number
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Chart, Lines, Row, Words
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.result import Result
from lexiscope.interpret.saliency.maps import Maps, maps_of
from lexiscope.interpret.saliency.pictures import map_overlays
from lexiscope.interpret.saliency.sanity import LABELS, STAGES, Agreement, agreements, present_in, stages_of
from lexiscope.interpret.saliency.words import word_weights
from lexiscope.interpret.subject import Cases, Differentiates, LearnsLabelsAnew, MasksParts, Subject

BELIEVED = 0.5  # rank correlation with the map of shuffled weights, below which a map follows the weights

_SHOWN = 2  # cases with pictures and words

_Agreements = Mapping[tuple[str, str, str], Agreement]


def saliency(
    subject: Subject,
    cases: Cases[Any],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    most_cases: int = 4,
    trained_on_shuffled: Differentiates | None = None,
) -> Result:
    """Maps of what matters in images and words, each beside its sanity checks.

    Args:
        subject: Model that `Differentiates`, `MasksParts`, or both.
        cases: Cases, of which some are drawn.
        seed: Seed of the cases drawn, of shuffled weights and of resampling.
        progress: Called with the stages of shuffled weights.
        most_cases: Number of cases drawn; each is asked about several hundred times.
        trained_on_shuffled: The same model, trained on labels that have nothing to do with its cases. None takes what
            a model that learns its labels in a moment gives; of others it is not asked whether maps depend on labels.

    Raises:
        UsageError: the model has neither gradients nor words that can be hidden, no cases, or captum is missing.
    """
    if not isinstance(subject, Differentiates | MasksParts):
        msg = f"saliency expects a model with gradients or words that can be hidden, got {subject.name}"
        raise UsageError(f"{msg}; leave it out or give the adapter images() and score_of()")
    if len(cases) == 0:
        raise UsageError("expected cases to look at, got none; choose another split")
    drawn = np.random.default_rng(seed).permutation(len(cases))[:most_cases]
    some = cases.take(np.sort(drawn))
    words = word_weights(subject, some, most=_SHOWN) if isinstance(subject, MasksParts) else {}
    charts: list[Chart] = [Words(f"Words that matter in {name}", one) for name, one in words.items()]
    maps: dict[str, Maps] = {}
    found: _Agreements = {}
    if isinstance(subject, Differentiates):
        maps = maps_of(subject, some)
        if trained_on_shuffled is None and isinstance(subject, LearnsLabelsAnew):
            trained_on_shuffled = subject.on_shuffled_labels(seed=seed)
        found = agreements(subject, some, maps, trained_on_shuffled=trained_on_shuffled, seed=seed, progress=progress)
        images = {name: values for name, values in subject.images(some).items() if name in maps["occlusion"]}
        charts = [map_overlays(some, row, images, maps) for row in range(min(_SHOWN, len(some)))] + charts
    rows = _rows(some, maps, found, seed=seed)
    return Result(
        method="saliency",
        title="Where does the model look, and can the maps be believed?",
        rows=rows,
        findings=_findings(rows),
        charts=[*_lines(some, maps, found, seed=seed), *charts],
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL,
        about=about(
            subject,
            some,
            seed=seed,
            words={name: [list(pair) for pair in one] for name, one in words.items()},
        ),
        formula=_FORMULA,
    )


def _rows(cases: Cases[Any], maps: Mapping[str, Maps], found: _Agreements, *, seed: int) -> list[Row]:
    rows: list[Row] = []
    for name, by_modality in maps.items():
        shares = _shares(by_modality)
        for modality in by_modality:
            weights = found.get((name, modality, STAGES[-1]))
            labels = found.get((name, modality, LABELS))
            ranks = None if weights is None else _estimate(cases, weights.ranks, seed)
            rows.append(
                {
                    "map": name,
                    "input": modality,
                    "share": _estimate(cases, np.where(present_in(cases, modality), shares[modality], np.nan), seed),
                    "rank correlation with shuffled weights": ranks,
                    "SSIM with shuffled weights": None
                    if weights is None
                    else _estimate(cases, weights.structure, seed),
                    "rank correlation with shuffled labels": None
                    if labels is None
                    else _estimate(cases, labels.ranks, seed),
                    "SSIM with shuffled labels": None if labels is None else _estimate(cases, labels.structure, seed),
                    "verdict": _verdict(ranks),
                }
            )
    return rows


def _shares(by_modality: Maps) -> dict[str, Float[np.ndarray, " n"]]:
    """Share of each modality in the absolute map of each case; NaN where all of it is zero."""
    sizes = {
        name: values.abs().flatten(1).sum(dim=1).numpy().astype(np.float64) for name, values in by_modality.items()
    }
    total = np.sum(list(sizes.values()), axis=0)
    return {
        name: np.divide(size, total, out=np.full(len(total), np.nan), where=total > 0) for name, size in sizes.items()
    }


def _estimate(cases: Cases[Any], values: Float[np.ndarray, " n"], seed: int) -> Estimate:
    known = np.flatnonzero(~np.isnan(values)).tolist()
    if not known:
        return Estimate.nothing()
    (estimate,) = bootstrap_means(values[known][:, None], [cases.groups[row] for row in known], seed=seed)
    return estimate


def _verdict(ranks: Estimate | None) -> str:
    if ranks is None or ranks.low is None or ranks.high is None:
        return "not checked"
    if ranks.high < BELIEVED:
        return "follows the weights"
    return "shows the picture" if ranks.low > BELIEVED else "undecided"


def _findings(rows: list[Row]) -> list[str]:
    """A sentence for each map and verdict, over all inputs that share it."""
    said = []
    for name in dict.fromkeys(row["map"] for row in rows):
        for verdict, sentence in _SENTENCES.items():
            some = [row for row in rows if (row["map"], row["verdict"]) == (name, verdict)]
            ranks = [number(row["rank correlation with shuffled weights"].value) for row in some]
            if some:
                inputs = ", ".join(row["input"] for row in some)
                said.append(sentence.format(map=f"{name} over {inputs}", ranks=", ".join(ranks)))
    return said


_SENTENCES = {
    "follows the weights": "{map} depends on the weights: the map of shuffled ones correlates with it by {ranks} only.",
    "shows the picture": "Do not believe {map}: the map of shuffled weights correlates with it by {ranks}.",
}


def _lines(cases: Cases[Any], maps: Mapping[str, Maps], found: _Agreements, *, seed: int) -> list[Chart]:
    """Agreement of each map with the trained model's, from the trained weights to all shuffled ones."""
    stages = stages_of(list(found))
    if not stages:
        return []
    names = [(name, modality) for name, some in maps.items() for modality in some]
    lines = {
        f"{name}, {modality}": [_estimate(cases, found[name, modality, stage].ranks, seed) for stage in stages]
        for name, modality in names
    }
    return [
        Lines(
            "Does a map change when what was learned is destroyed? (1 = the same map)",
            "rank correlation",
            levels=["trained", *stages],
            lines={name: [1.0, *(one.value for one in line)] for name, line in lines.items()},
            intervals={name: [None, *map(_ends, line)] for name, line in lines.items()},
        )
    ]


def _ends(estimate: Estimate) -> tuple[float, float] | None:
    return None if estimate.low is None or estimate.high is None else (estimate.low, estimate.high)


_ASSUMES = (
    "That zeros, in the numbers in which images enter the model, mean nothing to it: integrated gradients start there, "
    "and occlusion covers with them. Words are hidden one at a time, all others in place."
)
_CANNOT_TELL = (
    "Why a place matters, and whether the model is right to look there. A map is of one answer to one case. Places "
    "that matter only together get little each by occlusion. Attention rollout follows attention and neither values "
    "nor the head, so it does not know which answer is asked about. A map that survives shuffled weights shows the "
    "edges of the picture; one that does not has passed one necessary check and no more. "
    "Where a model learned its labels on frozen features, shuffled labels are learned anew on the same features: a map "
    "that stays then is of the features."
)
_FORMULA = {
    "share": "sum of |map| over the modality / sum over all modalities, per case",
    "rank correlation": (
        "Spearman correlation of |map| of the trained model with that of the same model with the values of every "
        "weight shuffled (Adebayo et al. 2018 draw weights anew; shuffling keeps their scale), over places where one "
        "of the maps is not zero, mean over cases"
    ),
    "SSIM": "structural similarity of the same two maps, each scaled to its largest value, windows of 7 places",
    "verdict": (
        f"ours: 'follows the weights' where the interval of the rank correlation lies below {BELIEVED}, 'shows the "
        "picture' where it lies above"
    ),
    "attention rollout": "product over layers of (mean over heads of the attention + identity) / 2 (arXiv 2005.00928)",
}
