"""How well a model answers questions about images, beside what needs no image and no evidence."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples
from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.evaluate.answer.baselines import BaselineAnswers, majority_answers, question_only_answers, random_answers
from lexiscope.evaluate.answer.measure import AnswerMeasure, verdict
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.answers import selective_risk
from lexiscope.evaluate.statistics import RESAMPLES
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.mixture import Mixture, Weights
from lexiscope.models.assistant.token_plan import blank_tokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer

RULE = (
    "Closed questions are right when the answer reads the same (case and punctuation aside), others by the words they "
    "share (token F1). Chance answers are drawn from those learned from, of the same kind of question. The baseline "
    "question_only is fitted on the questions learned from and sees no image. How evidence and classifier share is "
    "seen on the questions learned from, each without its own group; the language model's part and the thresholds of "
    "abstaining come from the split 'val'. Near-duplicates of images learned from are left out when they are at most "
    "5 % of the measured cases. Intervals: 95 % bootstrap over groups."
)
_COMPARED = {
    "question_only": ("The model", "the question alone"),
    "no_retrieval": ("Retrieval on", "retrieval off"),  # left out where nothing was taught to be retrieved
}
_GUESSES = 20


def evaluate_answers(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    split: str = "test",
    accept_leak: str | None = None,
    most: int | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure the answers to the questions of one split, with baselines.

    Args:
        split: Any split name of the corpus.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        most: Measure on so many of the questions, drawn by the seed; all when None.
        seed: Of chance answers, shuffles and the bootstrap.

    Returns:
        JSON types: task, split, n, metrics, by_kind, by_topic, baselines, differences, verdicts in words, audit, and
        what is needed to repeat it. Each metric is {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has no questions about images that the model reads.
        LeakageError: training shares what it must not share with the split.
        ModelError: no assistant, or what it was taught on is gone.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    answerer = Answerer.open(model, progress=progress)
    measured = MeasuredSplit.of(model, corpus, split, accept_leak=accept_leak, learned_from=answerer.cases.part)
    asked = _lessons(model, measured.cases())
    if not asked:
        msg = f"expected questions about images in split {split!r} of {corpus.path}, found none"
        raise EvaluationError(f"{msg}; build a corpus with --as questions, or name another with --split")
    if most is not None and most < len(asked):
        chosen = np.random.default_rng(seed).permutation(len(asked))[:most]
        asked = [asked[row] for row in sorted(chosen)]
    learned = _lessons(model, answerer.cases.part.corpus.cases(answerer.cases.part.split))
    if not learned:
        msg = f"expected an assistant that was taught questions, {model.path} was taught none"
        raise EvaluationError(f"{msg}; teach it on a corpus built with --as questions: lexiscope train instruct")
    guesses = [random_answers(learned, asked, seed=seed + draw) for draw in range(_GUESSES)]
    measure = AnswerMeasure(asked, guesses, seed, resamples)
    runs = _Runs(model, corpus, answerer, asked, progress)
    weighed = runs.weighed(runs.questions)
    given = _decided(weighed, answerer.mixture)
    others = {
        "majority": majority_answers(learned, asked),
        "question_only": question_only_answers(answerer.pipeline.joint, learned, asked),
        "blank_image": _decided(runs.weighed(runs.blank()), answerer.mixture),
        "shuffled_images": _decided(runs.weighed(runs.shuffled(seed)), answerer.mixture),
    }
    if answerer.pipeline.store is not None:
        others["no_retrieval"] = _decided(runs.weighed(runs.questions, retrieve=False), answerer.mixture)
        others["evidence_only"] = _decided(weighed, _alone(answerer.mixture))
    differences = {name: measure.difference(given, others[name]) for name in _COMPARED if name in others}
    return {
        "task": "answer",
        "split": split,
        "n": len(asked),
        "cases": len({example.case.id for example in asked}),
        "groups": len({example.case.group for example in asked}),
        "metrics": measure.all(given)
        | _abstaining(measure, given, weighed, answerer)
        | _citing(measure, given, weighed, answerer),
        "by_kind": measure.by_kind(given),
        "by_topic": measure.by_topic(given),
        "baselines": {name: measure.all(found) for name, found in others.items()},
        "differences": differences,
        "verdicts": [
            verdict(found, what=_COMPARED[name][0], than=_COMPARED[name][1]) for name, found in differences.items()
        ],
        "mixture": answerer.mixture.to_dict(),
        "audit": measured.audit,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "taught_with_seed": model.record("assistant")["seed"],
        "resamples": resamples,
    }


def _lessons(model: ModelDirectory, cases: Iterable[Case]) -> list[InstructionExample]:
    found = find_instruction_examples(cases, modalities=list(model.views()))
    return [example for example in found if example.kind != CAPTION]


class _Runs:
    """The same questions with the images as they are, blank, or of other cases."""

    def __init__(
        self,
        model: ModelDirectory,
        corpus: Corpus,
        answerer: Answerer,
        asked: Sequence[InstructionExample],
        progress: Progress | None,
    ) -> None:
        self._answering, self._progress = answerer.pipeline, progress
        joint, views, assistant = answerer.pipeline.joint, model.views(), answerer.pipeline.assistant
        cases = [example.case for example in asked]
        distinct = list({case.id: case for case in cases}.values())
        image_encoder = assistant.image_encoder(joint.image)
        tokens = compute_tokens(
            image_encoder, corpus, cases=distinct, views=views, plan=assistant.plan, progress=progress
        )
        vectors = case_vectors(joint, corpus, cases, views=views, progress=progress)
        own = excluded_groups(answerer.cases.part.corpus, cases)
        self.questions = Questions([example.question for example in asked], tokens.of(cases), vectors, own)

    def weighed(self, questions: Questions, *, retrieve: bool = True) -> list[ScoredCandidates]:
        found = []
        for one in self._answering.score_answers(questions, retrieve=retrieve):
            found.append(one)
            if self._progress:
                self._progress(len(found), len(questions.texts), "questions answered")
        return found

    def blank(self) -> Questions:
        """Images without content, and nothing that would tell which cases are alike."""
        seen = ImageTokens(blank_tokens(self.questions.seen.tokens), self.questions.seen.present)
        return Questions(
            self.questions.texts, seen, np.zeros_like(self.questions.images), self.questions.excluded_groups
        )

    def shuffled(self, seed: int) -> Questions:
        """Each question with the image of a question drawn at random; no evidence comes from the groups of either."""
        order = np.random.default_rng(seed).permutation(len(self.questions.texts))
        seen = self.questions.seen.rows(order.tolist())
        own = [
            {*groups, *self.questions.excluded_groups[other]}
            for groups, other in zip(self.questions.excluded_groups, order, strict=True)
        ]
        return Questions(self.questions.texts, seen, self.questions.images[order], own)


def _alone(mixture: Mixture) -> Mixture:
    """The evidence alone."""
    closed, open_ended = (Weights(evidence=1.0, temperature=one.temperature) for one in (mixture.closed, mixture.open))
    return Mixture(closed, open_ended)


def _decided(weighed: Sequence[ScoredCandidates], mixture: Mixture) -> BaselineAnswers:
    best = [one.best(mixture) for one in weighed]
    return BaselineAnswers([answer for answer, _ in best], [score for _, score in best])


def _abstaining(
    measure: AnswerMeasure, given: BaselineAnswers, weighed: Sequence[ScoredCandidates], answerer: Answerer
) -> dict[str, Any]:
    """How many questions are answered at all, and how often those answers are wrong."""
    weights = [one.weights(answerer.mixture) for one in weighed]
    answered = np.array([own.gives(score) for own, score in zip(weights, given.scores, strict=True)])
    right, everything = measure.right(given), np.arange(len(answered))
    found = {"coverage": measure.part(answered.astype(float), everything, chance=1.0)}
    if answered.any():
        kept = np.flatnonzero(answered)
        found["selective_risk"] = measure.part(1 - right, kept, chance=selective_risk(np.ones_like(answered), right))
    return found


def _citing(
    measure: AnswerMeasure, given: BaselineAnswers, weighed: Sequence[ScoredCandidates], answerer: Answerer
) -> dict[str, Any]:
    """The share of answers whose first citation supports them; chance cites from what another question found."""
    memory = answerer.pipeline.store
    if memory is None:
        return {}
    order = np.random.default_rng(measure.seed).permutation(len(weighed))

    def supported(answer: str, one: ScoredCandidates) -> float:
        cited = answerer.cited(one.evidence, answer)
        return float(bool(cited) and memory.items[cited[0].retrieved.item].supports(answer))

    own = [supported(answer, one) for answer, one in zip(given.answers, weighed, strict=True)]
    luck = [supported(answer, weighed[other]) for answer, other in zip(given.answers, order, strict=True)]
    return {"citation_support": measure.part(np.array(own), np.arange(len(own)), chance=float(np.mean(luck)))}
