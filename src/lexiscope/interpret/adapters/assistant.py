"""An assistant as a subject: how likely it holds the right answer to a question, with fewer inputs.

Inputs are the modalities, "text", the question, and, where it retrieves, "evidence". What stands in for them:

- "missing": the modality is not there; the question has no words; nothing is retrieved. An assistant was trained on no
  case without an image, so where none is left, those of the case are shown blank.
- "zeros": the modality's tokens are zeros, as in the evaluation of answers (of an encoder that mixes modalities, its
  pixels are); else the same.
- "marginal": image, question and evidence of the donor; nothing is retrieved from the groups of either.

It is asked the questions whose form offers their answers, yes or no or what they name, and chooses among these whatever
is taken away; of a split without such questions, all. Where nothing is left by "missing", an answer is as likely as it
is among the questions of its kind learned from, and the most usual one is given. Scores of open questions are no
probabilities (`ScoredCandidates`); they are cut at 1. It is as sure as the score of the answer that it gives, by which
`lexiscope ask` abstains.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples
from lexiscope.answering.questions import Questions
from lexiscope.answering.reranking import RankedEvidence
from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.corpus.wording import answer_key
from lexiscope.interpret.adapters.assistant_images import AssistantImages
from lexiscope.interpret.adapters.hidden_parts import without_words, words_of
from lexiscope.interpret.some_cases import drawn_in_words
from lexiscope.interpret.subject import TEXT, Cases, Coalition, HiddenParts, Outcome
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer
from lexiscope.tasks.embed import embed_texts

EVIDENCE = "evidence"
_QUESTIONS = 16  # of a report, where nobody says how many: of five inputs, a language model is asked each 192 times
_PATCHES = (4, 4)

_Asked: TypeAlias = tuple[tuple[str, ...], bytes, tuple[frozenset[str], ...]]
"""What evidence depends on: questions, vectors of images, groups that it never comes from."""


def assistant_subjects(
    model: ModelDirectory,
    corpus: Corpus,
    split: str,
    *,
    seed: int = 0,
    only: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[tuple["AssistantSubject", Cases[InstructionExample]]]:
    """The assistant of a model with some questions of a split; none without an assistant or without questions.

    Args:
        model: Model directory.
        corpus: Corpus with questions and answers.
        split: Split of the corpus.
        seed: Seed of which questions are taken.
        only: Ids of the cases that questions are taken of; all of them when None.
        limit: Questions to take at most; 16 when None.

    Raises:
        EvaluationError: no question about these cases.
    """
    if not model.has("assistant") or not _examples(model, corpus, split):
        return []
    return [open_assistant(model, corpus, split, seed=seed, limit=limit or _QUESTIONS, only=only)]


def open_assistant(
    model: ModelDirectory,
    corpus: Corpus,
    split: str,
    *,
    seed: int = 0,
    limit: int | None = None,
    only: Sequence[str] | None = None,
) -> tuple["AssistantSubject", Cases[InstructionExample]]:
    """An assistant, and the questions of a split about images that it reads.

    Args:
        model: Model directory with an assistant.
        corpus: Corpus with questions and answers.
        split: Split of the corpus.
        seed: Seed of which questions are taken.
        limit: Questions to take at most; all when None.
        only: Ids of the cases that questions are taken of; all of them when None.

    Raises:
        ModelError: no assistant, or what it was trained on is gone.
        EvaluationError: no question in the split, or none about these cases.
    """
    examples = [one for one in _examples(model, corpus, split) if only is None or one.case.id in only]
    if not examples:
        what = "images" if only is None else ", ".join(only)
        msg = f"expected questions about {what} in split {split!r} of {corpus.path}, found none"
        raise EvaluationError(f"{msg}; build a corpus with --as questions, or name another split")
    answerer, views = Answerer.open(model), model.views()
    offering = [one for one in examples if _offers(answerer, one)]
    examples, drawn = _drawn(offering or examples, limit, seed=seed, offering=bool(offering))
    retrieves = answerer.pipeline.store is not None and answerer.pipeline.reranker is not None
    modalities = sorted(views)
    subject = AssistantSubject(
        name="assistant",
        fingerprint=sha256_json(["assistant", model.fingerprint_of("assistant"), model.fingerprint]),
        inputs=(*modalities, TEXT, *([EVIDENCE] if retrieves else [])),
        fusion=answerer.pipeline.joint.image.config.fusion,
        score="probability of the right answer",
        answerer=answerer,
        sees=AssistantImages(answerer.pipeline, corpus, views),
        usual=_usual(answerer, modalities),
        excluded=_excluded(answerer, [example.case for example in examples]),
    )
    return subject, replace(_cases(examples, subject, corpus, split), drawn=drawn)


@dataclass(frozen=True)
class AssistantSubject:
    """An assistant that answers questions. Use `open_assistant`.

    Args:
        name: What it is.
        fingerprint: Hash of its weights and settings.
        inputs: Modalities by the alphabet, "text", and "evidence" where it retrieves.
        fusion: Place where its joint space's modalities meet.
        score: What it is measured by.
        answerer: The task, open.
        sees: Images of cases as it reads them.
        usual: Kind of question -> how often each answer is right among those learned from; all under the empty name.
        excluded: Case -> groups that evidence about it never comes from.
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str
    answerer: Answerer
    sees: AssistantImages
    usual: Mapping[str, Counter[str]]
    excluded: Mapping[str, frozenset[str]]

    @property
    def meanings(self) -> dict[str, str]:
        """What inputs are whose names do not say it."""
        return {TEXT: "the question", EVIDENCE: "what was said of similar cases"}

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Probability of the right answer under each coalition, and how sure it is of the one that it gives.

        Donors are questions of the split it was opened on.
        """
        retrieved: dict[_Asked, list[list[RankedEvidence]]] = {}
        return [self._outcome(cases, coalition, retrieved) for coalition in coalitions]

    def text_vectors(self, texts: Sequence[str]) -> Float32[np.ndarray, "n d"]:
        """Unit vector of each text in the joint space that evidence is found in."""
        return embed_texts(self.answerer.pipeline.joint, list(texts))

    def image_vectors(self, cases: Cases[Any]) -> Float32[np.ndarray, "b d"]:
        """Unit vector of the images of each question's case in that space."""
        return self.sees.readouts.vectors([example.case for example in cases.items])

    def images(self, cases: Cases[Any]) -> Mapping[str, Float[Tensor, "b ..."]]:
        """Modality -> images of each question's case as the joint space reads them, slices behind the channels."""
        return self.sees.readouts.of_gradients([example.case for example in cases.items])

    @property
    def patch_grid(self) -> tuple[int, int]:
        """Patches along (y, x) that can be hidden, in all images of a case alike."""
        return _PATCHES

    @property
    def parts_score(self) -> str:
        """What is left without some of them."""
        return self.score

    def words(self, case: Cases[Any]) -> tuple[str, ...]:
        """Words of a single question."""
        return words_of(case.items[0].question)

    def without_parts(self, case: Cases[Any], hidden: Sequence[HiddenParts]) -> Float[np.ndarray, " h"]:
        """Probability of the right answer to a single question without these words, before images without patches."""
        example = case.items[0]
        patches = {some: place for place, some in enumerate(dict.fromkeys(one.patches for one in hidden))}
        seen, vectors = self.sees.without_patches(example.case, list(patches), self.patch_grid)
        rows = [patches[one.patches] for one in hidden]
        texts = [without_words(example.question, one.words) for one in hidden]
        asked = Questions(texts, seen.rows(rows), vectors[rows], [self.excluded[example.case.id]] * len(hidden))
        said = self._said([example] * len(hidden), asked, self.answerer.pipeline.evidence(asked))
        return np.array([one.score for one in said])

    def _outcome(
        self, cases: Cases[Any], coalition: Coalition, retrieved: dict[_Asked, list[list[RankedEvidence]]]
    ) -> Outcome:
        donors = _donors(coalition)
        asked = self._questions(cases.items, coalition)
        if EVIDENCE in coalition.kept or EVIDENCE not in self.inputs:
            evidence = self._evidence(asked, retrieved)
        elif donors is None:
            evidence = [[] for _ in cases.items]
        else:
            theirs = self._questions(donors, Coalition(frozenset(self.inputs)))
            evidence = self._evidence(replace(theirs, excluded_groups=asked.excluded_groups), retrieved)
        said = self._said(cases.items, asked, evidence)
        if coalition.removal == "missing":
            usual, nothing = self._usually(cases.items), self._nothing(cases, coalition)
            said = [known if none else one for known, none, one in zip(usual, nothing, said, strict=True)]
        score, confidence, correct = np.array([(one.score, one.confidence, one.correct) for one in said], dtype=float).T
        return Outcome(score, confidence=confidence, correct=correct)

    def _evidence(
        self, asked: Questions, retrieved: dict[_Asked, list[list[RankedEvidence]]]
    ) -> list[list[RankedEvidence]]:
        """Evidence for questions, looked for once: several coalitions ask the same of the same images."""
        key = tuple(asked.texts), asked.images.tobytes(), tuple(map(frozenset, asked.excluded_groups))
        if key not in retrieved:
            retrieved[key] = self.answerer.pipeline.evidence(asked)
        return retrieved[key]

    def _said(
        self,
        examples: Sequence[InstructionExample],
        asked: Questions,
        evidence: Sequence[Sequence[RankedEvidence]],
    ) -> list["_Said"]:
        pipeline, mixture = self.answerer.pipeline, self.answerer.mixture
        offered = [pipeline.offered(example.question) for example in examples]
        scored = pipeline.score_answers(asked, evidence=evidence, offered=offered)
        said = []
        for candidates, example in zip(scored, examples, strict=True):
            answer, confidence = candidates.best(mixture)
            right = answer_key(answer) == answer_key(example.answer)
            said.append(_Said(right_answer(candidates, mixture, example.answer), min(1.0, confidence), right))
        return said

    def _questions(self, examples: Sequence[InstructionExample], coalition: Coalition) -> Questions:
        """Questions as a coalition leaves them."""
        donors = _donors(coalition)
        cases, others = [one.case for one in examples], None if donors is None else [one.case for one in donors]
        seen, vectors = self.sees.under(cases, coalition, others)
        texts = [example.question for example in examples]
        if TEXT not in coalition.kept:
            texts = [""] * len(examples) if donors is None else [donor.question for donor in donors]
        groups = [self.excluded[case.id] for case in cases]
        if others is not None:
            groups = [own | self.excluded[other.id] for own, other in zip(groups, others, strict=True)]
        return Questions(texts, seen, vectors, groups)

    def _nothing(self, cases: Cases[Any], coalition: Coalition) -> Bool[np.ndarray, " b"]:
        kept = [cases.present[name] for name in self.inputs if name in coalition.kept]
        return ~np.any(kept, axis=0) if kept else np.ones(len(cases), dtype=bool)

    def _usually(self, examples: Sequence[InstructionExample]) -> list["_Said"]:
        """The answer that is right most often among the questions of a kind learned from."""
        said = []
        for example in examples:
            known, right = self.usual.get(example.kind, self.usual[""]), answer_key(example.answer)
            (answer, times), *_ = known.most_common(1) or [("", 0)]
            total = max(1, known.total())
            said.append(_Said(known[right] / total, times / total, answer == right))
        return said


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said to one question.

    Args:
        score: Probability of the right answer.
        confidence: That of the answer that is given.
        correct: Whether that one is right.
    """

    score: float
    confidence: float
    correct: bool


def right_answer(candidates: ScoredCandidates, mixture: Mixture, answer: str) -> float:
    """How likely the right answer is among scored candidates: 0 where it is none of them, at most 1.

    Example:
        >>> right_answer(ScoredCandidates({"yes": 0.75, "no": 0.25}, closed=True), Mixture(), "Yes.")
        0.75
    """
    return min(1.0, candidates.probabilities(candidates.weights(mixture)).get(answer_key(answer), 0.0))


def _examples(model: ModelDirectory, corpus: Corpus, split: str) -> list[InstructionExample]:
    examples = find_instruction_examples(corpus.cases(split), modalities=list(model.views()))
    return [example for example in examples if example.kind != CAPTION]


def _drawn(
    examples: Sequence[InstructionExample], limit: int | None, *, seed: int, offering: bool
) -> tuple[list[InstructionExample], str]:
    """Some of the questions in their order, and what was drawn, in words."""
    if limit is None or limit >= len(examples):
        return list(examples), ""
    rows = np.random.default_rng(seed).permutation(len(examples))[:limit]
    kind = " whose form offers their answers" if offering else ""
    return [examples[row] for row in sorted(rows)], drawn_in_words(limit, len(examples), f"questions{kind}", seed=seed)


def _offers(answerer: Answerer, example: InstructionExample) -> bool:
    """True where a question's form offers its right answer."""
    return answer_key(example.answer) in answerer.pipeline.offered(example.question)


def _donors(coalition: Coalition) -> Sequence[InstructionExample] | None:
    return None if coalition.removal != "marginal" or coalition.donors is None else coalition.donors.items


def _usual(answerer: Answerer, modalities: Sequence[str]) -> dict[str, Counter[str]]:
    """Kind of question -> how often each answer is right among those learned from."""
    counts: dict[str, Counter[str]] = {"": Counter()}
    for example in find_instruction_examples(answerer.cases.part.cases(), modalities=modalities):
        if example.kind != CAPTION:
            counts[""][answer_key(example.answer)] += 1
            counts.setdefault(example.kind, Counter())[answer_key(example.answer)] += 1
    return counts


def _excluded(answerer: Answerer, cases: Sequence[Case]) -> dict[str, frozenset[str]]:
    groups = excluded_groups(answerer.cases.part.corpus, cases)
    return {case.id: excluded for case, excluded in zip(cases, groups, strict=True)}


def _cases(
    examples: Sequence[InstructionExample], subject: AssistantSubject, corpus: Corpus, split: str
) -> Cases[InstructionExample]:
    """Questions as they are interpreted on; several are about one case."""
    numbers: Counter[str] = Counter()
    ids = []
    for example in examples:
        numbers[example.case.id] += 1
        ids.append(f"{example.case.id} question {numbers[example.case.id]}")
    always = np.ones(len(examples), dtype=bool)
    modalities = [name for name in subject.inputs if name not in (TEXT, EVIDENCE)]
    present = {name: np.array([name in one.case.images for one in examples], dtype=bool) for name in modalities}
    return Cases(
        items=list(examples),
        ids=ids,
        groups=[example.case.group for example in examples],
        present={**present, **{name: always for name in subject.inputs if name in (TEXT, EVIDENCE)}},
        version=corpus.version,
        split=split,
    )
