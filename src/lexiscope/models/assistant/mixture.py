"""`Mixture`: probabilities of language model, answer classifier, evidence and what is told, mixed into one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

_FORMS = {  # names on disk -> fields
    "offered": "closed",
    "free": "open",
    "offered-informed": "closed_informed",
    "free-informed": "open_informed",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """Vote of one piece of evidence for an answer.

    Args:
        answer: Answer key of the evidence: texts that read alike have one key.
        score: The re-ranker's log-odds that the evidence holds here.
    """

    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of language model, classifier, evidence and what is told in the probability of an answer.

    p(a) = (1 - e - c - r) p_LM(a) + c p_C(a) + r o(a) + e Σ_i softmax(score_i / temperature) [answer_i = a]

    The interpolation of kNN-LM (https://arxiv.org/abs/1911.00172) over whole answers, with a re-ranker's score in the
    place of a distance, a classifier of answers and the sentences of the context beside it, by the word overlap o that
    is expected of them; that use is ours. What proposes nothing has no weight.

    Args:
        evidence: Weight e of the retrieved evidence.
        classifier: Weight c of the answer classifier.
        temperature: Divisor of the re-ranker's log-odds; lower trusts the first pieces more.
        threshold: Least probability of an answer that is given.
        reading: Weight r of the sentences of the context; with the other weights at most 1.
    """

    evidence: float = 0.0
    classifier: float = 0.0
    temperature: float = 1.0
    threshold: float = 0.0
    reading: float = 0.0

    def gives(self, score: float) -> bool:
        """True where an answer of this probability is given; else the model abstains, as it does at probability 0.

        Example:
            >>> [Weights(threshold=0.3).gives(score) for score in (0.0, 0.2, 0.3)]
            [False, False, True]
        """
        return score > 0 and score >= self.threshold

    def probabilities(
        self,
        lm_scores: Mapping[str, float],
        votes: Sequence[Vote] = (),
        classifier_scores: Mapping[str, float] | None = None,
        read_scores: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Probability of every candidate answer; where all are offered by the question they sum to at most 1.

        Args:
            lm_scores: Answer -> its probability under the language model.
            votes: Answers of the evidence with the re-ranker's scores.
            classifier_scores: Answer -> its probability under the classifier.
            read_scores: Sentence of the context -> the word overlap with the answer that is expected of it.

        Example:
            >>> Weights(evidence=0.5).probabilities({"yes": 0.2, "no": 0.6}, [Vote("yes", 0.0), Vote("yes", 1.0)])
            {'yes': 0.6, 'no': 0.3}
        """
        named = ((self.classifier, classifier_scores or {}), (self.reading, read_scores or {}))
        evidence = self.evidence if votes else 0.0
        language = max(0.0, 1 - self.evidence - self.classifier - self.reading)
        total = (language + evidence + sum(weight for weight, scores in named if scores)) or 1.0
        mixed = {answer: language / total * score for answer, score in lm_scores.items()}
        for weight, scores in named:
            for answer, score in scores.items():
                mixed[answer] = mixed.get(answer, 0.0) + weight / total * score
        shares = _softmax(np.array([vote.score for vote in votes]) / self.temperature)
        for vote, share in zip(votes, shares, strict=True):
            mixed[vote.answer] = mixed.get(vote.answer, 0.0) + evidence / total * float(share)
        return mixed


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights of an assistant's answers and thresholds of abstaining, for every form of question.

    Args:
        closed: Weights for closed-ended questions, whose form offers their answers: yes or no, or what they name.
        open: Weights for open-ended questions; an answer can be worded in many ways, so each wording is less likely.
        closed_informed: Weights for closed-ended questions that come with a context; `closed` when None.
        open_informed: Weights for open-ended questions that come with a context; `open` when None.
    """

    closed: Weights = Weights()
    open: Weights = Weights()
    closed_informed: Weights | None = None
    open_informed: Weights | None = None

    def weights(self, *, closed: bool, informed: bool) -> Weights:
        """Weights for a form of question.

        Example:
            >>> mixture = Mixture(closed_informed=Weights(classifier=0.5))
            >>> [mixture.weights(closed=True, informed=informed).classifier for informed in (False, True)]
            [0.0, 0.5]
        """
        own = (self.closed_informed if closed else self.open_informed) if informed else None
        return own or (self.closed if closed else self.open)

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Plain JSON types, under the names that saved models use.

        Example:
            >>> Mixture.from_dict(Mixture().to_dict()) == Mixture()
            True
        """
        every = {name: getattr(self, field) for name, field in _FORMS.items()}
        return {name: asdict(weights) for name, weights in every.items() if weights is not None}

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "Mixture":
        """The inverse of `to_dict`.

        Raises:
            ValueError: a weight that is missing, unknown or no number.
        """
        try:
            weights = {_FORMS[name]: Weights(**given) for name, given in settings.items()}
            made = cls(weights.pop("closed"), weights.pop("open"), **weights)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"expected weights of closed and open questions, got others: {error}") from error
        if not all(isinstance(x, int | float) for weights in made.to_dict().values() for x in weights.values()):
            raise ValueError(f"expected weights that are numbers, got {made.to_dict()}")
        return made


def _softmax(scores: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    if not len(scores):
        return scores
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()
