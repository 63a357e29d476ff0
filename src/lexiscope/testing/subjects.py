"""The contract that every adapter of `interpret.adapters` keeps."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, get_args

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.interpret.subject import (
    FUSED,
    Ablates,
    Cases,
    Coalition,
    Differentiates,
    JointlyEmbeds,
    KnowsConcepts,
    Level,
    Outcome,
    Removal,
    ShowsLevels,
    Subject,
)

_CLOSE = 1e-5  # batches of another size round otherwise


def check_subject(
    subject: Subject, cases: Cases[Any], *, predicted: Float[np.ndarray, " n"], removals: Sequence[Removal] = ()
) -> None:
    """Check what every subject promises, with cases some of which lack an input.

    With all inputs kept it says what the model's own task says; an input that a case lacks never matters; neither the
    order of the cases nor their batch does; every way to take inputs away gives finite scores; and levels, ablation,
    concepts, gradients and embeddings, where it has them, have the shapes that they promise.

    Args:
        subject: Subject of the cases.
        cases: At least three cases.
        predicted: Score of each by the task's own predictions.
        removals: Ways to take inputs away; all when empty.

    Raises:
        AssertionError: a promise is broken.
    """
    assert isinstance(subject, Subject)
    assert len(set(cases.ids)) == len(cases) >= 3
    assert set(cases.present) == set(subject.inputs), "cases say of each input which of them have it"
    _check_predictions(subject, cases, predicted)
    for removal in removals or get_args(Removal):
        _check_removal(subject, cases, removal)
    if isinstance(subject, ShowsLevels):
        _check_levels(subject, cases)
    if isinstance(subject, Ablates) and isinstance(subject, ShowsLevels):
        _check_ablation(subject, subject, cases)
    if isinstance(subject, KnowsConcepts):
        _check_concepts(subject, cases)
    if isinstance(subject, Differentiates):
        _check_gradients(subject, cases)
    if isinstance(subject, JointlyEmbeds):
        _check_embeddings(subject, cases)


def _check_predictions(subject: Subject, cases: Cases[Any], predicted: np.ndarray) -> None:
    everything = Coalition(frozenset(subject.inputs))
    (outcome,) = subject.outcomes(cases, [everything])
    assert np.allclose(outcome.score, predicted, atol=_CLOSE), "with all inputs kept it is not what the task says"
    assert outcome.score.max() > 0, "a score of zero everywhere would pass every check"
    _check_probabilities(outcome, cases)
    (reverse,) = subject.outcomes(cases.take(range(len(cases))[::-1]), [everything])
    assert np.allclose(reverse.score[::-1], outcome.score, atol=_CLOSE), "the order of the cases matters"


def _check_probabilities(outcome: Outcome, cases: Cases[Any]) -> None:
    if outcome.probabilities is None:
        return
    assert cases.truth is not None
    assert outcome.probabilities.shape == (len(cases), len(cases.classes))
    assert np.allclose(outcome.probabilities.sum(axis=1), 1, atol=_CLOSE)
    assert np.allclose(outcome.score, outcome.probabilities[np.arange(len(cases)), cases.truth], atol=_CLOSE)


def _check_removal(subject: Subject, cases: Cases[Any], removal: Removal) -> None:
    donors = cases.take(np.roll(np.arange(len(cases)), 1)) if removal == "marginal" else None
    kept = [frozenset(some) for n in range(len(subject.inputs) + 1) for some in combinations(subject.inputs, n)]
    outcomes = subject.outcomes(cases, [Coalition(names, removal, donors) for names in kept])
    scores = dict(zip(kept, (outcome.score for outcome in outcomes), strict=True))
    for names, outcome in zip(kept, outcomes, strict=True):
        assert outcome.score.shape == (len(cases),)
        assert np.isfinite(outcome.score).all(), f"with {sorted(names)} and {removal!r}, scores are not finite"
        _check_probabilities(outcome, cases)
        for name in names:
            lacks = ~cases.present[name]
            less = scores[names - {name}]
            assert np.allclose(outcome.score[lacks], less[lacks], atol=_CLOSE), f"{name} matters where it is missing"
    alone = cases.take([0]), None if donors is None else donors.take([0])
    for names in (kept[0], kept[-1], kept[1]):
        (single,) = subject.outcomes(alone[0], [Coalition(names, removal, alone[1])])
        assert np.allclose(single.score[0], scores[names][0], atol=_CLOSE), "a case alone gets another score"


def _check_levels(subject: ShowsLevels, cases: Cases[Any]) -> None:
    made, alone = subject.levels(cases), subject.levels(cases.take([1]))
    assert FUSED in made, "the levels where inputs have met are missing"
    assert made.keys() == alone.keys(), "which branches there are depends on the cases"
    for branch, levels in made.items():
        assert len({level.name for level in levels}) == len(levels) > 0
        for level, single in zip(levels, alone[branch], strict=True):
            _check_level(branch, level, cases)
            assert single.name == level.name
            assert torch.allclose(single.values[0], level.values[1], atol=1e-3, rtol=1e-3), f"{branch}: batch matters"


def _check_level(branch: str, level: Level, cases: Cases[Any]) -> None:
    where = f"{branch}, {level.name}"
    assert level.values.ndim == 3, where
    assert len(level.values) == len(cases), where
    assert level.grid is None or math.prod(level.grid) == level.values.shape[1], where
    assert bool(torch.isfinite(level.values).all()), where
    assert not level.values[~level.present].any(), f"{where}: values where the branch is missing"
    if branch != FUSED:
        assert level.present.tolist() == cases.present[branch].tolist(), where


def _check_ablation(subject: Ablates, shown: ShowsLevels, cases: Cases[Any]) -> None:
    before = shown.levels(cases)
    for branch, levels in before.items():
        for number, level in enumerate(levels):
            with subject.ablated(branch, level.name, [0]):
                silent = shown.levels(cases)
            assert not silent[branch][number].values[..., 0].any(), f"{branch}, {level.name} is not silent"
            others = [name for name in before if name not in (branch, FUSED)]
            for other in others if branch != FUSED else ():
                assert torch.equal(silent[other][-1].values, before[other][-1].values), f"{branch} silenced {other}"
    after = shown.levels(cases)
    assert all(
        torch.equal(a.values, b.values) for name in before for a, b in zip(before[name], after[name], strict=True)
    )


def _check_concepts(subject: KnowsConcepts, cases: Cases[Any]) -> None:
    for name, shares in subject.concepts(cases, (4, 4)).items():
        assert shares.shape == (len(cases), 16), name
        known = shares[np.isfinite(shares)]
        assert known.size == 0 or (known.min() >= 0 and known.max() <= 1), name


def _check_gradients(subject: Differentiates, cases: Cases[Any]) -> None:
    images = {name: x.clone().requires_grad_() for name, x in subject.images(cases).items()}
    logits = subject.score_of(cases, images)
    assert logits.shape == (len(cases),)
    torch.autograd.backward(logits.sum())
    for name, x in images.items():
        assert x.grad is not None, name
        assert bool(torch.isfinite(x.grad).all()), name
        missing = ~torch.from_numpy(cases.present[name])
        assert not x.grad[missing].any(), f"{name} has a gradient where it is missing"
    assert any(x.grad is not None and x.grad.any() for x in images.values())


def _check_embeddings(subject: JointlyEmbeds, cases: Cases[Any]) -> None:
    words, images = subject.text_vectors(["a lesion", "no lesion"]), subject.image_vectors(cases)
    assert words.shape[1] == images.shape[1]
    assert np.allclose(np.linalg.norm(words, axis=1), 1, atol=_CLOSE)
    known = images[np.isfinite(images).all(axis=1)]
    assert np.allclose(np.linalg.norm(known, axis=1), 1, atol=_CLOSE)
