"""Structures of held-out cases outlined by sentences, with each image left out, and a measurement of the outlines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.demo.cases import shown_modalities, spread
from lexiscope.demo.measuring import report_or_none
from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.evaluate.report.page import OutlinedStructure, ShownCase
from lexiscope.evaluate.report.pictures import outlined_pictures
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.segment.delineate import Delineator
from lexiscope.tasks.segment.found_mask import FoundMask
from lexiscope.tasks.segment.voxel_input import VoxelInput

_PRESENT, _ABSENT = 2, 1  # cases a structure: with it, and searched for it in vain
_MOSTLY = 0.5  # DSC
_MEASURED = 32  # cases: an impression, not a study


@dataclass(frozen=True, slots=True)
class Outline:
    """Mask that a sentence found in one case, against the true one.

    Args:
        case: Id of the case.
        structure: Structure that was asked for.
        sentence: Sentence that was asked.
        present: True where something was outlined.
        truly: True where there is something to outline.
        size: Size of the outlined structure in words.
        true_size: Size of the true one.
        dsc: Overlap with the true mask; None where the structure is absent.
        without: Modality -> the same overlap when the model is not given that image; None likewise.
    """

    case: str
    structure: str
    sentence: str
    present: bool
    truly: bool
    size: str
    true_size: str
    dsc: float | None
    without: Mapping[str, float | None]

    @property
    def right(self) -> bool:
        """True where a structure that is there is mostly overlapped, and an absent one is said to be absent."""
        return (self.dsc or 0.0) >= _MOSTLY if self.truly else not self.present

    @property
    def outcome(self) -> str:
        """What came out, in words.

        Example:
            >>> Outline("c1", "cyst", "the cyst", True, True, "9 ml", "8 ml", 0.9, {}).outcome
            'outlined 9 ml, truly 8 ml; DSC 0.90'
            >>> Outline("c1", "cyst", "the cyst", False, False, "0 ml", "0 ml", None, {}).outcome
            'said to be absent, which is right'
        """
        if not self.truly:
            return f"outlined {self.size} where there is none" if self.present else "said to be absent, which is right"
        if not self.present:
            return f"said to be absent; truly {self.true_size}"
        return f"outlined {self.size}, truly {self.true_size}; DSC {self.dsc or 0.0:.2f}"

    @property
    def alone(self) -> str:
        """What each image left out does to the overlap, in words; empty where nothing can be left out."""
        told = [f"without {name} {value:.2f}" for name, value in self.without.items() if value is not None]
        return f"DSC {', '.join(told)}" if told else ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class DemoOutlines:
    """Outlines of structures that sentences name.

    Args:
        outlines: Sentences with what they found.
        shown: The same as the page shows it.
        measured: Report of segmentation; None where nothing could be measured.
        outcome: All of it in one line.
    """

    outlines: tuple[Outline, ...] = ()
    shown: tuple[OutlinedStructure, ...] = ()
    measured: Report | None = None
    outcome: str = "no segmenter, so nothing was outlined"


def outline(
    model: ModelDirectory,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    split: str,
    seed: int,
    progress: Progress | None,
) -> DemoOutlines:
    """Outline structures of some held-out cases, and measure masks of many, with every image and without each."""
    if not model.has("segmenter"):
        return DemoOutlines()
    options = {"limit": _MEASURED, "sentence": "own"}
    measured = report_or_none(model, corpus, task="segment", split=split, seed=seed, progress=progress, **options)
    made = []
    with Delineator.open(model, progress=progress) as delineator:
        reads = delineator.content.grid.channels
        seen = [case for case in cases if reads.keys() & case.images.keys()]
        modalities = [name for name in shown_modalities(seen) if name in reads]
        for case, structure in asked(seen, tuple(delineator.content.structures)):
            made.append(_outline(delineator, corpus, case, structure, modalities=modalities))
    outlines = tuple(one for one, _ in made)
    return DemoOutlines(outlines, tuple(page for _, page in made), measured, _outcome(outlines, measured))


def asked(cases: Sequence[Case], structures: Sequence[str]) -> list[tuple[Case, str]]:
    """Cases with the structure that each is asked for: some that have it and one that has not, of different groups.

    They are taken evenly over the cohort, those with the most images before others, and never by how well they go.
    """
    chosen: list[tuple[Case, str]] = []
    for structure in structures:
        annotated = [case for case in cases if structure in case.masks]
        for there, n in ((True, _PRESENT), (False, _ABSENT)):
            alike = [case for case in annotated if (case.masks[structure].marked != 0) is there]
            used = {case.group for case, _ in chosen}
            fullest = _fullest([one for one in alike if one.group not in used])
            chosen += [(case, structure) for case in spread(fullest, n)]
    return chosen


def _fullest(cases: Sequence[Case]) -> list[Case]:
    """Cases with the most images."""
    most = max((len(case.images) for case in cases), default=0)
    return [case for case in cases if len(case.images) == most]


def _outline(
    delineator: Delineator, corpus: Corpus, case: Case, structure: str, *, modalities: Sequence[str]
) -> tuple[Outline, OutlinedStructure]:
    """One structure asked for with all images and without each of them, and what the page shows of it."""
    given, truth = _read(delineator, corpus, case, structure)
    every = sorted(given.prepared.images)
    name = delineator.content.structures[structure].wordings[0]
    written = case if truth.any() else replace(case, texts=(), turns=())  # an instruction may tell that nothing is seen
    found = _find(delineator, given, every, _sentence(written, structure, every, name=name))
    without = {
        gone: _find(delineator, given, kept, _sentence(written, structure, kept, name=name))
        for gone in every
        if (kept := [one for one in every if one != gone])
    }
    overlaps = {gone: _overlap(one, truth) for gone, one in without.items()}
    made = Outline(
        case.id,
        structure,
        found.sentence,
        found.present,
        bool(truth.any()),
        _size(found),
        _size(replace(found, mask=truth)),
        _overlap(found, truth),
        overlaps,
    )
    cards = [_card(case, corpus, made.outcome, found, truth, modalities=modalities)]
    if without:
        worst = min(without, key=lambda name: (overlaps[name] or 0.0, name))
        left = replace(made, present=without[worst].present, size=_size(without[worst]), dsc=overlaps[worst])
        text = f"Without {worst}: {left.outcome}"
        cards.append(_card(case, corpus, text, without[worst], truth, modalities=modalities, left_out=(worst,)))
    told = f"{made.outcome}. {made.alone}".rstrip(". ")
    return made, OutlinedStructure(structure, found.sentence, told, made.right, tuple(cards))


def _read(delineator: Delineator, corpus: Corpus, case: Case, structure: str) -> tuple[VoxelInput, np.ndarray]:
    """A case on the grid of its true mask, and that mask, `(z, y, x)`."""
    given, mask = Delineator.read(delineator.model, case.id, corpus=corpus), case.masks[structure]
    grid = delineator.content.grid
    measured = MeasuredCase.read(corpus, case, modalities=grid.channels, structures=(structure,))
    laid = replace(given, prepared=measured.prepared(grid), spacing=mask.spacing, unit=mask.unit)
    return laid, measured.truth()[structure]


def _sentence(case: Case, structure: str, shown: Sequence[str], *, name: str) -> str:
    """The case's own instruction, where one tells of nothing but the images shown, else the structure's name."""
    own = instructions_of(case, structure, present=shown)
    return own[0].text if own else name


def _find(delineator: Delineator, given: VoxelInput, kept: Sequence[str], sentence: str) -> FoundMask:
    images = {name: given.prepared.images[name] for name in kept}
    shown = replace(given, prepared=replace(given.prepared, images=images))
    ((found, _),) = delineator.delineate(shown, [sentence])
    return found


def _overlap(found: FoundMask, truth: np.ndarray) -> float | None:
    return dice(found.mask, truth) if truth.any() else None


def _card(
    case: Case,
    corpus: Corpus,
    text: str,
    found: FoundMask,
    truth: np.ndarray,
    *,
    modalities: Sequence[str],
    left_out: Sequence[str] = (),
) -> ShownCase:
    pictures = outlined_pictures(
        case, corpus=corpus, modalities=modalities, found=found.mask, truth=truth, left_out=left_out
    )
    return ShownCase(case.id, case.group, text, pictures, score=found.score)


def _size(found: FoundMask) -> str:
    """Volume or area of a mask in words.

    Example:
        >>> _size(FoundMask("the cyst", "cyst", np.ones((2, 50, 50), bool), True, 0.9, (1.0, 1.0, 1.0), "mm"))
        '5.0 ml'
    """
    told = found.to_dict()
    if "volume_ml" in told:
        return f"{told['volume_ml']:.1f} ml"
    return f"{told['area_um2']:,.0f} µm²" if "area_um2" in told else f"{told['voxels']:,} pixels"


def _outcome(outlines: Sequence[Outline], measured: Report | None) -> str:
    if measured is None:
        return f"{len(outlines)} sentences asked; no masks to measure with"
    dsc, wrong = measured.metric("mean_dsc"), measured.metric("absent_false_positive_rate")
    chance = "" if dsc.chance is None else f"; painting everything {dsc.chance:.2f}"
    painted = "" if wrong.value is None else f"; {wrong.value:.0%} of absent structures painted"
    return f"mean DSC {dsc.value or 0.0:.2f} on {measured.n} held-out cases{chance}{painted}"
