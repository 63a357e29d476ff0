"""`AnswerPipeline`: retrieve, re-rank, decode: the way from questions to scored candidate answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float32

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.closed_questions import impossible_answers, offered_answers
from lexiscope.answering.questions import Questions
from lexiscope.answering.reranking import RankedEvidence, TokenStates, ranked, rerank, retrieve_all
from lexiscope.answering.retrieval import RetrievalStore, answer_sentences, context_vectors
from lexiscope.core.batched import batched
from lexiscope.corpus.wording import answer_key
from lexiscope.models.assistant.assistant import Assistant, GeneratedAnswer
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.mixture import Vote
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker

MAX_TOKENS = 64  # of an answer
_ROWS = 16  # questions at once
_SENTENCES = 4  # of a context, that may be the answer


@dataclass(frozen=True)
class AnswerPipeline:
    """An assistant with its classifier of answers, its re-ranker and the store that evidence comes from.

    Args:
        joint: Joint space that retrieval compares images and questions in.
        assistant: Language model that reads images.
        classifier: Classifier of learned answers; None where no question was trained on.
        reranker: Re-ranker of evidence; None without evidence.
        store: Cases with what was said about them; None without evidence.
        words: Vectors of questions, and token states of the texts that the re-ranker compares.
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
        """A pipeline whose evidence comes from some cases of the store alone."""
        return self if self.store is None else replace(self, store=replace(self.store, allowed=allowed))

    def evidence(self, questions: Questions) -> list[list[RankedEvidence]]:
        """Statements about similar cases for each question, re-ranked, best first; none without a store."""
        if self.store is None or self.reranker is None:
            return [[] for _ in questions.texts]
        retrieved = retrieve_all(
            self.store,
            questions.texts,
            self.words.vectors(questions.texts),
            questions.images,
            excluded_groups=questions.excluded_groups,
        )
        return ranked(retrieved, rerank(self.reranker, self.store, retrieved, words=self.words))

    @torch.inference_mode()
    def score_answers(
        self,
        questions: Questions,
        *,
        retrieve: bool = True,
        evidence: Sequence[Sequence[RankedEvidence]] | None = None,
        offered: Sequence[frozenset[str]] | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> Iterator[ScoredCandidates]:
        """Candidate answers with all their scores, in the order of the questions.

        Args:
            questions: Questions with the image tokens of their cases.
            retrieve: Look for evidence; without it language model and classifier answer from the image alone.
            evidence: Evidence for each question in place of what would be found, as `evidence` gives it.
            offered: Answers that each question offers in place of those that its form does, as `offered` gives them.
            max_tokens: Longest answer that the language model writes.
        """
        if evidence is None:
            evidence = self.evidence(questions) if retrieve else [[] for _ in questions.texts]
        vectors = self.words.vectors(questions.texts)
        if offered is None:
            offered = [self.offered(text) for text in questions.texts]
        classified = self._classified(questions, vectors, offered)
        questions = replace(questions, seen=with_questions(questions.seen, torch.from_numpy(vectors)))
        for rows in batched(range(len(questions.texts)), _ROWS):
            tokens = questions.seen.rows(list(rows)).to(self.assistant.device)
            prompts = [self._prompt(questions, row, evidence[row], max_tokens) for row in rows]
            candidates = [
                self._read(
                    self.without_language_model(
                        questions.texts[row], evidence[row], classified[row], offered=offered[row]
                    ),
                    vectors[row],
                    questions.context(row),
                )
                for row in rows
            ]
            proposed = [sorted(offered[row]) or each.proposed() for row, each in zip(rows, candidates, strict=True)]
            yield from self._with_language_model(tokens, prompts, candidates, proposed, max_tokens=max_tokens)

    def offered(self, question: str) -> frozenset[str]:
        """Keys of the answers that a question's form offers, among those that were learned; none of an open one."""
        return offered_answers(question, self._known.keys())

    def without_language_model(
        self,
        question: str,
        evidence: Sequence[RankedEvidence],
        classifier_scores: Mapping[str, float],
        *,
        offered: frozenset[str] | None = None,
    ) -> ScoredCandidates:
        """Candidates of evidence and classifier alone, before the language model is asked.

        Args:
            question: The question; the answers that it offers are the only ones that count.
            evidence: Ranked evidence, best first.
            classifier_scores: Answer -> its probability under the classifier.
            offered: Answers in place of those that the question offers.
        """
        offered = self.offered(question) if offered is None else offered
        votes = [vote for vote in self._votes(evidence) if not offered or vote.answer in offered]
        texts = {key: self._known[key] for key in (*classifier_scores, *(vote.answer for vote in votes))}
        return ScoredCandidates(
            {},
            evidence,
            votes,
            texts,
            classifier_scores,
            closed=bool(offered),
            impossible=frozenset() if offered else impossible_answers(question),
        )

    def read_texts(self, evidence: Sequence[RankedEvidence]) -> list[str]:
        """Texts of the evidence that the language model reads, each once."""
        if self.store is None:
            return []
        texts = dict.fromkeys(self.store.items[each.retrieved.item].text for each in evidence)
        return list(texts)[: self.read]

    def _classified(
        self, questions: Questions, vectors: Float32[np.ndarray, "n w"], offered: Sequence[frozenset[str]]
    ) -> list[dict[str, float]]:
        if self.classifier is None:
            return [{} for _ in questions.texts]
        contexts = context_vectors(self.words.vectors, vectors, questions.contexts or [None] * len(questions.texts))
        return self.classifier.probabilities(questions.seen, vectors, contexts, possible=offered)

    def _read(
        self, candidates: ScoredCandidates, question: Float32[np.ndarray, " w"], context: str | None
    ) -> ScoredCandidates:
        """Add the sentences of the context that are likeliest to answer an open-ended question."""
        sentences = {answer_key(sentence): sentence for sentence in answer_sentences(context)}
        candidates = replace(candidates, informed=bool(sentences))
        if not sentences or candidates.closed or self.classifier is None or self.classifier.reading is None:
            return candidates
        scores = self.classifier.read(question, self.words.vectors(list(sentences.values())))
        best = sorted(zip(scores.tolist(), sentences, strict=True), reverse=True)[:_SENTENCES]
        texts = {key: sentences[key] for _, key in best}
        return replace(
            candidates, read_scores={key: score for score, key in best}, texts=texts | dict(candidates.texts)
        )

    def _prompt(self, questions: Questions, row: int, evidence: Sequence[RankedEvidence], max_tokens: int) -> str:
        question, context = questions.texts[row], questions.context(row)
        images = self.assistant.image_length(questions.seen)
        texts = self.assistant.fit_evidence(
            self.read_texts(evidence), question, images=images, answer=max_tokens, context=context
        )
        return write_prompt(question, evidence=texts, context=context)

    def _with_language_model(
        self,
        tokens: ImageTokens,
        prompts: Sequence[str],
        candidates: Sequence[ScoredCandidates],
        proposed: Sequence[Sequence[str]],
        *,
        max_tokens: int,
    ) -> Iterator[ScoredCandidates]:
        """Add the language model's score of each proposed answer and, open-ended, its own greedy answer."""
        scores = self._lm_scores(tokens, prompts, proposed, closed=[each.closed for each in candidates])
        open_ended = [row for row, each in enumerate(candidates) if not each.closed]
        generated = self._generated(tokens, prompts, open_ended, max_tokens)
        for row, each in enumerate(candidates):
            answers = {answer_key(answer.text): answer for answer in generated.get(row, ())}
            own = {key: float(np.exp(answer.log_likelihood / answer.tokens)) for key, answer in answers.items()}
            texts = {key: answer.text for key, answer in answers.items()} | {
                key: self._known[key] for key in scores[row]
            }
            yield replace(each, lm_scores=scores[row] | own, texts=texts | dict(each.texts))

    def _generated(
        self, tokens: ImageTokens, prompts: Sequence[str], rows: Sequence[int], max_tokens: int
    ) -> dict[int, list[GeneratedAnswer]]:
        """Row -> the language model's own answers."""
        if not rows:
            return {}
        answers = self.assistant.say(tokens.rows(rows), [prompts[row] for row in rows], max_tokens=max_tokens)
        return {row: [answer] for row, answer in zip(rows, answers, strict=True)}

    def _lm_scores(
        self, tokens: ImageTokens, prompts: Sequence[str], proposed: Sequence[Sequence[str]], *, closed: Sequence[bool]
    ) -> list[dict[str, float]]:
        """Score of each proposed answer that fits beside its prompt; see `ScoredCandidates.lm_scores`."""
        fitting = [self._fitting(tokens, prompt, keys) for prompt, keys in zip(prompts, proposed, strict=True)]
        answers = [[self._known[key] for key in keys] for keys in fitting]
        scored = self.assistant.weigh(tokens, prompts, answers)
        return [
            {
                key: float(np.exp(log_likelihood if whole else log_likelihood / length))
                for key, (log_likelihood, length) in zip(keys, scores, strict=True)
            }
            for keys, scores, whole in zip(fitting, scored, closed, strict=True)
        ]

    def _fitting(self, tokens: ImageTokens, prompt: str, keys: Sequence[str]) -> list[str]:
        room = self.assistant.context_length - self.assistant.image_length(tokens)
        return [key for key in keys if self.assistant.prompt_length(prompt, self._known[key]) <= room]

    @cached_property
    def _known(self) -> dict[str, str]:
        """Answers that were learned: as a key -> as it is written."""
        items = () if self.store is None else self.store.items
        answers = {answer_key(item.answer): item.answer for item in reversed(items) if item.answer is not None}
        return answers | ({} if self.classifier is None else self.classifier.answers)

    def _votes(self, evidence: Sequence[RankedEvidence]) -> list[Vote]:
        items = [] if self.store is None else [self.store.items[each.retrieved.item] for each in evidence]
        return [
            Vote(answer_key(item.answer), each.score)
            for item, each in zip(items, evidence, strict=True)
            if item.answer is not None
        ]
