"""Training a re-ranker: pairs by hand, its chance level, and that it learns what holds."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from lexiscope.answering.reranking import RetrievedEvidence, TokenStates
from lexiscope.answering.retrieval import RetrievalStore, Retrieved, Statement
from lexiscope.core import Case, Provenance
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker, RerankerConfig
from lexiscope.testing.models import tiny_joint_space
from lexiscope.training.instruct.reranker import RerankRows, RerankStep, train_reranker
from lexiscope.training.loop.log import read_metrics
from lexiscope.training.stage import StageRun

N = 24


@pytest.fixture(scope="module")
def joint() -> JointSpace:
    return tiny_joint_space(texts=["Is it odd? Yes No", "Is it even?"])


def unit(degrees: float, width: int) -> np.ndarray:
    vector = np.zeros(width, dtype=np.float32)
    vector[:2] = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return vector


@pytest.fixture
def store(joint: JointSpace) -> RetrievalStore:
    """Each case says Yes or No; two sorts of images, of which one is always odd."""
    cases = tuple(Case(str(row), f"g{row}", Provenance("by hand")) for row in range(N))
    answers = ["Yes" if row % 2 else "No" for row in range(N)]
    items = tuple(Statement(row, f"Is it odd? {answer}", "Is it odd?", answer) for row, answer in enumerate(answers))
    images = np.stack([unit(90 * (row % 2), joint.width) for row in range(N)])
    wordings = np.zeros((N, 1), np.float32)
    return RetrievalStore(cases, items, images, np.arange(N), wordings)


@pytest.fixture
def questions(store: RetrievalStore) -> RetrievedEvidence:
    """Each case is asked about; twelve others answer."""
    hits = [[Retrieved((row + step) % N, 0.0, 0.0) for step in range(1, 13)] for row in range(N)]
    return RetrievedEvidence(["Is it odd?"] * N, store.images, hits)


ANSWERS = ["Yes" if row % 2 else "No" for row in range(N)]


def test_a_pair_holds_where_the_answers_are_the_same(
    joint: JointSpace, store: RetrievalStore, questions: RetrievedEvidence
) -> None:
    rows = RerankRows(questions, ANSWERS, store, TokenStates(joint), seed=0)
    batch = rows.batch(np.array([0, 5]), epoch=0)
    assert len(batch["holds"]) == 16  # eight pieces of evidence for each
    same_sort = (batch["question_images"] * batch["evidence_images"]).sum(dim=1) > 0.5
    assert torch.equal(batch["holds"].bool(), same_sort)
    assert rows.names(np.array([1]), epoch=0) == ["Is it odd?"]


def test_evidence_is_drawn_by_the_question_whoever_shares_the_batch(
    joint: JointSpace, store: RetrievalStore, questions: RetrievedEvidence
) -> None:
    rows = RerankRows(questions, ANSWERS, store, TokenStates(joint), seed=0)
    both, alone = rows.batch(np.array([0, 5]), epoch=1), rows.batch(np.array([5]), epoch=1)
    assert torch.equal(both["holds"][8:], alone["holds"])
    drawn = [rows.batch(np.array([5]), epoch=epoch)["holds"].tolist() for epoch in range(5)]
    assert len({tuple(holds) for holds in drawn}) > 1


def test_chance_knows_how_often_evidence_holds(joint: JointSpace, store, questions) -> None:
    reranker = Reranker(RerankerConfig(text_dim=joint.text.config.model["hidden_size"], image_dim=joint.width))
    rows = RerankRows(questions, ANSWERS, store, TokenStates(joint), seed=0)
    batch = rows.batch(np.arange(4), epoch=0)
    rate = batch["holds"].mean().item()
    loss = RerankStep(reranker.eval())(batch)["holds"]
    assert loss.chance.item() == pytest.approx(-rate * np.log(rate) - (1 - rate) * np.log(1 - rate), rel=1e-5)
    logits = reranker(*(batch[name] for name in ("question", "evidence", "question_images", "evidence_images")))
    chosen = torch.where(batch["holds"].bool(), logits.sigmoid(), 1 - logits.sigmoid())
    assert loss.value.item() == pytest.approx(-chosen.log().mean().item(), rel=1e-4)


Train = Callable[..., Reranker]


@pytest.mark.slow
def test_it_learns_what_holds_and_resumes(joint: JointSpace, store, questions, tmp_path) -> None:
    def trained(name: str, **more) -> Reranker:
        return train_reranker(
            joint, store, questions, ANSWERS, held_out=(questions, ANSWERS), words=TokenStates(joint),
            run=StageRun(tmp_path / name, "key", **more), epochs=12, seed=0,
        )  # fmt: skip

    reranker = trained("whole")
    lines = [line["validation"] for line in read_metrics(tmp_path / "whole/metrics.jsonl") if "validation" in line]
    assert lines[-1]["loss"] < 0.9 * lines[-1]["chance"]
    assert lines[-1]["loss"] < 0.9 * lines[0]["loss"]
    assert not reranker.training

    def stop(done: int, total: int | None, what: str) -> None:
        if done == 5:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        trained("cut", progress=stop)
    again = trained("cut")
    for name, weight in reranker.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], weight, rtol=1e-5, atol=1e-6)
