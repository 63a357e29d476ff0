"""`AnswerPipeline`: retrieve, re-rank, decode; what `ask` does, and what instruction tuning fits its last weights
with."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32

from lexiscope.answering.closed_questions import offered_answers
from lexiscope.answering.reranking import RetrievedEvidence, TokenStates, rerank, retrieve_all
from lexiscope.answering.retrieval import RetrievalStore, Retrieved, context_vectors, question_vectors
from lexiscope.corpus.wording import answer_key, word_overlap
from lexiscope.models.assistant.assistant import Assistant, GeneratedAnswer
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.mixture import Mixture, Vote, Weights
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker

MAX_TOKENS = 64  # of an answer
_ROWS = 16  # questions at once
_WEIGHED = 16  # different answers whose words are compared
_PROPOSED = 4  # different answers of the evidence, and of the classifier, that the language model weighs


@dataclass(frozen=True)
class Questions:
    """Questions about cases, one case each.

    Args:
        texts: As asked.
        seen: What is seen of each question's case.
        images: Embeddings of the cases, unit rows.
        excluded_groups: Groups that evidence about each question never comes from: those it is about.
        contexts: What is known about each case, in words.
    """

    texts: Sequence[str]
    seen: ImageTokens
    images: Float32[np.ndarray, "n d"]
    excluded_groups: Sequence[Collection[str]]
    contexts: Sequence[str | None] | None = None

    def context(self, row: int) -> str | None:
        """What is known about a row's case."""
        return None if self.contexts is None else self.contexts[row]


@dataclass(frozen=True, slots=True)
class RankedEvidence:
    """A piece of evidence with the score of each stage.

    Args:
        recalled: Cosines of image and wording.
        score: The re-ranker's log-odds that it holds.
    """

    retrieved: Retrieved
    score: float

    @property
    def probability(self) -> float:
        """The re-ranker's probability that it holds."""
        return float(1 / (1 + np.exp(-self.score)))


@dataclass(frozen=True)
class ScoredCandidates:
    """What an assistant, its classifier and the evidence propose for one question.

    Args:
        lm_scores: Answer -> its probability under the language model; answers that read alike are one. Open-ended, it
            is the geometric mean over the tokens, as beam search normalises lengths
            (https://arxiv.org/abs/1609.08144): whole sentences would never be likely otherwise.
        evidence: Ranked evidence, best first.
        texts: Answer as a key -> as written.
        classifier_scores: Answer -> its probability under the classifier of answers.
        closed: Whether the question's form offers its answers.
    """

    lm_scores: Mapping[str, float]
    evidence: Sequence[RankedEvidence] = ()
    votes: Sequence[Vote] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    classifier_scores: Mapping[str, float] = field(default_factory=dict)
    closed: bool = False

    def probabilities(self, weights: Weights) -> dict[str, float]:
        """Probability of every answer that is proposed."""
        return weights.probabilities(self.lm_scores, self.votes, self.classifier_scores)

    def weights(self, mixture: Mixture) -> Weights:
        """Those of the mixture that hold for this form of question."""
        return mixture.closed if self.closed else mixture.open

    def best(self, mixture: Mixture) -> tuple[str, float]:
        """The answer to give as written, and its probability; an empty one, which is none, has probability 0.

        It is the one that shares most words with what else is likely (minimum Bayes risk decoding,
        https://aclanthology.org/N04-1022, with token F1 as the gain); of answers without common words the likeliest.
        """
        probabilities = {**self.probabilities(self.weights(mixture)), "": 0.0}
        likely = sorted(probabilities, key=lambda answer: -probabilities[answer])[:_WEIGHED]
        key = max(
            likely, key=lambda answer: sum(probabilities[b] * word_overlap(answer, b) for b in likely) if answer else 0
        )
        return self.texts.get(key, ""), probabilities[key]


@dataclass(frozen=True)
class AnswerPipeline:
    """An assistant with its classifier of answers, its re-ranker and its memory.

    Args:
        classifier: None where no question was taught.
        read: Pieces of evidence that the language model reads; the rest only votes.
    """

    joint: JointSpace
    assistant: Assistant
    classifier: AnswerClassifier | None
    reranker: Reranker | None
    store: RetrievalStore | None
    words: TokenStates
    read: int = 3

    def only(self, allowed: Bool[np.ndarray, " n"]) -> "AnswerPipeline":
        """The same with evidence from some cases of the memory alone."""
        return self if self.store is None else replace(self, store=replace(self.store, allowed=allowed))

    def evidence(self, questions: Questions) -> list[list[RankedEvidence]]:
        """What was said about similar cases, re-ranked, best first; nothing without a memory."""
        if self.store is None or self.reranker is None:
            return [[] for _ in questions.texts]
        asking = retrieve_all(
            self.joint, self.store, questions.texts, questions.images, excluded_groups=questions.excluded_groups
        )
        return ranked(asking, rerank(self.reranker, self.store, asking, words=self.words))

    @torch.inference_mode()
    def score_answers(
        self, questions: Questions, *, retrieve: bool = True, max_tokens: int = MAX_TOKENS
    ) -> Iterator[ScoredCandidates]:
        """Everything that speaks for one or the other answer, in the order of the questions.

        Args:
            retrieve: Look for evidence; without it language model and classifier answer from the image alone.
        """
        found = self.evidence(questions) if retrieve else [[] for _ in questions.texts]
        vectors = question_vectors(self.joint, questions.texts)
        possible = [offered_answers(text, self._known.keys()) for text in questions.texts]
        classifier_scores = self._classified(questions, vectors, possible)
        questions = replace(questions, seen=with_questions(questions.seen, torch.from_numpy(vectors)))
        for start in range(0, len(questions.texts), _ROWS):
            rows = list(range(start, min(start + _ROWS, len(questions.texts))))
            seen = questions.seen.rows(rows).to(self.assistant.device)
            prompts = [self._prompt(questions, row, found[row], max_tokens) for row in rows]
            silent = [
                self.without_language_model(questions.texts[row], found[row], classifier_scores[row]) for row in rows
            ]
            yield from self._spoken(seen, prompts, silent, [possible[row] for row in rows], max_tokens=max_tokens)

    def _classified(
        self, questions: Questions, vectors: Float32[np.ndarray, "n w"], possible: Sequence[frozenset[str]]
    ) -> list[dict[str, float]]:
        if self.classifier is None:
            return [{} for _ in questions.texts]
        contexts = context_vectors(self.joint, questions.contexts or [None] * len(questions.texts))
        return self.classifier.probabilities(questions.seen, vectors, contexts, possible=possible)

    def _prompt(self, questions: Questions, row: int, found: Sequence[RankedEvidence], max_tokens: int) -> str:
        question, context = questions.texts[row], questions.context(row)
        images = self.assistant.projector.length(questions.seen.tokens)
        texts = self.read_texts(found)
        texts = self.assistant.fit_evidence(texts, question, images=images, answer=max_tokens, context=context)
        return write_prompt(question, evidence=texts, context=context)

    def without_language_model(
        self, question: str, found: Sequence[RankedEvidence], classifier_scores: Mapping[str, float]
    ) -> ScoredCandidates:
        """What evidence and classifier propose, before the language model is asked."""
        allowed = offered_answers(question, self._known.keys())
        votes = [vote for vote in self._votes(found) if not allowed or vote.answer in allowed]
        texts = {key: self._known[key] for key in (*classifier_scores, *(vote.answer for vote in votes))}
        return ScoredCandidates({}, found, votes, texts, classifier_scores, closed=bool(allowed))

    def read_texts(self, found: Sequence[RankedEvidence]) -> list[str]:
        """The texts of evidence that the language model reads, each once."""
        assert self.store is not None or not found
        texts = dict.fromkeys(self.store.items[one.retrieved.item].text for one in found) if self.store else {}
        return list(texts)[: self.read]

    def _spoken(
        self,
        seen: ImageTokens,
        prompts: Sequence[str],
        silent: Sequence[ScoredCandidates],
        possible: Sequence[frozenset[str]],
        *,
        max_tokens: int,
    ) -> Iterator[ScoredCandidates]:
        """The same with what the language model holds of each proposal, and what it says itself."""
        proposed = [sorted(allowed) or _proposed(one) for one, allowed in zip(silent, possible, strict=True)]
        likely = self._likely(seen, prompts, proposed, closed=[one.closed for one in silent])
        written = self._written(seen, prompts, [row for row, one in enumerate(silent) if not one.closed], max_tokens)
        for row, one in enumerate(silent):
            said = {answer_key(new.text): new for new in written.get(row, ())}
            own = {key: float(np.exp(new.log_likelihood / new.tokens)) for key, new in said.items()}
            texts = {key: new.text for key, new in said.items()} | {key: self._known[key] for key in likely[row]}
            yield replace(one, lm_scores=likely[row] | own, texts=texts | dict(one.texts))

    def _written(
        self, seen: ImageTokens, prompts: Sequence[str], rows: Sequence[int], max_tokens: int
    ) -> dict[int, list[GeneratedAnswer]]:
        """What the language model says by itself, where the question offers no answers."""
        if not rows:
            return {}
        said = self.assistant.generate(seen.rows(rows), [prompts[row] for row in rows], max_tokens=max_tokens)
        return {row: [one] for row, one in zip(rows, said, strict=True)}

    def _likely(
        self, seen: ImageTokens, prompts: Sequence[str], proposed: Sequence[Sequence[str]], *, closed: Sequence[bool]
    ) -> list[dict[str, float]]:
        """The language model's probability of what is proposed, where it fits beside the prompt."""
        images = self.assistant.projector.length(seen.tokens)
        fitting = [
            [
                key
                for key in keys
                if images + self.assistant.prompt_length(prompt, self._known[key]) <= self.assistant.context_length
            ]
            for prompt, keys in zip(prompts, proposed, strict=True)
        ]
        answers = [[self._known[key] for key in keys] for keys in fitting]
        weighed = self.assistant.score_answers(seen, prompts, answers)
        return [
            {
                key: float(np.exp(likely if whole else likely / tokens))
                for key, (likely, tokens) in zip(keys, own, strict=True)
            }
            for keys, own, whole in zip(fitting, weighed, closed, strict=True)
        ]

    @cached_property
    def _known(self) -> dict[str, str]:
        """Answers that were learned, as they read and as they are written."""
        items = () if self.store is None else self.store.items
        said = {answer_key(item.answer): item.answer for item in reversed(items) if item.answer is not None}
        return said | ({} if self.classifier is None else self.classifier.answers)

    def _votes(self, found: Sequence[RankedEvidence]) -> list[Vote]:
        items = [] if self.store is None else [self.store.items[one.retrieved.item] for one in found]
        return [
            Vote(answer_key(item.answer), one.score)
            for item, one in zip(items, found, strict=True)
            if item.answer is not None
        ]


def ranked(asking: RetrievedEvidence, scores: Sequence[Float[np.ndarray, " k"]]) -> list[list[RankedEvidence]]:
    """The recalled items of each question with their scores, best first."""
    return [
        sorted(
            (RankedEvidence(one, float(score)) for one, score in zip(retrieved, own, strict=True)),
            key=lambda found: -found.score,
        )
        for retrieved, own in zip(asking.retrieved, scores, strict=True)
    ]


def _proposed(weighed: ScoredCandidates) -> list[str]:
    """The first of the evidence and the likeliest of the classifier."""
    likely = sorted(weighed.classifier_scores, key=lambda answer: -weighed.classifier_scores[answer])
    voted = list(dict.fromkeys(vote.answer for vote in weighed.votes))
    return list(dict.fromkeys([*voted[:_PROPOSED], *likely[:_PROPOSED]]))
