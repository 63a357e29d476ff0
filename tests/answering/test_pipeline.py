"""The answering pipeline over parts whose answers are known by hand: what is proposed, scored, read and left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.answering.pipeline import AnswerPipeline
from lexiscope.answering.questions import Questions
from lexiscope.answering.reranking import TokenStates
from lexiscope.answering.retrieval import RetrievalStore, Statement
from lexiscope.core import Case, Provenance
from lexiscope.models.assistant.assistant import GeneratedAnswer
from lexiscope.models.assistant.classifier import AnswerClassifier, ImageScale
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.mixture import Mixture, Vote
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge
from lexiscope.models.assistant.token_plan import BranchTokens

CASES = tuple(Case(f"c{row}", group, Provenance("by hand")) for row, group in enumerate(["g0", "g1", "g2"]))
ITEMS = (
    Statement(0, "Is it red? Yes", "Is it red?", "Yes"),
    Statement(1, "Is it red? No", "Is it red?", "No"),
    Statement(2, "Which colour? Dark red", "Which colour?", "Dark red"),
)
LIKELY = {"Yes": -0.5, "No": -1.5, "Dark red": -2.0}  # log-likelihood of each answer, whatever the prompt


class StubJoint:
    """Every text has the same vector, so that items come in the order of their images."""

    def __init__(self) -> None:
        self.text = SimpleNamespace(width=2, token_states=lambda texts: [torch.zeros(1, 2) for _ in texts])

    def text_features(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.ones(len(texts), 2)


class StubReranker:
    """Believes the more of a statement the larger its case's second coordinate is."""

    device = torch.device("cpu")

    def __call__(self, *, evidence_images: torch.Tensor, **_: Any) -> torch.Tensor:
        return evidence_images[:, 1] * 10


@dataclass
class StubAssistant:
    """Scores answers by `LIKELY`, writes "A dark disc.", and notes what it was asked."""

    context_length: int = 100
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    prompts: list[str] = field(default_factory=list)
    scored: list[list[str]] = field(default_factory=list)

    def image_length(self, tokens: Any) -> int:
        return 10

    def prompt_length(self, prompt: str, answer: str = "") -> int:
        return len(answer)

    def fit_evidence(self, texts: list[str], question: str, **_: Any) -> list[str]:
        return texts

    def weigh(self, tokens: Any, prompts: Sequence[str], answers: Sequence[list[str]]) -> list[Any]:
        self.prompts += prompts
        self.scored += answers
        return [[(LIKELY[answer], 2) for answer in each] for each in answers]

    def say(self, tokens: Any, prompts: Sequence[str], *, max_tokens: int) -> list[GeneratedAnswer]:
        return [GeneratedAnswer("A dark disc.", -3.0, 6) for _ in prompts]


def pipeline(**over: Any) -> AnswerPipeline:
    images = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8]], dtype=np.float32)
    store = RetrievalStore(CASES, ITEMS, images, np.arange(3), np.full((3, 2), 0.5**0.5, dtype=np.float32))
    joint: Any = StubJoint()
    parts = {"assistant": StubAssistant(), "classifier": None, "reranker": StubReranker(), "store": store, **over}
    return AnswerPipeline(joint, words=TokenStates(joint), **parts)


def questions(*texts: str, excluded: Sequence[str] = ()) -> Questions:
    n = len(texts)
    tokens = ImageTokens({"photo": BranchTokens(torch.zeros(n, 3), torch.zeros(n, 4, 5))}, {"photo": torch.ones(n) > 0})
    return Questions(list(texts), tokens, np.tile(np.float32([1, 0]), (n, 1)), [set(excluded)] * n)


def test_evidence_is_ranked_by_the_reranker_and_never_of_an_excluded_group() -> None:
    (ranked,) = pipeline().evidence(questions("Which colour?"))
    assert [each.retrieved.item for each in ranked] == [2, 1, 0]
    assert ranked[0].probability == pytest.approx(1 / (1 + np.exp(-8)))
    (ranked,) = pipeline().evidence(questions("Which colour?", excluded=["g2"]))
    assert [each.retrieved.item for each in ranked] == [1, 0]


def test_a_closed_question_is_answered_by_probabilities_of_what_it_offers() -> None:
    answering = pipeline()
    (candidates,) = answering.score_answers(questions("Is it red?"))
    assert candidates.closed
    assert candidates.lm_scores == pytest.approx({"yes": np.exp(-0.5), "no": np.exp(-1.5)})
    assert [vote.answer for vote in candidates.votes] == ["no", "yes"]  # "dark red" answers no such question
    assert candidates.best(Mixture())[0] == "Yes"


def test_an_open_question_is_answered_by_means_over_tokens_and_the_model_s_own_words() -> None:
    (candidates,) = pipeline().score_answers(questions("Which colour?"))
    assert not candidates.closed
    proposed = {"dark red": np.exp(-1.0), "no": np.exp(-0.75), "yes": np.exp(-0.25)}
    assert candidates.lm_scores == pytest.approx({**proposed, "a dark disc": np.exp(-0.5)})
    assert candidates.texts["a dark disc"] == "A dark disc."
    assert candidates.votes[0] == Vote("dark red", pytest.approx(8.0))


def test_yes_is_likeliest_and_still_no_answer_to_which() -> None:
    (found,) = pipeline().score_answers(questions("Which colour?"))
    assert max(found.lm_scores, key=lambda answer: found.lm_scores[answer]) == "yes"
    assert found.best(Mixture()) == ("A dark disc.", pytest.approx(np.exp(-0.5)))


def test_answers_that_do_not_fit_beside_the_prompt_are_not_scored() -> None:
    assistant: Any = StubAssistant(context_length=13)  # ten for the image, three for "Yes"
    (candidates,) = pipeline(assistant=assistant).score_answers(questions("Which colour?"))
    assert sorted(assistant.scored[0]) == ["No", "Yes"]
    assert "dark red" not in candidates.lm_scores


def test_the_language_model_reads_the_first_texts_once_and_the_rest_only_votes() -> None:
    assistant: Any = StubAssistant()
    answering = pipeline(assistant=assistant, read=2)
    list(answering.score_answers(questions("Which colour?")))
    assert "Dark red" in assistant.prompts[0]
    assert "Is it red? No" in assistant.prompts[0]
    assert "Is it red? Yes" not in assistant.prompts[0]
    (ranked,) = answering.evidence(questions("Which colour?"))
    assert answering.read_texts([ranked[0], ranked[0], ranked[1]]) == ["Which colour? Dark red", "Is it red? No"]


def test_without_retrieval_or_store_there_is_no_evidence() -> None:
    for answering, retrieve in ((pipeline(), False), (pipeline(store=None), True), (pipeline(reranker=None), True)):
        (candidates,) = answering.score_answers(questions("Which colour?"), retrieve=retrieve)
        assert candidates.evidence == []
        assert candidates.votes == []
        assert list(candidates.lm_scores) == ["a dark disc"]


def test_evidence_may_be_limited_to_some_cases() -> None:
    some = pipeline().only(np.array([True, False, True]))
    assert [each.retrieved.item for each in some.evidence(questions("Which colour?"))[0]] == [2, 0]


def test_many_questions_come_back_in_their_order() -> None:
    texts = ["Is it red?", "Which colour?"] * 20
    found = list(pipeline().score_answers(questions(*texts)))
    assert [each.closed for each in found] == [True, False] * 20


def reading() -> Ridge:
    """One pair was learned; every text has its vector, so that every sentence is expected to hold all of the answer."""
    one = np.ones((1, 2), np.float32) / 2**0.5
    learned = QuestionFeatures(one, np.zeros((1, 0), np.float32), np.array([0]), one)
    return Ridge(
        Kernel(0.5, 0.0, 8.0), learned, ("word overlap",), np.ones((1, 1), np.float32), np.zeros(1, np.float32)
    )


def test_sentences_of_the_context_are_answers_to_open_questions_alone() -> None:
    answering = pipeline(classifier=AnswerClassifier(ImageScale({}, {}), reading=reading()))
    told = replace(questions("Which colour?", "Is it red?"), contexts=["Dark red (Fig. 2). Held at 600 C."] * 2)
    open_ended, closed = answering.score_answers(told)
    assert open_ended.informed
    assert closed.informed
    assert set(open_ended.read_scores) == {"dark red", "held at 600 c"}
    assert open_ended.texts["held at 600 c"] == "Held at 600 C."
    assert closed.read_scores == {}
    for nothing in (None, "", " \n"):
        (untold,) = answering.score_answers(replace(questions("Which colour?"), contexts=[nothing]))
        assert (untold.informed, untold.read_scores) == (False, {})
