"""Validation of aligning, by hand: ranks, recall beside its chance level, and what decides the best epoch."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.core import Case, Provenance
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.validation import validate_alignment


class Step:
    """Images and texts lie on a circle in the joint space, and images on another by their features."""

    def __init__(self, images: list[float], texts: dict[str, float], *, features: list[float] | None = None) -> None:
        self.texts, self.features = texts, features or images
        plain = SimpleNamespace(mean=torch.zeros(2), std=torch.ones(2))
        self.space = SimpleNamespace(
            device=torch.device("cpu"),
            image=SimpleNamespace(branches=("photo",), head={"photo": plain}.__getitem__),
            project_images=lambda features, present: on_circle([images[int(row)] for row in features["row"]]),
        )

    def eval(self) -> None:
        pass

    def image_features(self, images: dict[str, torch.Tensor], present: dict[str, torch.Tensor]) -> Any:
        return {**images, "photo": on_circle([self.features[int(row)] for row in images["row"]])}

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        return on_circle([self.texts[text] for text in texts])


class Inputs:
    def of_images(self, cases: list[Case]) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        return {"row": torch.tensor([int(case.id) for case in cases])}, {}

    def of_texts(self, texts: list[str]) -> list[str]:
        return texts


def on_circle(degrees: list[float]) -> torch.Tensor:
    angle = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def examples(
    texts: list[tuple[str, ...]], *, labels: str | None = None, groups: list[int] | None = None
) -> ImageTextPairs:
    """Cases with these texts, and a letter each as their label; a dash stands for none."""
    groups = groups or list(range(len(texts)))
    attributes = [{} if letter == "-" else {"kind": letter} for letter in labels or "-" * len(texts)]
    cases = tuple(
        Case(str(row), f"g{groups[row]}", Provenance("by hand"), attributes=attributes[row])
        for row in range(len(texts))
    )
    return ImageTextPairs(cases, tuple(texts), np.array(groups))


def test_ranks_by_hand() -> None:
    """Three cases; the words of the first lie nearest to the second image."""
    step = Step([0, 90, 180], {"a": 80, "b": 100, "c": 170})
    found = validate_alignment(step, examples([("a",), ("b",), ("c",)]), Inputs())  # type: ignore[arg-type]
    # text to image: a finds image 1 first and 0 second; b and c find their own. Image to text: 0 finds a first;
    # 1 finds a and b equally far, and a wrong one that is level counts before; 2 finds c first.
    to_image, to_text = (1 / 2 + 1 + 1) / 3, (1 + 1 / 2 + 1) / 3
    assert found.score == pytest.approx((to_image + to_text) / 2)
    assert found.metrics["mean_reciprocal_rank"] == found.score
    assert found.metrics["text_to_image_recall@10"] == 1.0


def test_a_text_of_two_cases_is_right_for_both() -> None:
    step = Step([0, 5, 180], {"same": 0, "c": 180})
    found = validate_alignment(step, examples([("same",), ("same",), ("c",)]), Inputs())  # type: ignore[arg-type]
    assert found.score == 1.0


def test_recall_stands_beside_that_of_a_random_order() -> None:
    """Of 40 cases with a text each, ten drawn at random hold the right one in a quarter; with two right, in 44 %."""
    n = 40
    texts = {str(row): 9.0 * (n - row) for row in range(n)}
    step = Step([9.0 * row for row in range(n)], texts)
    found = validate_alignment(step, examples([(str(row),) for row in range(n)]), Inputs()).metrics  # type: ignore[arg-type]
    assert found["text_to_image_recall@10_chance"] == found["image_to_text_recall@10_chance"] == pytest.approx(0.25)
    two = [(str(row), str((row + 1) % n)) for row in range(n)]
    found = validate_alignment(step, examples(two), Inputs()).metrics  # type: ignore[arg-type]
    drawn = np.random.default_rng(0).permuted(np.tile(np.arange(n), (20_000, 1)), axis=1)[:, :10]
    simulated = np.mean((drawn == 0).any(axis=1) | (drawn == 1).any(axis=1))
    assert found["image_to_text_recall@10_chance"] == pytest.approx(simulated, abs=0.01)


def test_with_a_label_half_of_the_score_is_how_features_of_its_cases_find_each_other() -> None:
    """Every case meets the others in the order of the angles of their features, wherever the joint space has them."""
    step = Step([0, 0, 90, 90], {"same": 90}, features=[0, 30, 20, 180])
    texts = [("same",)] * 4  # which everything finds: words tell no epoch from another here
    found = validate_alignment(step, examples(texts, labels="aabb"), Inputs(), label="kind")  # type: ignore[arg-type]
    # 0 meets 20 (b), 30 (a), 180 (b): 1/2. 30 meets 20, 0, 180: 1/2. 20 meets 30, 0, 180: 1/3. 180 meets 30, 20: 1/2.
    assert found.metrics["label_precision"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.metrics["label_precision_chance"] == pytest.approx(1 / 3)
    assert found.score == pytest.approx((1 + found.metrics["label_precision"]) / 2)


def test_cases_of_one_group_and_cases_without_a_label_are_not_looked_for() -> None:
    """A case's own slice beside it and one that nobody named would be the nearest two."""
    step = Step([0, 1, 2, 50, 60], {"same": 90})
    pairs = examples([("same",)] * 5, labels="aa-ba", groups=[0, 0, 1, 2, 3])
    found = validate_alignment(step, pairs, Inputs(), label="kind").metrics  # type: ignore[arg-type]
    # 0 and 1 meet 50 (b), 60 (a): 1/2. 60 meets 50 (b), 1, 0: (1/2 + 2/3) / 2. The b has nothing to find.
    assert found["label_precision"] == pytest.approx((1 / 2 + 1 / 2 + 7 / 12) / 3)


def test_without_two_cases_of_a_label_words_alone_decide() -> None:
    step = Step([0, 90], {"a": 0, "b": 90})
    pairs = examples([("a",), ("b",)], labels="ab")
    found = validate_alignment(step, pairs, Inputs(), label="kind")  # type: ignore[arg-type]
    assert found.score == found.metrics["mean_reciprocal_rank"] == 1.0
    assert "label_precision" not in found.metrics
