"""`compose`: what the demo did as the nouns of the report page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.record import installed_versions
from lexiscope.corpus.store import Corpus
from lexiscope.demo.answers import DemoAnswers
from lexiscope.demo.cases import show, shown_modalities
from lexiscope.demo.interpreting import DemoInterpretation
from lexiscope.demo.outlines import DemoOutlines
from lexiscope.demo.questions import Question
from lexiscope.evaluate.report.charts import Curve
from lexiscope.evaluate.report.page import Check, Gallery, Page, ShownCase, Step, Tile
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.report.tables import Table
from lexiscope.evaluate.search.agreement import Agreement
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.align.config import IMAGE_TOWER, TEXT_TOWER, AlignConfig
from lexiscope.training.loop.log import read_metrics


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the demo did and measured.

    Args:
        data: Name of the folder that was read; None for the simulated cohort.
        cases: All cases.
        corpus: The corpus.
        model: The model.
        config: Settings of aligning.
        seed: Seed of the cohort and of all measurements.
        steps: Steps in their order.
        galleries: Queries in words with the cases found.
        search: Report of search.
        agreement: Agreement of cases found with what the words say.
        classification: Report of classification.
        answers: Answers and captions of the assistant.
        outlines: Structures outlined by sentences.
        interpretation: How the model uses its inputs.
        seconds: Seconds from start to page.
    """

    data: str | None
    cases: Sequence[Case]
    corpus: Corpus
    model: ModelDirectory
    config: AlignConfig
    seed: int
    steps: tuple[Step, ...]
    galleries: tuple[Gallery, ...]
    search: Report
    agreement: Agreement | None
    classification: Report | None
    answers: DemoAnswers
    outlines: DemoOutlines
    interpretation: DemoInterpretation
    seconds: float


def compose(found: Findings) -> Page:
    """Make the whole page."""
    modalities = shown_modalities(found.cases)
    return Page(
        title="A cohort searched in words" if found.data is None else f"{found.data}, searched in words",
        lead=_lead(found.data, len(found.cases), outlined=bool(found.outlines.outlines)),
        tiles=tiles(found.cases, found.search, seconds=found.seconds),
        steps=found.steps,
        examples=tuple(show(case, corpus=found.corpus, modalities=modalities) for case in _examples(found.cases)),
        galleries=found.galleries,
        outlines=found.outlines.shown,
        answers=found.answers.answers,
        captions=found.answers.captions,
        tables=(
            *tables(found.search, found.agreement),
            *outline_tables(found.outlines.measured),
            *task_tables(found.classification, found.answers.measured, found.answers.described),
        ),
        subjects=found.interpretation.shown,
        curves=curves(read_metrics(found.model.path / "training" / "align" / "metrics.jsonl")),
        provenance=_provenance(found),
        notes=_notes(found.search, simulated=found.data is None),
    )


def gallery(
    question: Question, hits: Sequence[tuple[Case, float]], *, searched: Sequence[Case], corpus: Corpus
) -> Gallery:
    """Gallery of a question: the cases found with their scores, and how often a guess would be right.

    Args:
        question: Words to search with, and what a right answer has.
        hits: Cases found with their scores, best first.
        searched: All cases that could have been found.
        corpus: Corpus of the cases.
    """
    modalities = shown_modalities(searched)
    shown = []
    for case, score in hits:
        plain = show(case, corpus=corpus, modalities=modalities)
        shown.append(
            ShownCase(plain.case, plain.group, plain.text, plain.pictures, score=score, checks=_checks(question, case))
        )
    return Gallery(question.words, tuple(shown), chance=float(np.mean([question.fits(case) for case in searched])))


def tables(search: Report, agreement: Agreement | None) -> tuple[Table, ...]:
    """Retrieval in both directions and, where cases have attributes, whether what is found shows the same thing."""
    over = f"{search.n} cases of {search.groups} groups, split {search.split}"
    to_image, to_text = search.branch("text_to_image"), search.branch("image_to_text")
    made = [
        Table.of("From words to the picture", to_image, note=f"The one right case; {over}."),
        Table.of("From a picture to its words", to_text, note=f"The one right text; {over}."),
    ]
    if agreement is not None:
        note = f"Of the first {agreement.k} cases of other groups, the share that has the same as the text says."
        made.append(Table.of("Finding what the words mean", agreement.metrics, note=note))
    return tuple(made)


def task_tables(
    classification: Report | None, answers: Report | None, captions: Report | None = None
) -> tuple[Table, ...]:
    """Classes, answers and captions, each beside what needs no image."""
    made = []
    if classification is not None:
        majority = classification.baseline("majority", "probe_balanced_accuracy").value
        attribute = classification.sections["attribute"]
        note = f"{attribute}, {classification.n} cases; always the commonest: {majority:.2f}."
        made.append(Table.of("Telling classes", classification.metrics, note=note))
    if answers is not None:
        alone = answers.baseline("question_only", "exact_match").value
        note = f"{answers.n} questions; from the question alone {alone:.2f} match. {' '.join(answers.verdicts)}"
        made.append(Table.of("Answering", answers.metrics, note=note))
    if captions is not None:
        note = f"{captions.n} cases. {' '.join(captions.notes)} {'. '.join(captions.verdicts)}."
        made.append(Table.of("Describing", captions.metrics, note=note))
    return tuple(made)


def outline_tables(segmentation: Report | None) -> tuple[Table, ...]:
    """Outlines of each structure with every image, and the mean without each of them."""
    if segmentation is None:
        return ()
    over = f"{segmentation.n} cases of {segmentation.groups} groups, split {segmentation.split}"
    swapped = ""
    if "other_sentence" in segmentation.baselines:
        swapped = f" Asked for another structure: {segmentation.baseline('other_sentence', 'mean_dsc').value:.2f}."
    note = f"{over}; distances in {segmentation.sections['unit']}. Chance is painting everything.{swapped}"
    left_out = {f"without {name}": {"dsc": value} for name, value in segmentation.sections.get("without", {}).items()}
    made = [Table.of("Outlining what a sentence names", segmentation.metrics, note=note)]
    if left_out:
        with_all = {"with every image": {"dsc": segmentation.metric("mean_dsc")}}
        note = "Mean DSC when the image is hidden from the model; nothing was fitted again."
        made.append(Table.of("Outlining with an image left out", {**with_all, **left_out}, note=note))
    return tuple(made)


def curves(log: Sequence[Mapping[str, Any]]) -> tuple[Curve, ...]:
    """Loss and validation by epoch, from the lines of a training log."""
    losses, chance_levels, scores = defaultdict(list), [], []
    for line in log:
        if "validation" in line:
            scores.append((float(line["epoch"]), line["validation"]))
        elif line.get("loss") is not None:
            losses[line["epoch"]].append(line["loss"])
            chance_levels.append(line["chance"])
    made = []
    if losses:
        points = [(float(epoch), float(np.mean(values))) for epoch, values in losses.items()]
        made.append(Curve("Contrastive loss", "epoch", {"training": points}, chance=float(np.mean(chance_levels))))
    if scores:
        name = "text_to_image_recall@10"
        points = [(epoch, metrics[name]) for epoch, metrics in scores]
        chance = scores[0][1].get(f"{name}_chance")
        made.append(Curve("Recall@10 on held-out val", "epoch", {"words to picture": points}, chance=chance))
    return tuple(made)


def tiles(cases: Sequence[Case], search: Report, *, seconds: float) -> tuple[Tile, ...]:
    """The numbers that the page opens with."""
    images = sum(len(case.images) for case in cases)
    modalities = {name for case in cases for name in case.images}
    recall = search.metric("text_to_image", "recall@10")
    opening = [
        Tile(f"{len(cases):,}", f"cases of {len({case.group for case in cases}):,} groups"),
        Tile(f"{images:,}", "images" if len(modalities) == 1 else f"images of {len(modalities)} modalities"),
    ]
    if len(modalities) > 1:
        missing = 1 - images / (len(cases) * len(modalities))
        opening.append(Tile(f"{missing:.0%}", "of the images were never acquired"))
    return (
        *opening,
        Tile(f"{recall.value:.0%}", f"found in the first 10 by words; chance {recall.chance:.0%}"),
        Tile(f"{seconds / 60:.1f} min", "from start to this page, on this machine"),
    )


def _examples(cases: Sequence[Case]) -> list[Case]:
    """Three cases with all that the cohort has to show, of different kinds where there are kinds."""
    most = max((len(case.images) for case in cases), default=0)
    full = [case for case in cases if len(case.images) == most and case.statements]
    kinds = {case.attributes.get("kind", case.group): case for case in reversed(full)}
    return list(kinds.values())[::-1][:3]


def _lead(data: str | None, cases: int, *, outlined: bool) -> str:
    outlines = " A segmenter learned from their masks to outline in them what a sentence names." if outlined else ""
    if data is None:
        return (
            f"{cases} brain visits were simulated from the MNI152 template, with lesions, atrophy and missing scans. "
            "A model learned from the pictures and reports of most patients; then it was asked, in words, for pictures "
            f"of patients it had never met.{outlines}"
        )
    return (
        f"A model learned from the pictures and texts of {cases} cases, part of them held out by group. "
        f"It was then asked, in words, for pictures of the groups it had never met.{outlines}"
    )


def _provenance(found: Findings) -> dict[str, str]:
    licences = sorted({case.provenance.licence for case in found.cases})
    return {
        "corpus version": found.corpus.version,
        "model fingerprint": found.model.fingerprint,
        "seed": str(found.seed),
        "image tower": found.config.image or IMAGE_TOWER,
        "text tower": found.config.text or TEXT_TOWER,
        "source": ", ".join(sorted({case.provenance.source for case in found.cases})),
        "licences": "; ".join(licences[:6]) + (f" and {len(licences) - 6} more" if len(licences) > 6 else ""),
        **installed_versions(),
    }


def _notes(search: Report, *, simulated: bool) -> list[str]:
    notes = [search.rule]
    if simulated:
        notes += [
            "Simulated pictures and reports: the numbers say that the machinery works, not how it does on patients.",
            "Sex cannot be seen in these pictures: 'same sex' should stay at chance and is kept as a check.",
            "Lobes come from a coarse atlas of our own. Shown is the slice where the true mask is largest, in "
            "radiological convention: the patient's left is on the right.",
        ]
    return notes


def _checks(question: Question, case: Case) -> tuple[Check, ...]:
    if not question.wanted:
        itself = case.id == question.target
        return (Check("this text" if itself else "another text", "", itself),)
    return tuple(
        Check(name.replace("_", " "), _in_words(case.attributes.get(name)), case.attributes.get(name) == value)
        for name, value in question.wanted.items()
    )


def _in_words(value: Any) -> str:
    return "not stated" if value is None else str(value)
