"""How well a model describes images: likeness to the reference captions, and the facts they state."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.caption.measure import CaptionMeasure, DescribedCase
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.statistics import RESAMPLES
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import blank_tokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import Captioner, CaptionSettings
from lexiscope.tasks.described_cases import taught_captions
from lexiscope.tasks.training_part import training_part

RULE = (
    "Likeness (BLEU-4, ROUGE-L, CIDEr) is to the captions of the same case. Attribute accuracy asks, for each "
    "attribute value that a reference states in words, whether the written caption states it and no other of the "
    "attribute; attributes weigh the same. Chance is a caption of a training case drawn at random. Captions that "
    "training also has are left out, and near-duplicates of images learned from where they are at most 5 % of the "
    "measured cases. Intervals: 95 % bootstrap over groups."
)
_ROWS = 16
_SHOWN = 3


def evaluate_captions(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    split: str = "test",
    accept_leak: str | None = None,
    max_tokens: int = 96,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure the captions written for the images of one split, with baselines.

    A model that is aligned but has no assistant yet is taught one first; see `caption`.

    Args:
        split: Any split name of the corpus.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        max_tokens: Longest caption.
        seed: Of random captions, shuffles and the bootstrap.

    Returns:
        JSON types: task, split, n, metrics, by_attribute, baselines, examples, audit, and what is needed to repeat it.
        Each metric is {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has no described cases with an image that the model reads.
        LeakageError: training shares what it must not share with the split.
        UsageError: the assistant was taught no captions.
        ModelError: nothing is aligned, or what it was taught on is gone.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    captioner = Captioner.open(model, CaptionSettings(retrieve=False))
    source = training_part(model, part="assistant")
    measured = MeasuredSplit.of(model, corpus, split, accept_leak=accept_leak, learned_from=source)
    known = frozenset(normalise(text) for text in measured.audit.get("left_out", ()))
    cases = _described(model, measured.cases(), known)
    if not cases:
        msg = f"expected described images in split {split!r} of {corpus.path}, found none"
        raise EvaluationError(f"{msg}; name another with --split, or write captions: lexiscope write captions")
    learned = _described(model, source.corpus.cases(source.split))
    measure = CaptionMeasure(cases, learned, seed, resamples)
    writer = _Writer(captioner, model, corpus, cases, max_tokens=max_tokens, progress=progress)
    written = writer.write(writer.seen)
    shuffled = np.random.default_rng(seed).permutation(len(cases)).tolist()
    others = {
        "nearest_case": _nearest(model, source, corpus, cases, learned),
        "most_typical": [_typical(learned)] * len(cases),
        "blank_image": writer.write(ImageTokens(blank_tokens(writer.seen.tokens), writer.seen.present)),
        "shuffled_images": writer.write(writer.seen.rows(shuffled)),
    }
    examples = zip(cases[:_SHOWN], written[:_SHOWN], strict=True)
    return {
        "task": "caption",
        "split": split,
        "n": len(cases),
        "groups": len({one.case.group for one in cases}),
        "metrics": measure.all(written),
        "by_attribute": measure.by_attribute(written),
        "baselines": {name: measure.all(captions) for name, captions in others.items()},
        "examples": [{"case": one.case.id, "caption": said, "reference": one.references[0]} for one, said in examples],
        "audit": measured.audit,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "taught_with_seed": model.record("assistant")["seed"],
        "resamples": resamples,
    }


def _described(
    model: ModelDirectory, cases: Iterable[Case], known: frozenset[str] = frozenset()
) -> list[DescribedCase]:
    """Cases with their captions, less those that training also has."""
    found: dict[str, tuple[Case, list[str]]] = {}
    for example in taught_captions(model, cases):
        if normalise(example.answer) not in known:
            found.setdefault(example.case.id, (example.case, []))[1].append(example.answer)
    return [DescribedCase(case, tuple(texts)) for case, texts in found.values()]


class _Writer:
    """Writes captions of the same cases, with the images as they are or others in their place."""

    def __init__(
        self,
        captioner: Captioner,
        model: ModelDirectory,
        corpus: Corpus,
        cases: Sequence[DescribedCase],
        *,
        max_tokens: int,
        progress: Progress | None,
    ) -> None:
        self._captioner = captioner
        self._max_tokens, self._progress = max_tokens, progress
        asked = [one.case for one in cases]
        kept = compute_tokens(
            captioner.assistant.image_encoder(captioner.joint.image),
            corpus,
            cases=asked,
            views=model.views(),
            plan=captioner.assistant.plan,
            progress=progress,
        )
        self.seen = kept.of(asked)

    def write(self, seen: ImageTokens) -> list[str]:
        n = len(next(iter(seen.present.values())))
        found: list[str] = []
        for start in range(0, n, _ROWS):
            part = seen.rows(list(range(start, min(start + _ROWS, n))))
            found += [text for text, _ in self._captioner.describe(part, max_tokens=self._max_tokens)]
            if self._progress:
                self._progress(len(found), n, "captions written")
        return found


def _nearest(
    model: ModelDirectory,
    source: CorpusPart,
    corpus: Corpus,
    cases: Sequence[DescribedCase],
    learned: Sequence[DescribedCase],
) -> list[str]:
    """The caption of the training case whose image is most alike: retrieval in the place of writing."""
    joint, views = model.joint(), model.views()
    known = case_vectors(joint, source.corpus, [one.case for one in learned], views=views)
    cosines = case_vectors(joint, corpus, [one.case for one in cases], views=views) @ known.T
    return [learned[int(row)].references[0] for row in cosines.argmax(axis=1)]


def _typical(learned: Sequence[DescribedCase]) -> str:
    """The caption that shares most words with all others: what can be said without looking."""
    counts: dict[str, int] = {}
    texts = list(dict.fromkeys(text for one in learned for text in one.references))
    for text in texts:
        for word in set(normalise(text).split()):
            counts[word] = counts.get(word, 0) + 1
    return max(texts, key=lambda text: _commonness(text, counts))


def _commonness(text: str, counts: dict[str, int]) -> float:
    words = set(normalise(text).split())
    return sum(counts[word] for word in words) / max(1, len(words))
