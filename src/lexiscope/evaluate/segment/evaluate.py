"""Segmentation measured: every structure of every case, absent ones, fewer modalities, other sentences."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.segmentation import dice, mask_scores
from lexiscope.evaluate.segment.answers import (
    MODEL,
    OTHER_MODEL,
    OTHER_SENTENCE,
    SENTENCE,
    SUBSET,
    UNSEEN,
    WRONG,
    SegmentAnswers,
)
from lexiscope.evaluate.segment.asking import AskedCase, Asker
from lexiscope.evaluate.segment.cost import measured_cost
from lexiscope.evaluate.segment.evaluation import NEAR_SPARED, SegmentOptions
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.evaluate.segment.sentences import UNSEEN_WORDING, WRONG_STRUCTURE, Asked, SentenceProbes
from lexiscope.evaluate.segment.subsets import ALL_SUBSETS, subset_name, subsets_of
from lexiscope.evaluate.segment.summary import summarise
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.paraphrases import foreign_paraphrases, unseen_foreign
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.segment.delineate import Delineator
from lexiscope.tasks.training_part import training_part

Masks = Mapping[str, Bool[np.ndarray, "z y x"]]


@dataclass(frozen=True)
class OpenSegment:
    """Segmentation, ready to be measured. Use `OpenSegment.open`.

    Args:
        context: Model, corpus and split.
        options: Choices of the evaluation.
        learned_from: Corpus part that the segmenter learned from.
        asker: The segmenter.
        other: The one that it is compared with.
        notes: What a reader of the numbers must know; grows while the items are chosen.
    """

    context: EvaluationContext
    options: SegmentOptions
    learned_from: CorpusPart
    asker: Asker
    other: Asker | None
    notes: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: EvaluationContext, options: SegmentOptions) -> "OpenSegment":
        """Load the segmenter, and the one that it is compared with."""
        other = None if options.against is None else Asker(Delineator.open(options.against))
        asker = Asker(Delineator.open(context.model))
        return cls(context, options, training_part(context.model, part="segmenter"), asker, other)

    def items(self, measured: MeasuredSplit) -> list[Case]:
        """Cases with a mask of a structure that the model learned, and an image that it reads."""
        learned = [name for name in self.asker.structures if self.other is None or name in self.other.structures]
        self.notes.clear()
        allowed = self._allowed_by_the_other(measured)
        cases = [
            case
            for case in measured.cases()
            if any(name in case.masks for name in learned)
            and all(set(asker.modalities) & case.images.keys() for asker in self._askers)
            and (allowed is None or case.id in allowed)
        ]
        if not cases:
            raise _nothing_to_outline(self.context, learned)
        if self.options.subsets and (count := len(self.asker.modalities)) > ALL_SUBSETS:
            self.notes.append(
                f"of {2**count - 1} subsets of {count} modalities, each alone, each left out and all were measured"
            )
        limit = self.options.limit
        return cases if limit is None else [cases[i] for i in np.linspace(0, len(cases) - 1, limit).round().astype(int)]

    def answers(self, items: Sequence[Case]) -> SegmentAnswers:
        """Decode each case once, and ask everything about it that is measured."""
        answers = SegmentAnswers(len(items))
        probes = self._probes(items) if self.options.probes else None
        for number, case in enumerate(items):
            measured = MeasuredCase.read(
                self.context.corpus,
                case,
                modalities={name for asker in self._askers for name in asker.modalities},
                structures=self.asker.structures,
            )
            _Measuring(self, answers, number, measured, probes).run()
            if self.context.progress:
                self.context.progress(number + 1, len(items), "cases segmented")
        return answers

    def baselines(self, items: Sequence[Case], answers: SegmentAnswers) -> dict[str, SegmentAnswers]:
        """Nothing more: they were asked of each case while it was decoded."""
        del items, answers
        return {}

    def measure(
        self, items: Sequence[Case], answers: SegmentAnswers, baselines: Mapping[str, SegmentAnswers]
    ) -> Measurements:
        """Scores by structure, false positives, what each modality is worth, and what sentences do."""
        del baselines
        parameters = self.context.model.record("segmenter")["result"]["parameters"]
        return summarise(
            items,
            answers,
            modalities=self.asker.modalities,
            parameters=parameters,
            seed=self.context.seed,
            resamples=self.context.resamples,
            against=None if self.options.against is None else str(self.options.against),
            notes=self.notes,
        )

    @cached_property
    def foreign(self) -> tuple[str, ...]:
        """Names of structures of other examinations, in several forms."""
        return foreign_paraphrases(self.asker.structures)

    @cached_property
    def unseen_foreign(self) -> tuple[str, ...]:
        """Names of structures that training never asked for."""
        return unseen_foreign(self.asker.structures)

    @property
    def _askers(self) -> tuple[Asker, ...]:
        return (self.asker,) if self.other is None else (self.asker, self.other)

    def _allowed_by_the_other(self, measured: MeasuredSplit) -> set[str] | None:
        """Cases that the other model passes the leakage gate with; None without another model."""
        if self.options.against is None:
            return None
        model = ModelDirectory.of(self.options.against)
        gate = MeasuredSplit.of(
            model,
            measured.corpus,
            measured.split,
            accept_leak=measured.accept_leak,
            near_spared=NEAR_SPARED,
            learned_from=training_part(model, part="segmenter"),
        )
        accepted = gate.audit.get("accepted")
        if accepted is not None:
            self.notes.append(f"{self.options.against} may have learned from this split, accepted because: {accepted}")
        return {case.id for case in gate.cases()}

    def _probes(self, items: Sequence[Case]) -> SentenceProbes:
        learned = self.asker.delineator.content.structures
        return SentenceProbes.of(
            items,
            names={name: self.asker.name_of(name) for name in learned},
            known={name: one.wordings for name, one in learned.items()},
            seed=self.context.seed,
        )


@dataclass(frozen=True)
class _Measuring:
    """Everything that is asked of one case."""

    evaluation: OpenSegment
    answers: SegmentAnswers
    number: int
    measured: MeasuredCase
    probes: SentenceProbes | None

    def run(self) -> None:
        asker = self.evaluation.asker
        opened, truth = asker.case(self.measured.prepared(asker.delineator.content.grid)), self.measured.truth()
        there = [name for name in asker.structures if name in truth and truth[name].any()]
        asked = {
            name: self._sentence(asker, name, opened.prepared.images) for name in asker.structures if name in truth
        }
        foreign, unseen = self._foreign()
        others = {name: self._other(name) for name in there}
        sentences = list(dict.fromkeys([*asked.values(), *foreign, *unseen, *others.values()]))
        with measured_cost(sentences=len(sentences)) as cost:
            masks = opened.masks(sentences)
        self.answers.costs.append(cost)
        self._score({name: masks[sentence] for name, sentence in asked.items()}, truth)
        for name, sentence in others.items():
            self.answers.keep(OTHER_SENTENCE, name, self.number, [dice(masks[sentence], truth[name])])
        self._absent([masks[sentence] for name, sentence in asked.items() if name not in there], "annotated")
        self._absent([masks[sentence] for sentence in foreign], "foreign")
        self._absent([masks[sentence] for sentence in unseen], "unseen foreign")
        self._subsets(opened, truth, there)
        if self.probes is not None:
            self._sentences(opened, truth, there, masks)
        if self.evaluation.other is not None:
            self._other_model(self.evaluation.other, truth, there)

    def _score(self, masks: Masks, truth: Masks) -> None:
        spacing, tolerance = self.measured.spacing, self.evaluation.options.tolerance
        for name in self.evaluation.asker.structures:
            found = everything = None
            if name in masks:
                self.answers.count(name, self.number, masks[name], truth[name])
                found = mask_scores(masks[name], truth[name], spacing=spacing, tolerance=tolerance)
                full = np.ones_like(truth[name])
                everything = mask_scores(full, truth[name], spacing=spacing, tolerance=tolerance)
            self.answers.scores.setdefault(name, []).append(found)
            self.answers.everything.setdefault(name, []).append(everything)
            if found is not None:
                self.answers.keep(MODEL, name, self.number, [found.dsc])

    def _absent(self, masks: Iterable[np.ndarray], kind: str) -> None:
        self.answers.absent.setdefault(kind, []).append([float(mask.mean()) for mask in masks])

    def _subsets(self, opened: AskedCase, truth: Masks, there: Sequence[str]) -> None:
        """Fewer modalities; sets of which the case has nothing give no score."""
        evaluation = self.evaluation
        if not (evaluation.options.without or evaluation.options.subsets):
            return
        whole = frozenset(opened.prepared.images)
        done = {whole: {name: float(self.answers.dsc[MODEL][name][self.number]) for name in there}}
        subsets = subsets_of(evaluation.asker.modalities, every=evaluation.options.subsets)
        choices = dict.fromkeys(shown for subset in subsets if (shown := whole & set(subset)) and shown != whole)
        done |= self._under(opened, truth, there, list(choices))
        for subset in subsets:
            for name, dsc in done.get(whole & set(subset), {}).items():
                self.answers.keep((SUBSET, subset_name(subset)), name, self.number, [dsc])

    def _under(
        self, opened: AskedCase, truth: Masks, there: Sequence[str], choices: Sequence[frozenset[str]]
    ) -> dict[frozenset[str], dict[str, float]]:
        """Choice of modalities -> structure -> DSC; choices of which the same is asked are decoded together."""
        alike: dict[tuple[str, ...], list[frozenset[str]]] = defaultdict(list)
        for shown in choices if there else ():
            alike[tuple(self._sentence(opened.asker, name, shown) for name in there)].append(shown)
        found = {}
        for asked, together in alike.items():
            for shown, masks in zip(together, opened.masks_of_choices(asked, together), strict=True):
                pairs = zip(there, asked, strict=True)
                found[shown] = {name: dice(masks[sentence], truth[name]) for name, sentence in pairs}
        return found

    def _sentences(self, opened: AskedCase, truth: Masks, there: Sequence[str], masks: Masks) -> None:
        assert self.probes is not None
        case = self.measured.case
        asked = [one for name in there for one in self.probes.of_case(case, name, present=opened.prepared.images)]
        known = dict(masks)
        known |= opened.masks([one.sentence for one in asked if one.sentence not in known])
        found: dict[tuple[str, str], list[float]] = defaultdict(list)
        for one in asked:
            dsc = dice(known[one.sentence], truth[one.structure])
            found[one.kind, one.structure].append(dsc)
            self._of_sentence(one, dsc)
        for (kind, name), values in found.items():
            self.answers.keep((SENTENCE, kind), name, self.number, values)

    def _of_sentence(self, one: Asked, dsc: float) -> None:
        """Sentences that are reported one by one, too: the worst of them counts."""
        kind = {WRONG_STRUCTURE: WRONG, UNSEEN_WORDING: UNSEEN}.get(one.kind)
        if kind is not None:
            self.answers.keep((kind, one.sentence), one.structure, self.number, [dsc])

    def _other_model(self, other: Asker, truth: Masks, there: Sequence[str]) -> None:
        prepared = self.measured.prepared(other.delineator.content.grid)
        shared = {name: self._sentence(other, name, prepared.images) for name in there if name in other.structures}
        masks = other.case(prepared).masks(list(shared.values()))
        for name, sentence in shared.items():
            self.answers.keep(OTHER_MODEL, name, self.number, [dice(masks[sentence], truth[name])])

    def _sentence(self, asker: Asker, structure: str, present: Collection[str]) -> str:
        """Plain name, or the case's own instruction where it has one that tells of nothing but what is shown."""
        name = asker.name_of(structure)
        if self.evaluation.options.sentence == "name":
            return name
        own = instructions_of(self.measured.case, structure, present=present)
        return own[0].text if own else name

    def _foreign(self) -> tuple[list[str], list[str]]:
        """Names of structures that belong to other examinations, drawn by the seed and the case's number.

        First those that training asked for to be answered by nothing, then half as many that it never did.
        """
        rng, count = np.random.default_rng((self.evaluation.context.seed, self.number)), self.evaluation.options.foreign
        known = rng.choice(self.evaluation.foreign, size=count, replace=False)
        unseen = rng.choice(self.evaluation.unseen_foreign, size=-(-count // 2), replace=False)
        return list(map(str, known)), list(map(str, unseen))

    def _other(self, name: str) -> str:
        """Another structure's name: of one that was learned, or of a foreign one."""
        asker = self.evaluation.asker
        others = [other for other in asker.structures if other != name]
        if others:
            return asker.name_of(others[self.number % len(others)])
        foreign = self.evaluation.foreign
        return foreign[self.number % len(foreign)]


def _nothing_to_outline(run: EvaluationContext, learned: Sequence[str]) -> EvaluationError:
    names = sorted({row["split"] for row in run.corpus.rows(columns=["split"])} - {None})
    msg = f"expected masks of {', '.join(learned)} in split {run.split!r} of {run.corpus.path}, found none"
    if names:
        return EvaluationError(f"{msg}; it has {', '.join(names)}: name one with --split, or train on structures of it")
    whole = f"lexiscope corpus split {run.corpus.path} --fraction {run.split}=1"
    return EvaluationError(f"{msg}; it has no splits: to measure all of it, first {whole}")
