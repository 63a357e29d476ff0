"""`contribution`: what each input adds, for every way of taking it away."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Row
from lexiscope.interpret.contribution.quantities import (
    ALL,
    BESIDE,
    COOPERATION,
    EVERYTHING,
    MM_SHAP,
    NOTHING,
    PERCEPTUAL,
    SHAPLEY,
    SHAPLEY_ACCURACY,
)
from lexiscope.interpret.contribution.shape import cooperation
from lexiscope.interpret.contribution.shares import mm_shap_shares, perceptual_scores
from lexiscope.interpret.contribution.table import Table, coalition_table
from lexiscope.interpret.contribution.wording import contribution_charts, contribution_findings
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.result import Result
from lexiscope.interpret.some_cases import drawn_in_words
from lexiscope.interpret.subject import Cases, Removal, Subject

REMOVALS: tuple[Removal, ...] = ("missing", "zeros", "marginal")

_SHOWN = 8  # cases given one by one

_Measured: TypeAlias = dict[tuple[str, str], Estimate]


def contribution(
    subject: Subject,
    cases: Cases[Any],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cached: Subject | None = None,
    removals: Sequence[Removal] = REMOVALS,
    draws: int = 4,
) -> Result:
    """What each input adds to the subject's score, per case and over all of them.

    Args:
        subject: Model that is asked.
        cases: Cases that it is asked about.
        seed: Seed of donors, sampled coalitions and resampling.
        progress: Called with the number of cases done, once for each way of removal.
        cached: The same subject, such as a `CachedSubject` that knows what other methods asked; `subject` itself when
            None.
        removals: Ways in which inputs are taken away; the first is the one that charts and findings speak of.
        draws: Donors of each case for "marginal".

    Raises:
        UsageError: no cases, no way of removal that the subject knows, or more than ten inputs without shapiq.

    Example:
        >>> from lexiscope.interpret.result import cell
        >>> from lexiscope.testing.interpretables import PlantedSubject
        >>> subject = PlantedSubject(rule="first")
        >>> result = contribution(subject, subject.cases(60), removals=("missing",))
        >>> [(row["input"], cell(row["missing"])) for row in result.rows[2:4]]
        [('a', '0.482 [0.482, 0.482] (chance 0.000)'), ('b', '0.000 [0.000, 0.000] (chance 0.000)')]
    """
    tables, refused = _tables(cached or subject, cases, removals, draws=draws, seed=seed, progress=progress)
    phi = {removal: table.shapley(table.score) for removal, table in tables.items()}
    measured = {
        removal: _measured(table, phi[removal], cases, swapped=removal == "marginal", seed=seed)
        for removal, table in tables.items()
    }
    first = next(iter(tables))
    shown, which = _hardest(tables[first], subject.score)
    rows = [*_rows(subject, cases, measured), *_case_rows(subject, cases, phi, shown)]
    ahead = _ahead(phi[first], subject.inputs, cases.groups, seed=seed)
    return Result(
        method="contribution",
        title="What does each input add?",
        rows=rows,
        findings=contribution_findings(measured, subject.inputs, ahead=ahead, score=subject.score),
        charts=contribution_charts(
            measured,
            subject.inputs,
            score=subject.score,
            cases={cases.ids[row]: phi[first][row] for row in shown},
            which=which,
        ),
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL,
        about=about(
            subject,
            cases,
            seed=seed,
            **{
                "score": subject.score,
                "donors of each case": draws,
                "coalitions": len(tables[first].kept),
                "left out": refused,
            },
        ),
        formula=_FORMULA,
        sample=_sample(tables, subject.inputs, draws=draws, seed=seed),
    )


def _sample(tables: Mapping[Removal, Table], inputs: tuple[str, ...], *, draws: int, seed: int) -> str:
    """What was drawn: cases that stand in, and subsets of inputs where there are too many."""
    told = []
    if "marginal" in tables:
        told.append(f"marginal: {draws} cases of other groups stand in for each case, drawn (seed {seed})")
    asked = len(next(iter(tables.values())).kept)
    told.append(drawn_in_words(asked, 2 ** len(inputs), "subsets of the inputs", seed=seed))
    return "; ".join(filter(None, told))


def case_contributions(
    subject: Subject,
    cases: Cases[Any],
    *,
    removal: Removal = "missing",
    draws: int = 4,
    seed: int = 0,
    progress: Progress | None = None,
) -> Float[np.ndarray, "n m"]:
    """Shapley value of each of `subject.inputs` for the score of each case.

    Raises:
        UsageError: no cases, "marginal" with a single case, or more than ten inputs without shapiq.

    Example:
        >>> from lexiscope.testing.interpretables import PlantedSubject
        >>> subject = PlantedSubject(rule="xor")
        >>> case_contributions(subject, subject.cases(1)).round(2).tolist()
        [[0.24, 0.24]]
    """
    table = coalition_table(subject, cases, removal=removal, seed=seed, draws=draws, progress=progress)
    return table.shapley(table.score)


def _tables(
    subject: Subject,
    cases: Cases[Any],
    removals: Sequence[Removal],
    *,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> tuple[dict[Removal, Table], dict[str, str]]:
    """A table for each way of removal that the subject knows, and why others are left out."""
    tables, refused = {}, {}
    for removal in removals:
        try:
            tables[removal] = coalition_table(
                subject, cases, removal=removal, seed=seed, draws=draws, progress=progress
            )
        except UsageError as error:
            refused[str(removal)] = str(error)
    if not tables:
        raise UsageError("; ".join(refused.values()) or "expected at least one way of removal, got none")
    return tables, refused


def _measured(table: Table, phi: Float[np.ndarray, "n m"], cases: Cases[Any], *, swapped: bool, seed: int) -> _Measured:
    """Quantity and input (`ALL` where it is of none alone) -> estimate."""
    groups = cases.groups
    ends = table.score[:, [table.nothing, table.everything]]
    levels = bootstrap_means(ends, groups, seed=seed)
    measured = dict(zip([(NOTHING, ALL), (EVERYTHING, ALL)], levels, strict=True))
    measured |= _named(SHAPLEY, table.inputs, bootstrap_means(phi, groups, chance=0.0, seed=seed))
    measured |= _named(BESIDE, table.inputs, _beside(table, cases, seed=seed))
    value = table.score if table.correct is None else table.correct
    together = cooperation(value[:, table.nothing], value[:, table.alone], value[:, table.everything])
    measured |= _named(COOPERATION, [ALL], bootstrap_means(together[:, None], groups, chance=0.0, seed=seed))
    if table.correct is not None:
        accuracy = bootstrap_means(table.shapley(table.correct), groups, chance=0.0, seed=seed)
        measured |= _named(SHAPLEY_ACCURACY, table.inputs, accuracy)
    if table.correct is not None and swapped:
        right = table.correct[:, [*table.without, table.everything]]
        perceived = bootstrap_means(right, groups, of=perceptual_scores, chance=0.0, seed=seed)
        measured |= _named(PERCEPTUAL, table.inputs, perceived)
    if table.said is not None:
        shares = bootstrap_means(mm_shap_shares(table.shapley(table.said)), groups, seed=seed)
        measured |= _named(MM_SHAP, table.inputs, shares)
    return measured


def _beside(table: Table, cases: Cases[Any], *, seed: int) -> list[Estimate]:
    """What the score loses when one input is taken from all, over the cases that have the input."""
    made = []
    for name, without in zip(table.inputs, table.without, strict=True):
        rows = np.flatnonzero(cases.present.get(name, np.ones(len(cases), dtype=bool))).tolist()
        lost = (table.score[:, table.everything] - table.score[:, without])[rows]
        groups = [cases.groups[row] for row in rows]
        made += bootstrap_means(lost[:, None], groups, chance=0.0, seed=seed) if rows else [Estimate.nothing()]
    return made


def _named(quantity: str, inputs: Sequence[str], estimates: Sequence[Estimate]) -> _Measured:
    return {(quantity, name): estimate for name, estimate in zip(inputs, estimates, strict=True)}


def _ahead(
    phi: Float[np.ndarray, "n m"], inputs: tuple[str, ...], groups: Sequence[str], *, seed: int
) -> tuple[str, str, Estimate] | None:
    """The two inputs that add most, and by how much the first is ahead."""
    if len(inputs) < 2:
        return None
    second, first = np.argsort(phi.mean(axis=0))[-2:]
    (gap,) = bootstrap_means((phi[:, first] - phi[:, second])[:, None], groups, chance=0.0, seed=seed)
    return inputs[first], inputs[second], gap


def _hardest(table: Table, score: str) -> tuple[list[int], str]:
    """Cases the model is least sure of, or those with the lowest score where it does not say; and which, in words."""
    values, which = table.said, "the model is least sure of"
    if values is None:
        values, which = table.score, f"with the lowest {score}"
    return [int(row) for row in np.argsort(values[:, table.everything], kind="stable")[:_SHOWN]], which


def _rows(subject: Subject, cases: Cases[Any], measured: Mapping[Removal, _Measured]) -> list[Row]:
    names = [NOTHING, EVERYTHING, SHAPLEY, BESIDE, SHAPLEY_ACCURACY, COOPERATION, PERCEPTUAL, MM_SHAP]
    keys = [(quantity, name) for quantity in names for name in (*subject.inputs, ALL)]
    return [
        {
            "case": ALL,
            "quantity": quantity,
            "input": name,
            "cases with it": float(cases.present[name].mean()) if name in cases.present else None,
            **{removal: found.get((quantity, name)) for removal, found in measured.items()},
        }
        for quantity, name in keys
        if any((quantity, name) in found for found in measured.values())
    ]


def _case_rows(
    subject: Subject, cases: Cases[Any], phi: Mapping[Removal, Float[np.ndarray, "n m"]], shown: Sequence[int]
) -> list[Row]:
    return [
        {
            "case": cases.ids[row],
            "quantity": SHAPLEY,
            "input": name,
            "cases with it": float(cases.present[name][row]) if name in cases.present else None,
            **{removal: float(values[row, number]) for removal, values in phi.items()},
        }
        for row in shown
        for number, name in enumerate(subject.inputs)
    ]


_ASSUMES = (
    "That the model without an input behaves as it would had the input never been there. Three ways of taking an "
    "input away stand side by side: the model's own way of doing without (missing), zeros in its place (zeros), and "
    "the input of a case of another group (marginal). Where they disagree, believe the first only if the model was "
    "trained with inputs missing. With nothing left, the model is taken to say what it would say knowing nothing: the "
    "share of each class in training, an empty mask."
)
_CANNOT_TELL = (
    "Whether an input holds information that this model did not learn to use; a contribution of zero is a fact about "
    "the model, not about the sequence. Two inputs that say the same share their contribution evenly, so that a low "
    "value does not say that an input is useless alone. Intervals are over the cases' groups, one at a time, and not "
    "over trainings of the model."
)
_FORMULA = {
    SHAPLEY: "sum over S without i of |S|! (M-|S|-1)! / M! [v(S+i) - v(S)], v the mean score with the inputs S alone",
    BESIDE: "v(all) - v(all without i), over the cases that have i: what taking i from all the others costs",
    SHAPLEY_ACCURACY: (
        "the Shapley value of the accuracy (SHAPE, arXiv 2205.00302); of searches of recall@1, whether an own text "
        "comes first"
    ),
    COOPERATION: (
        "v(all) - v(nothing) - sum over i of [v(i) - v(nothing)], v the accuracy, or the score where there is none; "
        "v(nothing) is that of the likeliest class in training (the convention of InterSHAP's authors)"
    ),
    PERCEPTUAL: (
        "(accuracy - accuracy with input i of a case of another group) / accuracy (Gat et al. 2021, who permute; a "
        "permutation may hand an input to another case of the same patient, ours never does)"
    ),
    MM_SHAP: "mean over cases of |phi_i| / sum |phi_j|, phi of the probability of what the model says (ACL 2023)",
}
