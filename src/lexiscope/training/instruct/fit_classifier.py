"""`fit_classifier`: the regressions of an `AnswerClassifier`, for each form of question."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from lexiscope.answering.closed_questions import offered_answers
from lexiscope.answering.examples import CAPTION, InstructionExample
from lexiscope.answering.reranking import TokenStates
from lexiscope.answering.retrieval import ReadTexts, context_vectors
from lexiscope.corpus.wording import answer_key, word_overlap
from lexiscope.features.token_store import TokenStore
from lexiscope.models.assistant.classifier import FLOOR, AnswerClassifier, ImageScale, probabilities_of
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge
from lexiscope.models.joint import JointSpace
from lexiscope.training.instruct.fit_reading import fit_reading
from lexiscope.training.instruct.fit_ridge import RidgeProblem, choose_kernel, fit_ridge

_Name: TypeAlias = tuple[str, str]  # of an example: its case and its question
_KERNELS = [Kernel(width, image, 0.0) for width, image in product((0.2, 0.3, 0.5), (0.0, 0.5, 2.0, 8.0))]
_CONTEXTS = (8.0, 32.0)  # added to the kernel chosen without: what is told counts as much as the image at least
_UNSEEN = 0.5  # share of the questions with a context that are learned without their image
_COMPARED = 1000  # questions by which kernels are compared
_MOST = 4000  # questions learned from: a dense system of them is solved
_CLASSES = 500  # different free answers, the most frequent: longer ones are seldom given twice


@dataclass(frozen=True)
class _Known:
    """Questions of one form with their answers.

    Args:
        asked: Features of the questions.
        possible: Answers that each question offers.
        answers: All different answers, as written.
        rows: Place of the right answer in `answers`.
        groups: Group of each question.
        names: Case and question of each.
    """

    asked: QuestionFeatures
    possible: Sequence[Set[str]]
    answers: tuple[str, ...]
    rows: Int64[np.ndarray, " n"]
    groups: np.ndarray
    names: Sequence[_Name]

    def some(self, most: int, *, seed: int) -> "_Known":
        """At most so many of the questions, drawn by the seed."""
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.rows))[:most])
        possible, names = [self.possible[row] for row in chosen], [self.names[row] for row in chosen]
        return _Known(self.asked.rows(chosen), possible, self.answers, self.rows[chosen], self.groups[chosen], names)

    def with_images_withheld(self, *, seed: int) -> "_Known":
        """Some of the questions, drawn by the seed, about no image: the last row of the images."""
        withheld = np.random.default_rng(seed).random(len(self.asked)) < _UNSEEN
        owners = np.where(withheld, len(self.asked.images) - 1, self.asked.owners)
        return replace(self, asked=replace(self.asked, owners=owners))

    @property
    def problem(self) -> RidgeProblem:
        return RidgeProblem(self.asked, np.eye(len(self.answers))[self.rows], self.groups)

    def gain(self, scores: Float[np.ndarray, "n a"]) -> float:
        """Mean log-likelihood of the right answer in out-of-fold scores if it is offered, else words shared with it."""
        everyone = np.arange(len(self.rows))
        if self.possible[0]:
            offered = np.where(self._offers, np.maximum(scores, FLOOR), 0)
            return float(np.log(offered[everyone, self.rows] / offered.sum(axis=1)).mean())
        expected = np.maximum(scores, 0) @ self._shared
        return float(self._shared[expected.argmax(axis=1), self.rows].mean())

    @cached_property
    def _offers(self) -> Bool[np.ndarray, "n a"]:
        keys = [answer_key(answer) for answer in self.answers]
        return np.array([[key in possible for key in keys] for possible in self.possible])

    @cached_property
    def _shared(self) -> Float[np.ndarray, "a a"]:
        """Word overlap of each two answers."""
        return np.array([[word_overlap(one, other) for other in self.answers] for one in self.answers])


@dataclass(frozen=True)
class FittedClassifier:
    """Classifier with its predictions for the examples that it was fitted on.

    Args:
        classifier: The classifier.
        out_of_fold: (case, question) -> {answer: probability}, predicted with that case's group left out.
    """

    classifier: AnswerClassifier
    out_of_fold: Mapping[_Name, Mapping[str, float]]


def fit_classifier(
    joint: JointSpace, examples: Sequence[InstructionExample], tokens: TokenStore, *, groups: Sequence[str], seed: int
) -> FittedClassifier | None:
    """Classifier of the answers to examples; None where there is no question to learn from.

    Questions that offer their answers and free ones have one regression each, and two more where contexts stand beside
    them. Kernel and penalty are those that predict the answers to a group's questions best from the other groups: by
    the likelihood of the right answer where answers are offered, else by the words shared with it. Half of the
    questions with a context are learned without their image: where both say the same, a regression that has the image
    hardly reads, and believes the image against what is told.

    Args:
        joint: Joint space, whose text tower reads questions and contexts.
        examples: Examples to learn from; captions are left aside.
        tokens: Image tokens of the examples' cases.
        groups: Group of each example, left out together; see `connected_groups`.
        seed: Seed that draws the questions, where there are more than a dense system should hold.
    """
    pairs = [(example, group) for example, group in zip(examples, groups, strict=True) if example.kind != CAPTION]
    if not pairs:
        return None
    questions, left_out_by = [example for example, _ in pairs], [group for _, group in pairs]
    seen = tokens.of(list({example.case.id: example.case for example in questions}.values()))
    scale = ImageScale.of(seen)
    images = np.concatenate([scale.vectors(seen), np.zeros((1, scale.features), np.float32)])
    read = TokenStates(joint).vectors
    ridges: list[Ridge | None] = []
    out_of_fold: dict[_Name, dict[str, float]] = {}
    for form in _by_form(questions):
        asked = [(row, None) for row in form]
        told = [(row, context) for row in form for context in dict.fromkeys(questions[row].contexts)]
        bare, informed = (
            _known_of(read, questions, left_out_by, form, shown, images) if shown else None for shown in (asked, told)
        )
        ridge, left_out = (None, {}) if bare is None else _fit(bare, _KERNELS, seed=seed)
        ridges += [ridge, None]
        out_of_fold |= left_out
        if ridge is not None and informed is not None:
            kernels = [replace(ridge.kernel, context=context) for context in _CONTEXTS]
            ridges[-1], _ = _fit(informed.with_images_withheld(seed=seed), kernels, seed=seed)
    closed, closed_informed, open_ended, open_informed = ridges
    reading = fit_reading(read, questions, left_out_by, images=scale.features, seed=seed)
    classifier = AnswerClassifier(scale, closed, open_ended, closed_informed, open_informed, reading)
    return FittedClassifier(classifier, out_of_fold)


def _by_form(examples: Sequence[InstructionExample]) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
    """Examples whose question offers the right answer, with all that it offers; and those that leave it open."""
    keys = [answer_key(example.answer) for example in examples]
    possible = [offered_answers(example.question, set(keys)) for example in examples]
    counts = Counter(key for key, answers in zip(keys, possible, strict=True) if not answers)
    common = {key for key, _ in counts.most_common(_CLASSES)}
    closed = {row: answers for row, answers in enumerate(possible) if keys[row] in answers}
    return closed, {row: frozenset() for row, key in enumerate(keys) if not possible[row] and key in common}


def _known_of(  # noqa: PLR0917 - what every form shares, then the form
    read: ReadTexts,
    examples: Sequence[InstructionExample],
    groups: Sequence[str],
    possible: Mapping[int, frozenset[str]],
    shown: Sequence[tuple[int, str | None]],
    images: Float32[np.ndarray, "c f"],
) -> _Known:
    owners = {case: row for row, case in enumerate(dict.fromkeys(example.case.id for example in examples))}
    rows, contexts = map(list, zip(*shown, strict=True))
    asked = [examples[row] for row in rows]
    questions = read([example.question for example in asked])
    vectors = QuestionFeatures(
        questions,
        images,
        np.array([owners[example.case.id] for example in asked]),
        context_vectors(read, questions, contexts),
    )
    return _Known(
        vectors,
        [possible[row] for row in rows],
        *_answers_of(asked),
        np.array(groups, dtype=object)[rows],
        [(example.case.id, example.question) for example in asked],
    )


def _answers_of(asked: Sequence[InstructionExample]) -> tuple[tuple[str, ...], Int64[np.ndarray, " n"]]:
    """All different answers, as last written, and the place of each example's among them."""
    keys = [answer_key(example.answer) for example in asked]
    written = {key: example.answer for key, example in zip(keys, asked, strict=True)}
    places = {key: place for place, key in enumerate(written)}
    return tuple(written.values()), np.array([places[key] for key in keys])


def _fit(known: _Known, kernels: Sequence[Kernel], *, seed: int) -> tuple[Ridge, dict[_Name, dict[str, float]]]:
    compared, kept = known.some(_COMPARED, seed=seed), known.some(_MOST, seed=seed)
    kernel, penalty = choose_kernel(compared.problem, kernels, gain=compared.gain)
    ridge, scores = fit_ridge(kept.problem, kernel, penalty, answers=kept.answers)
    out_of_fold = {
        name: probabilities_of(kept.answers, row, possible=possible)
        for name, row, possible in zip(kept.names, scores, kept.possible, strict=True)
    }
    return ridge, out_of_fold
