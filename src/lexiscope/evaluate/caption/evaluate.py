"""Captions measured: likeness to reference captions and the facts stated, beside what needs no image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.caption.evaluation import CaptionOptions
from lexiscope.evaluate.caption.measure import CaptionMeasure, DescribedCase
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.perturbations import BLANK, SHUFFLED, blank, other_group_rows
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import Captioner, CaptionSettings
from lexiscope.tasks.described_cases import training_captions
from lexiscope.tasks.training_part import training_part

_ROWS = 16  # captions written at once
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class CaptionItems:
    """Cases that are described.

    Args:
        measured: Cases with their reference captions.
        learned: Cases that the assistant was trained to describe, with their captions.
        seen: Image tokens of the measured cases.
    """

    measured: Sequence[DescribedCase]
    learned: Sequence[DescribedCase]
    seen: ImageTokens


@dataclass(frozen=True, slots=True)
class OpenCaption:
    """Captions, ready to be measured. Use `OpenCaption.open`."""

    context: EvaluationContext
    options: CaptionOptions
    learned_from: CorpusPart
    captioner: Captioner

    @classmethod
    def open(cls, context: EvaluationContext, options: CaptionOptions) -> "OpenCaption":
        """Load an assistant that was trained on captions."""
        captioner = Captioner.open(context.model, CaptionSettings(retrieve=False))
        return cls(context, options, training_part(context.model, part="assistant"), captioner)

    def items(self, measured: MeasuredSplit) -> CaptionItems:
        """Cases with an image that the model reads and a caption that training does not have."""
        run = self.context
        described = _described(run.model, measured.cases(), known_texts=measured.known_texts)
        if not described:
            msg = f"expected described images in split {run.split!r} of {run.corpus.path}, found none"
            raise EvaluationError(f"{msg}; name another with --split, or write captions: lexiscope write captions")
        cases = [one.case for one in described]
        assistant, joint = self.captioner.assistant, self.captioner.joint
        tokens = compute_tokens(
            assistant.image_encoder(joint.image),
            run.corpus,
            cases=cases,
            views=run.model.views(),
            plan=assistant.plan,
            progress=run.progress,
        )
        return CaptionItems(described, _described(run.model, self.learned_from.cases()), tokens.of(cases))

    def answers(self, items: CaptionItems) -> list[str]:
        """Write a caption for each case."""
        return self._write(items.seen)

    def baselines(self, items: CaptionItems, answers: Sequence[str]) -> dict[str, list[str]]:
        """Captions of the nearest and of the most typical case learned from, of no image and of another's image."""
        rows = other_group_rows([one.case for one in items.measured], seed=self.context.seed)
        return {
            "nearest_case": self._nearest(items),
            "most_typical": [_typical(items.learned)] * len(answers),
            BLANK: self._write(blank(items.seen)),
            SHUFFLED: self._write(items.seen.rows(rows.tolist())),
        }

    def measure(
        self, items: CaptionItems, answers: Sequence[str], baselines: Mapping[str, Sequence[str]]
    ) -> Measurements:
        """BLEU-4, ROUGE-L, CIDEr, and the share of stated attributes that are right."""
        measure = CaptionMeasure(items.measured, items.learned, self.context.seed, self.context.resamples)
        shown = zip(items.measured[:_EXAMPLES], answers[:_EXAMPLES], strict=True)
        return Measurements.about(
            [one.case for one in items.measured],
            measure.all(answers),
            baselines={name: measure.all(captions) for name, captions in baselines.items()},
            sections={
                "by_attribute": measure.by_attribute(answers),
                "examples": [
                    {"case": one.case.id, "caption": caption, "reference": one.references[0]} for one, caption in shown
                ],
                "taught_with_seed": self.context.model.record("assistant")["seed"],
            },
        )

    def _write(self, seen: ImageTokens) -> list[str]:
        captions: list[str] = []
        for start in range(0, seen.cases, _ROWS):
            rows = list(range(start, min(start + _ROWS, seen.cases)))
            written = self.captioner.describe(seen.rows(rows), max_tokens=self.options.max_tokens)
            captions += [text for text, _ in written]
            if self.context.progress:
                self.context.progress(len(captions), seen.cases, "captions written")
        return captions

    def _nearest(self, items: CaptionItems) -> list[str]:
        """Caption of the case learned from whose image is most alike: retrieval in the place of writing."""
        run, views, joint = self.context, self.context.model.views(), self.captioner.joint
        learned = case_vectors(joint, self.learned_from.corpus, [one.case for one in items.learned], views=views)
        measured = case_vectors(joint, run.corpus, [one.case for one in items.measured], views=views)
        return [items.learned[int(row)].references[0] for row in (measured @ learned.T).argmax(axis=1)]


def _described(
    model: ModelDirectory, cases: Iterable[Case], *, known_texts: frozenset[str] = frozenset()
) -> list[DescribedCase]:
    """Cases with their captions, less those that training also has."""
    captions: dict[str, tuple[Case, list[str]]] = {}
    for example in training_captions(model, cases):
        if normalise(example.answer) not in known_texts:
            captions.setdefault(example.case.id, (example.case, []))[1].append(example.answer)
    return [DescribedCase(case, tuple(texts)) for case, texts in captions.values()]


def _typical(learned: Sequence[DescribedCase]) -> str:
    """Caption that shares most words with all others: what can be said without looking."""
    counts: dict[str, int] = {}
    texts = list(dict.fromkeys(text for one in learned for text in one.references))
    for text in texts:
        for word in set(normalise(text).split()):
            counts[word] = counts.get(word, 0) + 1
    return max(texts, key=lambda text: _commonness(text, counts))


def _commonness(text: str, counts: dict[str, int]) -> float:
    words = set(normalise(text).split())
    return sum(counts[word] for word in words) / max(1, len(words))
