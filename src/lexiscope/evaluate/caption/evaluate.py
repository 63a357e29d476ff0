"""Captions measured: likeness to reference captions and the facts stated, beside what needs no image."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lexiscope.answering.captioning import CaptionPipeline, NearestWriter, SeenCases, WrittenCaption
from lexiscope.answering.choose_captions import most_typical
from lexiscope.answering.examples import find_described_cases
from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.caption.evaluation import CaptionOptions
from lexiscope.evaluate.caption.measure import CaptionMeasure
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.perturbations import BLANK, SHUFFLED, blank, other_group_rows
from lexiscope.evaluate.verdict import verdict
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.language.text.stated_attributes import DescribedCase
from lexiscope.models.assistant.captions import NEAREST, TYPICAL
from lexiscope.models.assistant.image_reader import ImageReader
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import Captioner
from lexiscope.tasks.described_cases import caption_columns

_EXAMPLES = 3
_BASELINES = {NEAREST: "those of the nearest case", TYPICAL: "the most typical one"}
_COMPARED = {"nearest_case": "the nearest case's caption", "most_typical": "the most typical caption"}


@dataclass(frozen=True, slots=True)
class CaptionItems:
    """Cases that are described.

    Args:
        measured: Cases with their reference captions.
        learned: Cases that captions were learned from, with their captions.
        seen: The measured cases as the writers see them.
    """

    measured: Sequence[DescribedCase]
    learned: Sequence[DescribedCase]
    seen: SeenCases


@dataclass(frozen=True, slots=True)
class OpenCaption:
    """Captions, ready to be measured. Use `OpenCaption.open`."""

    context: EvaluationContext
    options: CaptionOptions
    captioner: Captioner

    @classmethod
    def open(cls, context: EvaluationContext, options: CaptionOptions) -> "OpenCaption":
        """Load what writes captions."""
        return cls(context, options, Captioner.open(context.model, progress=context.progress))

    @property
    def learned_from(self) -> CorpusPart:
        """Corpus part that captions were learned from."""
        assert self.captioner.described is not None
        return self.captioner.described.source.part

    def items(self, measured: MeasuredSplit) -> CaptionItems:
        """Cases with an image that the model reads and a caption that training does not have."""
        run = self.context
        find = partial(find_described_cases, modalities=list(run.model.views()), columns=caption_columns(run.model))
        described = _less(find(measured.cases()), measured.known_texts)
        if not described:
            msg = f"expected described images in split {run.split!r} of {run.corpus.path}, found none"
            raise EvaluationError(f"{msg}; name another with --split, or write captions: lexiscope write captions")
        learned = find(self.learned_from.cases())
        if not learned:
            msg = f"expected captions among the cases that {run.model.path} learned from, found none"
            raise EvaluationError(f"{msg}; write captions and train again: lexiscope write captions")
        return CaptionItems(described, learned, self._see([one.case for one in described]))

    def answers(self, items: CaptionItems) -> list[WrittenCaption]:
        """Write a caption for each case."""
        return self._pipeline().write(items.seen)

    def baselines(self, items: CaptionItems, answers: Sequence[WrittenCaption]) -> dict[str, list[str]]:
        """Captions of the nearest and of the most typical case learned from, of no image and of another's image."""
        rows = other_group_rows([one.case for one in items.measured], seed=self.context.seed).tolist()
        seen = items.seen
        nothing = _showing(seen, blank, 0 * seen.embeddings)
        others = _showing(seen, lambda tokens: tokens.rows(rows), seen.embeddings[rows])
        typical = most_typical([text for one in items.learned for text in one.references])
        return {
            "nearest_case": _texts(CaptionPipeline([self._nearest()]).write(seen)),
            "most_typical": [typical] * len(answers),
            BLANK: _texts(self._pipeline().write(nothing)),
            SHUFFLED: _texts(self._pipeline().write(others)),
        }

    def measure(
        self, items: CaptionItems, answers: Sequence[WrittenCaption], baselines: Mapping[str, Sequence[str]]
    ) -> Measurements:
        """BLEU-4, ROUGE-L, CIDEr, and the share of stated attributes that are right."""
        measure = CaptionMeasure(items.measured, items.learned, self.context.seed, self.context.resamples)
        captions, choice = _texts(answers), self.captioner.captions.choice
        differences = {name: measure.difference(captions, baselines[name]) for name in _COMPARED}
        told = {name: found for name, found in differences.items() if found}
        shown = zip(items.measured[:_EXAMPLES], answers[:_EXAMPLES], strict=True)
        return Measurements.about(
            [one.case for one in items.measured],
            measure.all(captions),
            baselines={name: measure.all(texts) for name, texts in baselines.items()},
            differences=told,
            verdicts=[verdict(found, what="These captions", than=_COMPARED[name]) for name, found in told.items()],
            notes=[choice.in_words, *_as_baseline(choice.writers[0])],
            sections={
                "by_attribute": measure.by_attribute(captions),
                "by_writer": {name: sum(one.writer == name for one in answers) for name in choice.writers},
                "abstained": sum(one.abstained for one in answers),
                "examples": [
                    {"case": one.case.id, "caption": caption.text, "reference": one.references[0]}
                    for one, caption in shown
                ],
                "weighed": dict(choice.scores),
                "taught_with_seed": self.context.model.record(_learned_by(self.context.model)).get("seed"),
            },
        )

    def _pipeline(self) -> CaptionPipeline:
        return self.captioner.pipeline(max_tokens=self.options.max_tokens, progress=self.context.progress)

    def _nearest(self) -> NearestWriter:
        writer = None if self.captioner.described is None else self.captioner.described.writer()
        assert writer is not None  # `items` has refused what learned from no captions
        return writer

    def _see(self, cases: Sequence[Case]) -> SeenCases:
        joint, assistant, run = self.captioner.joint, self.captioner.assistant, self.context
        tokens = self._tokens(joint.image, cases, self.captioner.captions.plan)
        vectors = case_vectors(joint, run.corpus, cases, views=run.model.views())
        excluded = excluded_groups(self.learned_from.corpus, cases)
        if assistant is None:
            return SeenCases(tokens, vectors, excluded, lambda: tokens)
        encoder, plan = assistant.image_encoder(joint.image), assistant.plan
        return SeenCases(tokens, vectors, excluded, lambda: self._tokens(encoder, cases, plan))

    def _tokens(self, encoder: ImageReader, cases: Sequence[Case], plan: TokenPlan) -> ImageTokens:
        run = self.context
        views = run.model.views()
        store = compute_tokens(encoder, run.corpus, cases=cases, views=views, plan=plan, progress=run.progress)
        return store.of(cases)


def _showing(seen: SeenCases, change: Callable[[ImageTokens], ImageTokens], embeddings: np.ndarray) -> SeenCases:
    """The same cases with other images; what their captions may be taken from stays."""
    return SeenCases(change(seen.tokens), embeddings, seen.excluded_groups, lambda: change(seen.decoded()))


def _texts(captions: Sequence[WrittenCaption]) -> list[str]:
    return [one.text for one in captions]


def _less(described: Sequence[DescribedCase], known_texts: frozenset[str]) -> list[DescribedCase]:
    """Cases with their captions, less those that training also has."""
    kept = (
        DescribedCase(one.case, tuple(text for text in one.references if normalise(text) not in known_texts))
        for one in described
    )
    return [one for one in kept if one.references]


def _as_baseline(writer: str) -> list[str]:
    """What a reader must know where the default is one of the baselines."""
    if writer not in _BASELINES:
        return []
    return [
        f"No writer was clearly better than a baseline on held-out cases: by default captions are {_BASELINES[writer]}."
    ]


def _learned_by(model: ModelDirectory) -> str | None:
    return "assistant" if model.has("assistant") else None
