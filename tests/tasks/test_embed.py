"""Embeddings: unit rows in the order asked, the same by kept features as by pixels, nothing computed twice."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_cases, embed_texts
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import ViewCache, choose_views, load_batch


@pytest.mark.parametrize("fusion", ["late", "hybrid", "early"])
def test_cases_embed_as_their_joint_space_does(tmp_path: Path, fusion: str) -> None:
    corpus = make_corpus(tmp_path / "corpus", 6, volumes=True, missing=0.5)
    views = choose_views(corpus, size=32)
    model = ModelDirectory(tmp_path / "model")
    model.save_joint(tiny_joint_space(views, fusion=fusion), views=views, record={})
    cases = list(corpus)[::-1]
    seen: list[tuple[int, int | None, str]] = []
    vectors = embed_cases(model, corpus, cases, progress=lambda *told: seen.append(told))
    batch = load_batch(corpus, cases, views, ViewCache(tmp_path / "views"))
    with torch.inference_mode():
        expected = model.joint().embed_images(batch.images, batch.present).numpy()
    np.testing.assert_allclose(vectors, expected, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert seen


def test_case_without_an_image_is_refused(indexed: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = indexed
    with pytest.raises(UsageError, match="case words-only has no photo, which the model reads"):
        embed_cases(model, corpus, corpus.take(["case-0000", "words-only"]))


def test_texts_keep_their_order_whatever_their_length() -> None:
    joint = tiny_joint_space()
    texts = ["no lesion is seen", "grains", "a bright lesion in the left frontal lobe", "steel"] * 30
    vectors = embed_texts(joint, texts)
    with torch.inference_mode():
        expected = np.stack([joint.embed_texts([text])[0].numpy() for text in texts[:4]])
    np.testing.assert_allclose(vectors[:4], expected, atol=1e-5)
    np.testing.assert_allclose(vectors[4:8], vectors[:4], atol=1e-5)
    assert embed_texts(joint, []).shape == (0, joint.width)
