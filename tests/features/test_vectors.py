"""Unit vectors of cases: the same from kept features as from pixels, in the order of the cases."""

import numpy as np
import pytest
import torch

from lexiscope.corpus import Corpus
from lexiscope.features.vectors import case_vectors
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import ViewCache, choose_views, load_batch


@pytest.mark.parametrize("fusion", ["late", "hybrid"])
def test_vectors_are_those_of_the_space_in_the_order_of_the_cases(brains: Corpus, fusion: str) -> None:
    views = choose_views(brains, size=32, slices=2)
    space = tiny_joint_space(views, fusion=fusion)
    cases = [case for case in brains if case.images][::-1]
    batch = load_batch(brains, cases, views, ViewCache(brains.path / ".views"))
    with torch.no_grad():
        expected = space.embed_images(batch.images, batch.present).numpy()
    steps: list[int] = []
    vectors = case_vectors(space, brains, cases, views=views, progress=lambda done, *_: steps.append(done))
    np.testing.assert_allclose(vectors, expected, atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert steps == sorted(steps)
    again = case_vectors(space, brains, cases[:3], views=views)  # now from what was kept
    np.testing.assert_allclose(again, vectors[:3], atol=2e-5)


def test_no_cases_give_no_vectors(brains: Corpus) -> None:
    views = choose_views(brains, size=32, slices=2)
    assert case_vectors(tiny_joint_space(views), brains, [], views=views).shape == (0, 16)
