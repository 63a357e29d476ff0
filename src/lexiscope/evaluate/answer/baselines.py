"""Baselines of answering: answers that look at no image."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.retrieval import question_vectors
from lexiscope.corpus.wording import answer_key
from lexiscope.models.joint import JointSpace

CLOSED = ("closed", "defect")  # kinds of questions that have a few answers
_NEAREST = 10  # questions learned from that vote for an open answer
_SHARPNESS = 8  # power of their cosine: a paraphrase outweighs a crowd


@dataclass(frozen=True, slots=True)
class BaselineAnswers:
    """Answers to some questions, in their order.

    Args:
        answers: Answers as they are written.
        scores: Confidence of each answer, on the scale of whoever gave it.
    """

    answers: Sequence[str]
    scores: Sequence[float]


def majority_answers(learned: Sequence[InstructionExample], examples: Sequence[InstructionExample]) -> BaselineAnswers:
    """Give the most frequent answer of the same kind of question; answers that read alike count as one.

    Example:
        >>> from lexiscope.core.case import Case, Provenance
        >>> case = Case("c1", "p1", Provenance("by hand"))
        >>> learned = [InstructionExample(case, "Is it red?", answer, "closed") for answer in ("No", "Yes", "No")]
        >>> majority_answers(learned, learned[:1]).answers
        ['No']
    """
    common = _common(_spelled_alike(learned))
    best = {kind: counts.most_common(1)[0] for kind, counts in common.items()}
    chosen = [best.get(example.kind, best[""]) for example in examples]
    return BaselineAnswers([answer for answer, _ in chosen], [count / len(learned) for _, count in chosen])


def random_answers(
    learned: Sequence[InstructionExample], examples: Sequence[InstructionExample], *, seed: int
) -> BaselineAnswers:
    """Give an answer to another question of the same kind, drawn at random: the random-answer baseline.

    Args:
        learned: Questions with the answers to draw from.
        examples: Questions to answer.
        seed: Seed of the draw.

    Example:
        >>> from lexiscope.core.case import Case, Provenance
        >>> case = Case("c1", "p1", Provenance("by hand"))
        >>> known = [InstructionExample(case, "Is it red?", "No", "closed")]
        >>> random_answers(known, known, seed=0).answers
        ['No']
    """
    pools: dict[str, list[str]] = {"": [example.answer for example in learned]}
    for example in learned:
        pools.setdefault(example.kind, []).append(example.answer)
    generator = np.random.default_rng(seed)
    drawn = [
        pool[int(generator.integers(len(pool)))]
        for pool in (pools.get(example.kind, pools[""]) for example in examples)
    ]
    return BaselineAnswers(drawn, [0.0] * len(drawn))


def question_only_answers(
    joint: JointSpace, learned: Sequence[InstructionExample], examples: Sequence[InstructionExample]
) -> BaselineAnswers:
    """Answers from the question alone, by the strongest simple means for each kind.

    Closed questions: logistic regression over the answers, on the text tower's vector of the question beside its words
    and pairs of words (TF-IDF). Others: the nearest questions vote for their answers, each with its cosine. Answers
    that read alike count as one.
    """
    learned = _spelled_alike(learned)
    vectors = question_vectors(joint, [example.question for example in (*learned, *examples)])
    known, new = vectors[: len(learned)], vectors[len(learned) :]
    given = _nearest(known, learned, new, examples)
    for kind in {example.kind for example in examples} & set(CLOSED):
        fit, rows = _of_kind(learned, kind), _of_kind(examples, kind)
        if len({learned[row].answer for row in fit}) < 2:
            continue
        answers = _regressed(known[fit], [learned[row] for row in fit], new[rows], [examples[row] for row in rows])
        for row, answer in zip(rows, answers, strict=True):
            given[row] = answer
    return BaselineAnswers([answer for answer, _ in given], [score for _, score in given])


def _of_kind(examples: Sequence[InstructionExample], kind: str) -> list[int]:
    return [row for row, example in enumerate(examples) if example.kind == kind]


def _nearest(
    known: Float32[np.ndarray, "n w"],
    learned: Sequence[InstructionExample],
    new: Float32[np.ndarray, "m w"],
    examples: Sequence[InstructionExample],
) -> list[tuple[str, float]]:
    cosines, nearest_answers = new @ known.T, []
    kinds = np.array([example.kind for example in learned])
    for row, example in enumerate(examples):
        same = np.flatnonzero(kinds == example.kind)
        pool = same if len(same) else np.arange(len(learned))
        nearest = pool[np.argsort(-cosines[row, pool], kind="stable")[:_NEAREST]]
        votes: dict[str, float] = {}
        for place in nearest:
            weight = float(cosines[row, place]) ** _SHARPNESS
            votes[learned[place].answer] = votes.get(learned[place].answer, 0.0) + weight
        answer = max(votes, key=lambda name: votes[name])
        nearest_answers.append((answer, votes[answer] / sum(votes.values())))
    return nearest_answers


def _regressed(
    known: Float32[np.ndarray, "n w"],
    learned: Sequence[InstructionExample],
    new: Float32[np.ndarray, "m w"],
    examples: Sequence[InstructionExample],
) -> list[tuple[str, float]]:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = [example.question for example in learned]
    table = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(words)
    features = hstack([csr_matrix(known), table.transform(words)])
    fitted = LogisticRegression(max_iter=2000).fit(features, [example.answer for example in learned])
    measured = hstack([csr_matrix(new), table.transform([example.question for example in examples])])
    probabilities = fitted.predict_proba(measured)
    likeliest = probabilities.argmax(1)
    return [(str(fitted.classes_[best]), float(row[best])) for row, best in zip(probabilities, likeliest, strict=True)]


def _spelled_alike(learned: Sequence[InstructionExample]) -> list[InstructionExample]:
    """Examples with one spelling for answers that read alike ("Yes", "yes."), lest their votes be split."""
    written = Counter(example.answer for example in learned)
    spelling: dict[str, str] = {}
    for answer, _ in written.most_common():
        spelling.setdefault(answer_key(answer), answer)
    return [replace(example, answer=spelling[answer_key(example.answer)]) for example in learned]


def _common(learned: Sequence[InstructionExample]) -> dict[str, Counter[str]]:
    """Answers by kind of question, and over all kinds under the empty name."""
    counts: dict[str, Counter[str]] = {"": Counter(example.answer for example in learned)}
    for example in learned:
        counts.setdefault(example.kind, Counter())[example.answer] += 1
    return counts
