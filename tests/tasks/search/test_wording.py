"""What is written about a case, and its vectors."""

import numpy as np
import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.core.turn import Turn
from lexiscope.models.published.space import load_published
from lexiscope.tasks.embed import embed_texts
from lexiscope.tasks.search.wording import (
    sentence_vectors,
    token_vectors,
    wording_vectors,
    written_texts,
)
from lexiscope.tasks.search.wording_share import weighed_wording
from lexiscope.testing.models import tiny_joint_space, tiny_views
from lexiscope.testing.published import save_published

CASE = Case(
    "a",
    "b",
    Provenance("by hand"),
    texts=(Passage("caption", "A crack."), Passage("mention", "A crack.")),
    turns=(Turn("What is seen?", "a pore", kind="open"),),
    attributes={"grade": "II"},
)


def test_everything_written_counts_once() -> None:
    assert written_texts(CASE) == ["A crack.", "What is seen? a pore", "grade II"]
    assert written_texts(CASE, attributes=False) == ["A crack.", "What is seen? a pore"]
    assert written_texts(Case("x", "y", Provenance("by hand"))) == []


def test_one_pass_gives_both_vectors_of_a_text() -> None:
    joint = tiny_joint_space(tiny_views())
    texts = ["a red disc, specimen", "a pore"]
    vectors = wording_vectors(joint, texts)
    np.testing.assert_allclose(vectors[:, -joint.width :], embed_texts(joint, texts), atol=1e-5)
    np.testing.assert_allclose(vectors[:, : -joint.width], sentence_vectors(joint, texts), atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_product_of_two_weighed_vectors_is_the_weighed_sum_of_both_cosines(share: float) -> None:
    joint = tiny_joint_space(tiny_views())
    vectors = wording_vectors(joint, ["a red disc, specimen", "a pore"])
    one, other = weighed_wording(vectors, joint=joint.width, share=share)
    tower, space = vectors[:, : -joint.width], vectors[:, -joint.width :]
    assert one @ other == pytest.approx((1 - share) * tower[0] @ tower[1] + share * space[0] @ space[1], abs=1e-5)
    assert one @ one == pytest.approx(1.0, abs=1e-5)


def test_sentences_are_the_mean_of_their_tokens_whatever_the_batch() -> None:
    joint = tiny_joint_space(tiny_views())
    texts = ["a red disc", "a", "a blue square, specimen 4."]
    together = sentence_vectors(joint, texts)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([sentence_vectors(joint, [text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    states = joint.text.token_states(texts)
    assert [len(one) for one in token_vectors(joint, texts)] == [max(1, len(state) - 2) for state in states]
    mean = states[0].mean(dim=0).detach().numpy()
    assert together[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


@pytest.mark.parametrize("kind", ["clip", "siglip"])  # one frames a text, the other closes it
def test_tokens_that_frame_a_text_are_left_out(tmp_path, kind) -> None:
    joint = load_published(save_published(tmp_path, ["a red disc"], kind=kind)).joint_space(tiny_views())
    assert [len(tokens) for tokens in token_vectors(joint, ["a red disc", "disc"])] == [3, 1]
