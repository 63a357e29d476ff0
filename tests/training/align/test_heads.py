"""Start of the heads: mean and spread of their inputs, and a solution in which images find their words."""

from dataclasses import replace

import numpy as np
import torch

from lexiscope.core.case import Case
from lexiscope.features.towers import Features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.heads import solve_heads, standardise_heads
from lexiscope.training.align.rows import Pixels


def test_heads_see_mean_0_and_spread_1_of_the_cases_that_have_a_modality(
    space: JointSpace, pairs: ImageTextPairs, features: Features
) -> None:
    standardise_heads(space, pairs, features)
    images, present = features.of_images(pairs.cases)
    for name, x in images.items():
        head, seen = space.image.head(name), x[present[name]]
        torch.testing.assert_close(head.mean, seen.mean(dim=0), rtol=1e-4, atol=1e-5)
        scaled = (seen - head.mean) / head.std
        varied = seen.std(dim=0) > 1e-3
        torch.testing.assert_close(scaled[:, varied].std(dim=0, correction=0), torch.ones(int(varied.sum())), atol=0.05,
                                   rtol=0.05)  # fmt: skip
    words = features.of_texts(pairs.all_texts())
    torch.testing.assert_close(space.text_head.mean, words.mean(dim=0), rtol=1e-4, atol=1e-5)


def test_pixels_give_the_mean_and_spread_that_their_features_give(
    space: JointSpace, pairs: ImageTextPairs, features: Features, pixels: Pixels
) -> None:
    standardise_heads(space, pairs, features)
    kept = [tensor.clone() for name, tensor in space.state_dict().items() if name.endswith((".mean", ".std"))]
    standardise_heads(space, pairs, pixels)
    computed = [tensor for name, tensor in space.state_dict().items() if name.endswith((".mean", ".std"))]
    assert len(kept) == 8  # of three modalities and the texts
    for one, other in zip(kept, computed, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


class Known:
    """Features by hand: the image of case i and the text "i" are two views of one hidden vector."""

    def __init__(self, n: int, space: JointSpace) -> None:
        rng = np.random.default_rng(0)
        hidden = rng.normal(size=(n, 4))
        self.images = {name: self._seen(hidden, rng, space.image.feature_width(name)) for name in space.image.branches}
        self.words = self._seen(hidden, rng, space.text_head.mean.shape[0])

    def _seen(self, hidden: np.ndarray, rng: np.random.Generator, width: int) -> torch.Tensor:
        mixed = hidden @ rng.normal(size=(4, width)) + 0.01 * rng.normal(size=(len(hidden), width))
        return torch.tensor(mixed, dtype=torch.float32)

    def of_images(self, cases: list[Case]) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        rows = [int(case.id) for case in cases]
        present = torch.ones(len(rows), dtype=torch.bool)
        return {name: x[rows] for name, x in self.images.items()}, dict.fromkeys(self.images, present)

    def of_texts(self, texts: list[str]) -> torch.Tensor:
        return self.words[[int(text) for text in texts]]


def test_solved_heads_bring_each_image_to_its_own_words(space: JointSpace, pairs: ImageTextPairs) -> None:
    n = 120
    known = Known(n, space)
    cases = tuple(replace(pairs.cases[0], id=str(row)) for row in range(n))
    examples = ImageTextPairs(cases, tuple((str(row),) for row in range(n)), np.arange(n))
    images, present = known.of_images(list(cases))
    words = known.of_texts([str(row) for row in range(n)])
    space.standardise(images, present, words)

    def right_first() -> float:
        similarity = space.project_images(images, present) @ space.project_texts(words).T
        return float((similarity.argmax(dim=1) == torch.arange(n)).float().mean())

    with torch.no_grad():
        before = right_first()
        solve_heads(space, examples, known)  # type: ignore[arg-type]
        after = right_first()
    assert before < 0.1
    assert after > 0.8
