"""`Mixture`: what the language model would say and what similar cases were answered, weighed into one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True)
class Vote:
    """What one piece of evidence says.

    Args:
        answer: Its answer, as a key: texts that read alike are one.
        score: Log-odds that it holds here, from the re-ranker.
    """

    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """p(a) = (1 - weight) p_LM(a) + weight Σ_i softmax(score_i / temperature) [answer_i = a].

    The interpolation of kNN-LM (https://arxiv.org/abs/1911.00172) over whole answers, with a re-ranker's score in the
    place of a distance; that use is ours.

    Args:
        weight: Of the evidence, 0 to 1.
        temperature: Divides the re-ranker's log-odds; lower trusts the first pieces more.
        threshold: Answers less likely than this are not given; nor are those that nothing speaks for.
    """

    weight: float = 0.0
    temperature: float = 1.0
    threshold: float = 0.0

    def gives(self, score: float) -> bool:
        """Whether an answer of this probability is given; else the model abstains."""
        return score > 0 and score >= self.threshold

    def chances(self, spoken: Mapping[str, float], votes: Sequence[Vote]) -> dict[str, float]:
        """Probability of every answer that the language model or the evidence proposes.

        Args:
            spoken: Answer -> its probability under the language model.
            votes: Of the evidence; none leaves all to the language model.

        Example:
            >>> Mixture(weight=0.5).chances({"yes": 0.2, "no": 0.6}, [Vote("yes", 0.0), Vote("yes", 1.0)])
            {'yes': 0.6, 'no': 0.3}
        """
        shares = _softmax(np.array([vote.score for vote in votes]) / self.temperature)
        weight = self.weight if votes else 0.0
        found = {answer: (1 - weight) * chance for answer, chance in spoken.items()}
        for vote, share in zip(votes, shares, strict=True):
            found[vote.answer] = found.get(vote.answer, 0.0) + weight * float(share)
        return found


def _softmax(scores: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    if not len(scores):
        return scores
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()
