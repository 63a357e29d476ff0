"""Segmentation measured: every structure of every case, absent ones, and each modality left out."""

import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.masks import read_mask
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.segmentation import MaskScores, mask_scores
from lexiscope.evaluate.segment.evaluation import SegmentOptions
from lexiscope.evaluate.segment.measure import SegmentMeasure
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.paraphrases import foreign_paraphrases, paraphrases
from lexiscope.tasks.segment.delineate import Delineator, DelineatorSettings
from lexiscope.tasks.segment.voxel_input import VoxelInput
from lexiscope.tasks.training_part import training_part


@dataclass(frozen=True)
class SegmentAnswers:
    """What the segmenter gave for each case.

    Args:
        scores: Structure -> one for each case; None where the case does not have it, or nobody annotated it.
        absent: Kind -> for each case the shares of the image that were painted, one a sentence.
        seconds: Time of each case.
    """

    scores: dict[str, list[MaskScores | None]] = field(default_factory=dict)
    absent: dict[str, list[list[float]]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class OpenSegment:
    """Segmentation, ready to be measured. Use `OpenSegment.open`."""

    context: EvaluationContext
    options: SegmentOptions
    learned_from: CorpusPart
    delineator: Delineator

    @classmethod
    def open(cls, context: EvaluationContext, options: SegmentOptions) -> "OpenSegment":
        """Load the segmenter."""
        delineator = Delineator.open(context.model, DelineatorSettings())
        return cls(context, options, training_part(context.model, part="segmenter"), delineator)

    def items(self, measured: MeasuredSplit) -> list[Case]:
        """Cases with a mask of a structure that the model learned, and an image that it reads."""
        learned, reads = self.delineator.content.structures, self.delineator.content.grid.channels
        cases = [case for case in measured.cases() if learned.keys() & case.masks.keys() and reads.keys() & case.images]
        if not cases:
            run = self.context
            msg = f"expected masks of {', '.join(learned)} in split {run.split!r} of {run.corpus.path}, found none"
            raise EvaluationError(f"{msg}; name another with --split, or train on structures of this corpus")
        limit = self.options.limit
        return cases if limit is None else [cases[i] for i in np.linspace(0, len(cases) - 1, limit).round().astype(int)]

    def answers(self, items: Sequence[Case]) -> SegmentAnswers:
        """Segment each case: the structures it has, and some that it has not."""
        answers = SegmentAnswers()
        names = tuple(self.delineator.content.structures)
        for number, case in enumerate(items):
            given, truth = self._given(case)
            foreign = self._foreign(number)
            asked = [name for name in names if name in truth]
            started = time.process_time()
            found = self._found(given, [*(self._sentence(case, name) for name in asked), *foreign])
            answers.seconds.append(time.process_time() - started)
            masks = dict(zip(asked, found, strict=False))
            self._score(answers, names, masks, truth, given)
            empty = [masks[name] for name in asked if not truth[name].any()]
            answers.absent.setdefault("annotated", []).append([float(mask.mean()) for mask in empty])
            answers.absent.setdefault("foreign", []).append([float(mask.mean()) for mask in found[len(asked) :]])
            if self.context.progress:
                self.context.progress(number + 1, len(items), "cases segmented")
        return answers

    def baselines(self, items: Sequence[Case], answers: SegmentAnswers) -> dict[str, SegmentAnswers]:
        """The same cases asked for another structure, and without each modality."""
        del answers
        runs = {"other_sentence": self._with_other_sentences(items)}
        modalities = sorted(self.delineator.content.grid.channels)
        if self.options.without and len(modalities) > 1:
            runs |= {f"without {name}": self._without(items, name) for name in modalities}
        return runs

    def measure(
        self, items: Sequence[Case], answers: SegmentAnswers, baselines: Mapping[str, SegmentAnswers]
    ) -> Measurements:
        """Scores by structure, false positives, and what each modality is worth."""
        measure = SegmentMeasure(items, self.context.seed, self.context.resamples, self._chance(items))
        parameters = self.context.model.record("segmenter")["result"]["parameters"]
        unit = next((image.unit for case in items for image in case.images.values() if image.unit), None) or "px"
        without = {
            name.removeprefix("without "): measure.mean_dsc(given.scores)
            for name, given in baselines.items()
            if name.startswith("without ")
        }
        other = baselines["other_sentence"]
        return Measurements.about(
            items,
            {
                **measure.by_structure(answers.scores, unit=unit),
                "mean_dsc": measure.mean_dsc(answers.scores),
                "absent_false_positive_rate": measure.false_positives(list(answers.absent.values())),
            },
            baselines={"other_sentence": {"mean_dsc": measure.mean_dsc(other.scores)}},
            differences={"other_sentence": {"mean_dsc": measure.difference(answers.scores, other.scores)}},
            sections={
                "without": without,
                "parameters": parameters,
                "cost": {
                    "processor_seconds": float(np.mean(answers.seconds)),
                    "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                },
                "false_positives": {kind: measure.false_positives([rows]) for kind, rows in answers.absent.items()},
                "by_case": measure.by_case(answers.scores),
                "unit": unit,
            },
        )

    def _score(
        self,
        answers: SegmentAnswers,
        names: Sequence[str],
        masks: Mapping[str, np.ndarray],
        truth: Mapping[str, np.ndarray],
        given: VoxelInput,
    ) -> None:
        spacing = (1.0, *(given.spacing or (1.0, 1.0)))[-3:]
        for name in names:
            scored = None
            if name in masks:
                scored = mask_scores(masks[name], truth[name], spacing=spacing, tolerance=self.options.tolerance)
            answers.scores.setdefault(name, []).append(scored)

    def _given(self, case: Case) -> tuple[VoxelInput, dict[str, np.ndarray]]:
        """Input of a case on the grid of its masks, and the masks."""
        corpus = self.context.corpus
        given = Delineator.read(self.context.model, case.id, corpus=corpus)
        learned = self.delineator.content.structures
        truth = {name: read_mask(corpus, case, name) for name in case.masks if name in learned}
        return given, {name: mask.reshape((1, *mask.shape)[-3:]) for name, mask in truth.items()}

    def _found(self, given: VoxelInput, sentences: Sequence[str]) -> list[np.ndarray]:
        return [found.mask for found, _ in self.delineator.delineate(given, sentences)] if sentences else []

    def _sentence(self, case: Case, structure: str) -> str:
        name: str = self.delineator.content.structures[structure].wordings[0]
        if self.options.sentence == "name":
            return name
        own = instructions_of(case, structure)
        return own[0].text if own else name

    def _foreign(self, number: int) -> list[str]:
        """Names of structures that belong to other examinations, drawn by the seed and the case's number."""
        known = tuple(self.delineator.content.structures)
        sentences = foreign_paraphrases(known)
        rng = np.random.default_rng((self.context.seed, number))
        return [str(sentence) for sentence in rng.choice(sentences, size=self.options.foreign, replace=False)]

    def _with_other_sentences(self, items: Sequence[Case]) -> SegmentAnswers:
        """Each structure against the mask of another one's sentence: one that was learned, or a foreign one."""
        answers, names = SegmentAnswers(), tuple(self.delineator.content.structures)
        for number, case in enumerate(items):
            given, truth = self._given(case)
            asked = [name for name in names if name in truth]
            others = [self._other(name, names, number) for name in asked]
            masks = dict(zip(asked, self._found(given, others), strict=True))
            self._score(answers, names, masks, truth, given)
        return answers

    def _other(self, name: str, names: Sequence[str], number: int) -> str:
        others = [other for other in names if other != name]
        if others:
            return paraphrases(others[number % len(others)])[0]
        foreign = foreign_paraphrases(names)
        return foreign[number % len(foreign)]

    def _without(self, items: Sequence[Case], modality: str) -> SegmentAnswers:
        """Each case without a modality; cases that have nothing else keep it."""
        answers, names = SegmentAnswers(), tuple(self.delineator.content.structures)
        for case in items:
            given, truth = self._given(case)
            kept = {name: image for name, image in given.prepared.images.items() if name != modality}
            if kept:
                given = replace(given, prepared=replace(given.prepared, images=kept))
            asked = [name for name in names if name in truth]
            masks = dict(zip(asked, self._found(given, [self._sentence(case, name) for name in asked]), strict=True))
            self._score(answers, names, masks, truth, given)
        return answers

    def _chance(self, items: Sequence[Case]) -> dict[str, list[MaskScores | None]]:
        """Scores of painting everything, for each structure and case."""
        everything = SegmentAnswers()
        names = tuple(self.delineator.content.structures)
        for case in items:
            given, truth = self._given(case)
            self._score(everything, names, {name: np.ones_like(mask) for name, mask in truth.items()}, truth, given)
        return everything.scores
