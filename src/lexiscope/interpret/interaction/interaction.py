"""`interaction`: what pairs of inputs tell together, and what a model makes of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int64

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.about import about
from lexiscope.interpret.interaction.behaviour import answers, emap_gaps, model_interactions, word_maps
from lexiscope.interpret.interaction.information import (
    ANSWERS,
    ESTIMATORS,
    LABEL,
    Estimator,
    agreements,
    last_levels,
    pairs_information,
)
from lexiscope.interpret.interaction.wording import (
    ASSUMES,
    CANNOT_TELL,
    FORMULA,
    Section,
    emap_section,
    information_section,
    interaction_section,
    word_section,
)
from lexiscope.interpret.result import Result
from lexiscope.interpret.some_cases import drawn_in_words
from lexiscope.interpret.subject import Cases, Removal, Subject


def interaction(
    subject: Subject,
    cases: Cases[Any],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cached: Subject | None = None,
    estimators: Sequence[Estimator] = ("clusters", "gaussian"),
    clusters: int | None = None,
    permutations: int = 100,
    resamples: int = 60,
    removal: Removal = "missing",
    draws: int = 4,
    paired: int = 64,
    mapped: int = 2,
) -> Result:
    """How the inputs of a model work together: PID of labels and answers, InterSHAP, EMAP, words against patches.

    What a subject or its cases cannot serve is left out and named in `Result.about`.

    Args:
        subject: Model with at least two inputs.
        cases: Cases that it is asked about.
        seed: Seed of everything that is drawn.
        progress: Called with what is done.
        cached: The same subject, such as a `CachedSubject` that knows what other methods asked; `subject` itself when
            None.
        estimators: Of the parts of information: "clusters", "gaussian", and "batch", which trains small networks.
            Findings are those of the first.
        clusters: Clusters of each branch; None takes what the number of cases bears, at most 20.
        permutations: Permutations of the labels, for the parts of information.
        resamples: Resamples of the groups, likewise.
        removal: How InterSHAP takes inputs away. "marginal" is its authors'; an input of another case contradicts what
            is kept, though, and of two that say the same each then seems to need the other.
        draws: Donors of each case for "marginal".
        paired: Most cases that EMAP pairs with each other.
        mapped: Cases whose words are mapped.

    Raises:
        UsageError: fewer than two inputs, an unknown estimator, no cases, or nothing that could be measured; the
            message says why.
        MissingExtraError: cvxpy is not installed; the message holds the install line.

    Example:
        >>> from lexiscope.testing.interpretables import PlantedSubject
        >>> subject = PlantedSubject()
        >>> result = interaction(subject, subject.cases(100), estimators=["gaussian"], permutations=20, resamples=20)
        >>> result.findings[0].partition(":")[0]
        'The model needs a and b together'
    """
    _check(subject, estimators)
    cached = cached or subject

    def information() -> Section:
        branches = last_levels(subject, cases, progress=progress)
        found, left_out = pairs_information(
            branches,
            _told(cached, cases),
            cases.groups,
            estimators=estimators,
            clusters=clusters,
            permutations=permutations,
            resamples=resamples,
            seed=seed,
            progress=progress,
        )
        return information_section(found, agreements(found), spoken=estimators[0], left_out=left_out)

    def shapley() -> Section:
        found = model_interactions(cached, cases, removal=removal, draws=draws, seed=seed, progress=progress)
        return interaction_section(found, subject.inputs, score=subject.score)

    def additive() -> Section:
        return emap_section(emap_gaps(subject, cases, most=paired, seed=seed, progress=progress))

    def words() -> Section:
        return word_section(word_maps(subject, cases, most=mapped))

    steps = {"information": information, "InterSHAP": shapley, "EMAP": additive, "words x patches": words}
    sections, left_out = _tried(steps)
    return Result(
        method="interaction",
        title="How do the inputs work together?",
        rows=[row for section in sections for row in section.rows],
        findings=[sentence for section in sections for sentence in section.findings],
        charts=[chart for section in sections for chart in section.charts],
        assumes=ASSUMES,
        cannot_tell=CANNOT_TELL + _unmeasured(left_out),
        about=about(
            subject,
            cases,
            seed=seed,
            **{
                "score": subject.score,
                "estimators": list(estimators),
                "permutations": permutations,
                "resamples": resamples,
                "removal": removal,
                "donors of each case": draws,
                "left out": left_out,
                **{name: told for section in sections for name, told in section.about.items()},
            },
        ),
        formula=FORMULA,
        sample=_looked_at(cases, paired=paired, mapped=mapped, left_out=left_out, seed=seed),
    )


def _looked_at(cases: Cases[Any], *, paired: int, mapped: int, left_out: Mapping[str, str], seed: int) -> str:
    """What was looked at in some cases alone."""
    labelled = 0 if cases.truth is None else int((cases.truth >= 0).sum())
    told = []
    if "EMAP" not in left_out and (drawn := drawn_in_words(paired, labelled, "labelled cases", seed=seed)):
        told.append(f"EMAP: {drawn}")
    if "words x patches" not in left_out:
        told.append(f"words x patches: the first {min(mapped, len(cases))} of {len(cases)} cases that have words")
    return "; ".join(told)


def _unmeasured(left_out: Mapping[str, str]) -> str:
    """Sentences for what is spoken of and was not measured."""
    named = {"information": "PID", "EMAP": "EMAP"}
    reasons = {name: left_out[step].partition(";")[0] for step, name in named.items() if step in left_out}
    return "".join(f" No {name} here: {reason}." for name, reason in reasons.items())


def _tried(steps: Mapping[str, Callable[[], Section]]) -> tuple[list[Section], dict[str, str]]:
    """What could be measured, and why the rest could not."""
    sections, left_out = [], {}
    for name, measure in steps.items():
        try:
            section = measure()
        except UsageError as error:
            left_out[name] = str(error)
            continue
        sections.append(section)
        left_out |= section.left_out
    if not any(section.rows for section in sections):
        raise UsageError("; ".join(left_out.values()))
    return sections, left_out


def _told(subject: Subject, cases: Cases[Any]) -> dict[str, Int64[np.ndarray, " n"]]:
    """Classes that pairs of branches may tell of: the true ones, and those that the model gives."""
    told = {}
    if cases.truth is not None:
        told[LABEL] = cases.truth
    said = answers(subject, cases)
    if said is not None:
        told[ANSWERS] = said
    if not told:
        msg = f"expected classes of cases or of answers, got scores alone from {subject.name}; use a classifier"
        raise UsageError(msg)
    return told


def _check(subject: Subject, estimators: Sequence[Estimator]) -> None:
    if len(subject.inputs) < 2:
        msg = f"interactions expect at least 2 inputs, got {len(subject.inputs)} ({', '.join(subject.inputs)})"
        raise UsageError(f"{msg}; ask for another method")
    unknown = [name for name in estimators if name not in ESTIMATORS]
    if unknown or not estimators:
        msg = f"expected some of {', '.join(ESTIMATORS)} as estimators, got {', '.join(unknown) or 'none'}"
        raise UsageError(msg)
