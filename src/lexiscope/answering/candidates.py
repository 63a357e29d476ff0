"""`ScoredCandidates`: the answers that a question may have, with how likely each is by every part of an assistant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lexiscope.answering.reranking import RankedEvidence
from lexiscope.corpus.wording import word_overlap
from lexiscope.models.assistant.mixture import Mixture, Vote, Weights

_COMPARED = 16  # likeliest candidates whose words are compared
_PROPOSED = 4  # candidates of the evidence, and of the classifier, that the language model scores


@dataclass(frozen=True)
class ScoredCandidates:
    """Candidate answers to one question, by language model, classifier and evidence.

    An answer is known by its key, so that answers which read alike are one (`lexiscope.corpus.wording.answer_key`).

    Args:
        lm_scores: Answer -> how likely the language model holds it. Closed-ended, that is its probability. Open-ended,
            it is the geometric mean over its tokens, as beam search normalises lengths
            (https://arxiv.org/abs/1609.08144), because whole sentences would never be likely otherwise: such scores
            are no probabilities and may sum to more than 1.
        evidence: Ranked evidence, best first.
        votes: Answers of the evidence, with the re-ranker's scores.
        texts: Answer as a key -> as it is written.
        classifier_scores: Answer -> its probability under the classifier of answers.
        closed: Whether the question's form offers its answers.
        read_scores: Sentence of the context -> the word overlap with the answer that is expected of it.
        informed: Whether the question comes with a context.
        impossible: Answers that the question's form rules out, whatever their scores.
    """

    lm_scores: Mapping[str, float]
    evidence: Sequence[RankedEvidence] = ()
    votes: Sequence[Vote] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    classifier_scores: Mapping[str, float] = field(default_factory=dict)
    closed: bool = False
    read_scores: Mapping[str, float] = field(default_factory=dict)
    informed: bool = False
    impossible: frozenset[str] = frozenset()

    def probabilities(self, weights: Weights) -> dict[str, float]:
        """Mixture of all scores for every candidate; closed-ended, they are probabilities and sum to at most 1.

        Answers that the question rules out are left out.

        Example:
            >>> ScoredCandidates({"yes": 0.6, "no": 0.3}, closed=True).probabilities(Weights())
            {'yes': 0.6, 'no': 0.3}
        """
        mixed = weights.probabilities(self.lm_scores, self.votes, self.classifier_scores, self.read_scores)
        return {answer: score for answer, score in mixed.items() if answer not in self.impossible}

    def weights(self, mixture: Mixture) -> Weights:
        """Weights of the mixture for this form of question.

        Example:
            >>> mixture = Mixture(closed=Weights(evidence=0.5), open=Weights(evidence=0.1))
            >>> ScoredCandidates({}, closed=True).weights(mixture).evidence
            0.5
        """
        return mixture.weights(closed=self.closed, informed=self.informed)

    def best(self, mixture: Mixture) -> tuple[str, float]:
        """The answer to give as written, and its mixed score; an empty one, which is none, has score 0.

        It is the one that shares most words with what else is likely (minimum Bayes risk decoding,
        https://aclanthology.org/N04-1022, with token F1 as the gain); of answers without common words the likeliest.

        Example:
            >>> answers = {"left lobe": 0.3, "the left lobe": 0.3, "right": 0.35}
            >>> ScoredCandidates(answers, texts={key: key for key in answers}).best(Mixture())
            ('left lobe', 0.3)
        """
        probabilities = {**self.probabilities(self.weights(mixture)), "": 0.0}
        likely = sorted(probabilities, key=lambda answer: -probabilities[answer])[:_COMPARED]

        def gain(answer: str) -> float:
            return sum(probabilities[other] * word_overlap(answer, other) for other in likely) if answer else 0

        key = max(likely, key=gain)
        return self.texts.get(key, ""), probabilities[key]

    def proposed(self) -> list[str]:
        """Candidates worth scoring with the language model: the first of the evidence, the likeliest of the classifier.

        Example:
            >>> ScoredCandidates({}, votes=[Vote("red", 2.0)], classifier_scores={"blue": 0.4, "red": 0.6}).proposed()
            ['red', 'blue']
        """
        likely = sorted(self.classifier_scores, key=lambda answer: -self.classifier_scores[answer])
        voted = list(dict.fromkeys(vote.answer for vote in self.votes))
        return list(dict.fromkeys([*voted[:_PROPOSED], *likely[:_PROPOSED]]))
