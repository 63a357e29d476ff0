"""`saliency`: which places and words matter to a model, and whether the maps that say so can be believed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Chart, Lines, Row, Words
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.result import Result
from lexiscope.interpret.saliency.findings import SHUFFLED, saliency_findings
from lexiscope.interpret.saliency.maps import Maps, maps_made, maps_of
from lexiscope.interpret.saliency.pictures import map_overlays
from lexiscope.interpret.saliency.sanity import (
    LABELS,
    STAGES,
    Agreement,
    agreements,
    checked_slices,
    checked_stages,
    present_in,
    stages_of,
)
from lexiscope.interpret.saliency.steps import Steps
from lexiscope.interpret.saliency.words import word_weights
from lexiscope.interpret.some_cases import drawn_in_words
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
        progress: Called with the maps made, at every run of the model.
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
    words: dict[str, list[tuple[str, float]]] = {}
    charts: list[Chart] = []
    if isinstance(subject, MasksParts):
        words = word_weights(subject, some, most=_SHOWN)
        lost = f"{subject.parts_score} that is lost without each"
        charts = [Words(f"Words that matter in {name}: {lost}", one) for name, one in words.items()]
    maps: dict[str, Maps] = {}
    found: _Agreements = {}
    slices: dict[str, list[int]] = {}
    if isinstance(subject, Differentiates):
        if trained_on_shuffled is None and isinstance(subject, LearnsLabelsAnew):
            trained_on_shuffled = subject.on_shuffled_labels(seed=seed)
        maps, found, slices = _checked_maps(subject, some, trained_on_shuffled, seed=seed, progress=progress)
        images = {name: values for name, values in subject.images(some).items() if name in maps["occlusion"]}
        charts = [map_overlays(some, row, images, maps) for row in range(min(_SHOWN, len(some)))] + charts
    rows = _rows(some, maps, found, seed=seed)
    return Result(
        method="saliency",
        title="Where does the model look, and can the maps be believed?",
        rows=rows,
        findings=saliency_findings(rows, slices=slices, cases=len(some)),
        charts=[*_lines(some, maps, found, seed=seed), *charts],
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL,
        about=about(
            subject,
            some,
            seed=seed,
            words={name: [list(pair) for pair in one] for name, one in words.items()},
            checked={"what was broken": stages_of(list(found)), "slices alone": _numbers(some, slices)},
        ),
        formula=_FORMULA,
        sample=drawn_in_words(len(some), len(cases), "cases", seed=seed),
    )


def _checked_maps(
    subject: Differentiates,
    cases: Cases[Any],
    trained_on_shuffled: Differentiates | None,
    *,
    seed: int,
    progress: Progress | None,
) -> tuple[dict[str, Maps], _Agreements, dict[str, list[int]]]:
    """Maps by name, how they agree with those of broken models, and the slices that were compared."""
    checks = len(checked_stages(subject, cases)) + (trained_on_shuffled is not None)
    steps = Steps(progress, maps_made(cases) * (1 + checks))
    maps = maps_of(subject, cases, steps=steps)
    slices = checked_slices(subject, maps) if checks else {}
    if slices:
        steps.total += maps_made(cases)  # those of the trained model are made of these slices, too
    found = agreements(
        subject, cases, maps, slices=slices, trained_on_shuffled=trained_on_shuffled, seed=seed, steps=steps
    )
    return maps, found, slices


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
                    SHUFFLED: ranks,
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


def _numbers(cases: Cases[Any], slices: Mapping[str, list[int]]) -> dict[str, dict[str, int]]:
    """Case -> modality -> the slice that was compared, from 1."""
    of_case = [{name: numbers[row] + 1 for name, numbers in slices.items()} for row in range(len(cases))]
    return dict(zip(cases.ids, of_case, strict=True)) if slices else {}


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
    "that stays then is of the features. Checks of images that are read slice by slice look at one slice of each, and "
    "say nothing of the others; of occlusion they rank the nine windows of a slice, which is coarse."
)
_FORMULA = {
    "share": "sum of |map| over the modality / sum over all modalities, per case",
    "rank correlation": (
        "Spearman correlation of |map| of the trained model with that of the same model with the values of every "
        "weight shuffled (Adebayo et al. 2018 draw weights anew; shuffling keeps their scale), over places where one "
        "of the maps is not zero, mean over cases. Where images are read slice by slice, both models are shown one "
        "slice of each modality alone, the one in which most of the integrated gradients lie. A single case is "
        "compared with all weights shuffled, several also with the last third and the last two thirds of the layers"
    ),
    "SSIM": "structural similarity of the same two maps, each scaled to its largest value, windows of 7 places",
    "verdict": (
        f"ours: 'follows the weights' where the interval of the rank correlation lies below {BELIEVED}, 'shows the "
        "picture' where it lies above"
    ),
    "attention rollout": "product over layers of (mean over heads of the attention + identity) / 2 (arXiv 2005.00928)",
}
