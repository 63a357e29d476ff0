"""Re-ranking: pairs in any order and number get the scores they get alone; states of texts are computed once."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from lexiscope.answering import reranking
from lexiscope.answering.reranking import RetrievedEvidence, TokenStates, ranked, rerank
from lexiscope.answering.retrieval import RetrievalStore, Retrieved, Statement, context_vectors, question_vectors
from lexiscope.core import Case, Provenance
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker, RerankerConfig
from lexiscope.testing.models import tiny_joint_space

TEXTS = ["a bright lesion in the left frontal lobe", "no lesion", "grains of steel under the electron beam"]


@pytest.fixture(scope="module")
def joint() -> JointSpace:
    return tiny_joint_space().eval()


@pytest.fixture(scope="module")
def store() -> RetrievalStore:
    cases = tuple(Case(f"c{row}", f"g{row}", Provenance("by hand")) for row in range(3))
    items = tuple(Statement(row, text) for row, text in enumerate(TEXTS))
    images = np.eye(3, 16, dtype=np.float32)
    return RetrievalStore(cases, items, images, np.arange(3), np.eye(3, dtype=np.float32))


def evidence(*rows: tuple[int, ...]) -> RetrievedEvidence:
    questions = [f"what is seen, number {n}" for n in range(len(rows))]
    images = np.eye(len(rows), 16, k=2, dtype=np.float32)
    return RetrievedEvidence(questions, images, [[Retrieved(item, 0.5, 0.5) for item in row] for row in rows])


@pytest.fixture(scope="module")
def reranker(joint: JointSpace) -> Reranker:
    torch.manual_seed(0)
    text_dim = joint.text.token_states(["a"])[0].shape[-1]
    return Reranker(RerankerConfig(text_dim=text_dim, image_dim=16, width=16, heads=2, depth=1)).eval()


def test_scores_do_not_depend_on_the_batch(
    joint: JointSpace, store: RetrievalStore, reranker: Reranker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = evidence((0, 1, 2), (), (2, 0))
    together = rerank(reranker, store, asked, words=TokenStates(joint))
    assert [len(scores) for scores in together] == [3, 0, 2]
    monkeypatch.setattr(reranking, "_CHUNK", 1)
    alone = rerank(reranker, store, asked, words=TokenStates(joint))
    for some, one in zip(together, alone, strict=True):
        np.testing.assert_allclose(some, one, atol=1e-5)
    assert len(set(np.round(np.concatenate(together), 5))) == 5  # every pair has a score of its own


def test_ranked_pieces_come_best_first() -> None:
    asked = evidence((2, 0, 1))
    (pieces,) = ranked(asked, [np.array([0.1, 2.0, -1.0])])
    assert [(piece.retrieved.item, piece.score) for piece in pieces] == [(0, 2.0), (2, 0.1), (1, -1.0)]


def test_states_are_computed_once_and_forgotten_beyond_the_limit(
    joint: JointSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    words = joint.text.token_states

    def counted(texts: list[str]) -> list[torch.Tensor]:
        computed.extend(texts)
        return words(texts)

    monkeypatch.setattr(joint.text, "token_states", counted)
    states = TokenStates(joint, most=2)
    first = states.of([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert computed == TEXTS[:2]
    assert first[0] is first[2]
    assert len(states.of(TEXTS)) == 3  # more at once than are kept
    assert computed == TEXTS
    states.of(TEXTS[1:])
    assert computed == TEXTS
    states.of(TEXTS[:1])
    assert computed == [*TEXTS, TEXTS[0]]


def test_vectors_of_questions_are_computed_once_and_those_of_the_text_tower(
    joint: JointSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = question_vectors(joint, TEXTS)
    computed: list[str] = []
    encode = joint.text.encode
    monkeypatch.setattr(joint.text, "encode", lambda texts: computed.extend(texts) or encode(texts))
    words = TokenStates(joint, most=len(TEXTS))
    assert np.allclose(words.vectors(TEXTS[:2]), expected[:2], atol=1e-6)
    assert np.allclose(words.vectors([*TEXTS, TEXTS[0]]), expected[[*range(len(TEXTS)), 0]], atol=1e-6)
    assert computed == list(TEXTS)
    assert words.vectors([]).shape == (0, expected.shape[1])


def test_nothing_is_read_of_cases_of_which_nothing_is_known(joint: JointSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    read = TokenStates(joint).vectors
    questions = read(["How old is she?", "How old is she?"])
    (known,) = question_vectors(joint, ["a woman of 62"])
    assert np.allclose(context_vectors(read, questions, [None, "a woman of 62"]), [0 * known, known], atol=1e-6)
    monkeypatch.setattr(joint.text, "encode", None)
    assert np.array_equal(context_vectors(read, questions, [None, ""]), np.zeros((2, len(known))))


def test_of_a_context_the_sentences_about_the_question_are_read() -> None:
    """Each text is a direction by its first word, so that a question lies at one sentence and away from the others."""
    words = ["Cracks", "Held", "Pores"]

    def read(texts: Sequence[str]) -> np.ndarray:
        return np.eye(3, dtype=np.float32)[[words.index(text.split()[0]) for text in texts]]

    told = "Held at 600 °C. Cracks are absent. Pores are round."
    found = context_vectors(read, read(["Cracks ?", "Pores ?"]), [told, told])
    assert np.allclose(found, np.eye(3)[[0, 2]], atol=1e-6)
    assert np.allclose(np.linalg.norm(context_vectors(read, np.ones((1, 3), np.float32), [told])), 1)


def test_a_long_text_is_compared_by_its_first_tokens(joint: JointSpace) -> None:
    (state,) = TokenStates(joint).of(["lesion " * 500])
    assert len(state) <= 64
