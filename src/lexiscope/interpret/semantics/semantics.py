"""The method `semantics`: what units respond to, what modalities respond to together, and what it is worth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import number
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Heatmap, Row
from lexiscope.interpret.intervals import above_chance, worded
from lexiscope.interpret.pooled import Place, require_levels
from lexiscope.interpret.result import Result
from lexiscope.interpret.semantics.ablation import Drop, ablate_classes
from lexiscope.interpret.semantics.by_masks import (
    about_dissection,
    detector_findings,
    place_rows,
    profile_map,
    row_of,
    shown_units,
)
from lexiscope.interpret.semantics.by_words import NamedUnits, about_words, best_named, chance_named, name_units
from lexiscope.interpret.semantics.charts import drop_chart, level_charts
from lexiscope.interpret.semantics.dissect import SHARE, dissect
from lexiscope.interpret.semantics.levels import LevelSemantics, level_semantics, level_semantics_of
from lexiscope.interpret.semantics.profiles import FORMULA as PROFILE_FORMULA
from lexiscope.interpret.semantics.soft_wpmi import FORMULA as WORDS_FORMULA
from lexiscope.interpret.semantics.strongest import strongest_pictures
from lexiscope.interpret.semantics.units import CLASSES, UnitClasses, class_units, detectors_of
from lexiscope.interpret.semantics.units import FORMULA as UNIT_FORMULA
from lexiscope.interpret.semantics.vocabulary import caption_words
from lexiscope.interpret.subject import FUSED, Ablates, Cases, JointlyEmbeds, KnowsConcepts, Subject

_MOST_ABLATED = 24  # cases that are asked about with units silenced
_TITLE = "What do units respond to, and do modalities respond to the same?"
_ASSUMES = (
    "Concepts are where masks, labels or captions say; units mean something one by one, and at the places where they "
    "respond most. Levels of one name stand at the same depth in every modality."
)
_CANNOT_TELL = (
    "A concept that is spread over many units stays unseen, and so does one that covers more than an eighth of the "
    "places, whose overlap with so few responses is small. A unit that overlaps with a concept may respond to what "
    "always lies there. A fall of the score says that units are used, not that what they respond to is the reason."
)
_DETECTORS = "Images that the best detectors respond to most, and where"
_NAMED = "Images that units named by words respond to most, and where"
_ONE_CONCEPT = " With a single concept, what modalities respond to cannot differ: profiles are left out."


def semantics(
    subject: Any,
    cases: Cases[Any],
    *,
    concepts: Sequence[str] | None = None,
    share: float = SHARE,
    ablate: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """What units of each modality and level respond to: by masks and labels, or by words through a joint space.

    Args:
        concepts: Words to name units by, in place of masks; without masks, those of the cases' own captions when None.
        share: Part of the places at which a unit responds.
        ablate: Level whose units are silenced; None takes the one that several modalities have with most detectors.
        seed: Seed of everything that is drawn.

    Raises:
        UsageError: the subject shows no levels, or has neither masks nor a joint space; no such level.
    """
    require_levels(subject)
    if concepts is None and isinstance(subject, KnowsConcepts):
        return _by_masks(subject, cases, share=share, ablate=ablate, seed=seed, progress=progress)
    if isinstance(subject, JointlyEmbeds):
        words = _words(cases) if concepts is None else list(concepts)
        return _by_words(subject, cases, words, ablate=ablate, seed=seed, progress=progress)
    msg = f"expected a model with masks or with a joint space of images and words, got {subject.name!r} with neither"
    raise UsageError(f"{msg}; build the corpus with masks, or align the model with its texts")


def _by_masks(
    subject: Any, cases: Cases[Any], *, share: float, ablate: str | None, seed: int, progress: Progress | None
) -> Result:
    found = dissect(subject, cases, share=share, seed=seed, progress=progress)
    if not any(one.concepts for one in found):
        msg = "expected cases with masks or labels, and nobody looked for anything in these"
        raise UsageError(f"{msg}; choose a split that has some")
    one_concept = len({name for one in found for name in one.concepts}) == 1
    measured = [place_rows(one, seed=seed) for one in found]
    best = [unit for _, units in measured for unit in units]
    levels = level_semantics(found, seed=seed)
    dead = {one.place: one.constant.nonzero()[0].tolist() for one in found}
    classes = class_units({one.place: detectors_of(one) for one in found}, dead)
    counts = {one.place: one.units for one in found}
    drops = _drops(subject, cases, classes, counts, ablate=ablate, seed=seed, progress=progress)
    return _result(
        subject,
        cases,
        rows=[row for rows, _ in measured for row in rows],
        findings=detector_findings(best),
        charts=[*profile_map(found), *strongest_pictures(subject, cases, shown_units(best), title=_DETECTORS)],
        levels=levels,
        classes=classes,
        drops=drops,
        seed=seed,
        further=about_dissection(found, share),
        formula={**UNIT_FORMULA, **PROFILE_FORMULA},
        cannot_tell=_CANNOT_TELL + (_ONE_CONCEPT if one_concept else ""),
    )


def _by_words(
    subject: Any, cases: Cases[Any], words: Sequence[str], *, ablate: str | None, seed: int, progress: Progress | None
) -> Result:
    if len(words) < 2:
        msg = f"expected two or more words that some captions use and others do not, got {list(words)}"
        raise UsageError(f"{msg}; name them (concepts=...) or choose a split with captions")
    named = name_units(subject, subject, cases, words, seed=seed, progress=progress)
    if not named:
        raise UsageError("expected ten or more cases with images to name units by, got fewer; choose a larger split")
    classes = class_units({one.place: one.named for one in named}, {one.place: one.dead for one in named})
    counts = {one.place: len(one.scores) for one in named}
    profiles = {one.place: one.profile() for one in named}
    return _result(
        subject,
        cases,
        rows=[row for one in named for row in _named_rows(one)],
        findings=[],
        charts=[_word_map(named), *strongest_pictures(subject, cases, best_named(named), title=_NAMED)],
        levels=level_semantics_of(profiles),
        classes=classes,
        drops=_drops(subject, cases, classes, counts, ablate=ablate, seed=seed, progress=progress),
        seed=seed,
        further=about_words(named),
        formula={"SoftWPMI": WORDS_FORMULA, **PROFILE_FORMULA, "s_mc for words": "units of modality m named c"},
    )


def _result(
    subject: Any,
    cases: Cases[Any],
    *,
    rows: Sequence[Row],
    findings: Sequence[str],
    charts: Sequence[Any],
    levels: Sequence[LevelSemantics],
    classes: Mapping[Place, UnitClasses],
    drops: Sequence[Drop],
    seed: int,
    further: Mapping[str, Any],
    formula: Mapping[str, str],
    cannot_tell: str = _CANNOT_TELL,
) -> Result:
    return Result(
        method="semantics",
        title=_TITLE,
        rows=[*rows, *_level_rows(levels), *_class_rows(classes), *_drop_rows(drops)],
        findings=[*findings, *_level_findings(levels), *_drop_findings(drops, getattr(subject, "score", "score"))],
        charts=[*level_charts(levels), *drop_chart(drops, getattr(subject, "score", "score")), *charts],
        assumes=_ASSUMES,
        cannot_tell=cannot_tell,
        about=about(subject, cases, seed=seed, **further),
        formula=formula,
        sample=f"units are silenced in {_MOST_ABLATED} of {len(cases)} cases, evenly spread over their order"
        if drops and len(cases) > _MOST_ABLATED
        else "",
    )


def _words(cases: Cases[Any]) -> list[str]:
    captions = [" ".join(text.text for text in case.statements) for case in cases.items if isinstance(case, Case)]
    return caption_words([caption for caption in captions if caption])


def _drops(
    subject: Any,
    cases: Cases[Any],
    classes: Mapping[Place, UnitClasses],
    counts: Mapping[Place, int],
    *,
    ablate: str | None,
    seed: int,
    progress: Progress | None,
) -> list[Drop]:
    """Drops at one level, where the subject answers and lets units be silenced."""
    levels = [level for branch, level in classes if branch != FUSED]
    if ablate is not None and ablate not in levels:
        raise UsageError(f"expected a level of the modalities ({', '.join(dict.fromkeys(levels))}), got {ablate!r}")
    if not levels or not isinstance(subject, Ablates) or not isinstance(subject, Subject):
        return []
    level = ablate or _most_detectors(levels, classes)
    rows = np.linspace(0, len(cases) - 1, min(len(cases), _MOST_ABLATED)).astype(int)
    return ablate_classes(subject, cases.take(rows), level, classes, counts, seed=seed, progress=progress)


def _most_detectors(levels: Sequence[str], classes: Mapping[Place, UnitClasses]) -> str:
    """The level of several modalities, or of one where there is but one, with most detectors; the last among equals."""
    shared = [level for level in dict.fromkeys(levels) if levels.count(level) > 1] or list(levels)
    counts = [
        sum(len(of.detectors) for (branch, at), of in classes.items() if at == level and branch != FUSED)
        for level in shared
    ]
    return max(zip(counts, range(len(shared)), shared, strict=True))[2]


def _level_rows(levels: Sequence[LevelSemantics]) -> list[Row]:
    rows = []
    for one in levels:
        everywhere = "all modalities", one.level
        rows.append(row_of(everywhere, "variance", "profiles", one.variance))
        rows.append(row_of(everywhere, "consistency", "profiles", one.consistency))
        rows += [row_of((name, one.level), "speciality", "profile", value) for name, value in one.speciality.items()]
    return rows


def _class_rows(classes: Mapping[Place, UnitClasses]) -> list[Row]:
    return [
        row_of(place, "units", name, Estimate(float(len(of.units[name])), None, None, None))
        for place, of in classes.items()
        for name in CLASSES
        if place[0] != FUSED or name == "dead"
    ]


def _drop_rows(drops: Sequence[Drop]) -> list[Row]:
    rows = []
    for one in drops:
        everywhere = "all modalities", one.level
        rows.append(row_of(everywhere, "drop", f"{one.count} {one.units} units", one.drop))
        rows.append(row_of(everywhere, "drop beyond random units", f"{one.count} {one.units} units", one.beyond_random))
    return rows


def _named_rows(one: NamedUnits) -> list[Row]:
    count = Estimate(float(len(one.named)), None, None, chance_named(one), n=one.cases)
    best = sorted(one.named, key=lambda unit: -float(one.scores[unit].max()))[:5]
    units = [
        row_of(
            one.place,
            "SoftWPMI",
            f"unit {unit}: {one.named[unit]}",
            Estimate(float(one.scores[unit].max()), None, None, one.limit, n=one.cases),
        )
        for unit in best
    ]
    return [row_of(one.place, "named units", "all words", count), *units]


def _word_map(named: Sequence[NamedUnits]) -> Heatmap:
    values = np.stack([one.profile() for one in named], axis=1)  # (c, places)
    most = np.argsort(-values.max(axis=1), kind="stable")[:20]
    words = [named[0].words[row] for row in most]
    return Heatmap("Words that name units, by place", words, [" · ".join(one.place) for one in named], values[most])


def _level_findings(levels: Sequence[LevelSemantics]) -> list[str]:
    """Where modalities differ beyond chance, and how that changes from the first shared level to the last."""
    told = [
        f"At {one.level}, modalities respond to different things: consistency {worded(one.consistency)}, where "
        f"concepts of other cases give at least {number(one.null[0])}."
        for one in levels
        if one.null is not None and one.consistency.high is not None and one.consistency.high < one.null[0]
    ]
    if len(levels) > 1:
        told += _change("consistency over modalities", levels, [one.consistency for one in levels])
        told += _changes_of_speciality(levels)
    return told


def _changes_of_speciality(levels: Sequence[LevelSemantics]) -> list[str]:
    """Those of modalities whose numbers are the same, as they are of two, in one sentence."""
    names: dict[tuple[float | None, ...], list[str]] = {}
    for branch in levels[0].speciality:
        line = [one.speciality[branch] for one in levels if branch in one.speciality]
        names.setdefault(tuple(None if one.value is None else round(one.value, 9) for one in line), []).append(branch)
    told = []
    for same in names.values():
        line = [one.speciality[same[0]] for one in levels if same[0] in one.speciality]
        told += _change(f"speciality of {' and of '.join(same)}", levels, line)
    return told


def _change(what: str, levels: Sequence[LevelSemantics], line: Sequence[Estimate]) -> list[str]:
    first, last = line[0], line[-1]
    if first.low is None or first.high is None or last.low is None or last.high is None:
        return []
    way = "grows" if last.low > first.high else "falls" if last.high < first.low else None
    if way is None:
        return []
    return [f"From {levels[0].level} to {levels[-1].level}, {what} {way}: {worded(first)}, then {worded(last)}."]


def _drop_findings(drops: Sequence[Drop], score: str) -> list[str]:
    return [
        f"Without the {one.count} {one.units} units of {one.level}, {score} falls by {worded(one.drop)}, beyond that "
        f"of as many random units by {worded(one.beyond_random)}."
        for one in drops
        if above_chance(one.beyond_random)
    ]
