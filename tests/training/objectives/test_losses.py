"""CLIP's and SigLIP's losses against numbers worked by hand and against torch's own."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from lexiscope.training.objectives import OBJECTIVES, PairedEmbeddings


def make_pairs(
    images: torch.Tensor,
    texts: torch.Tensor,
    *,
    image_case: list[int] | None = None,
    text_case: list[int] | None = None,
    image_group: list[int] | None = None,
    text_group: list[int] | None = None,
    text_key: list[int] | None = None,
    scale: float = 1.0,
    bias: float = 0.0,
) -> PairedEmbeddings:
    own, words = list(range(len(images))), list(range(len(texts)))
    return PairedEmbeddings(
        images=images,
        texts=texts,
        image_case=torch.tensor(image_case or own),
        text_case=torch.tensor(text_case or words),
        image_group=torch.tensor(image_group or image_case or own),
        text_group=torch.tensor(text_group or text_case or words),
        text_key=torch.tensor(text_key or words),
        scale=torch.tensor(scale),
        bias=torch.tensor(bias),
    )


def unit_rows(n: int, d: int, *, seed: int) -> torch.Tensor:
    return normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))


def total(name: str, pairs: PairedEmbeddings, **options: bool) -> float:
    return sum(loss.value.item() for loss in OBJECTIVES.load(name)(**options)(pairs).values())


def test_clip_of_single_pairs_is_cross_entropy_of_the_diagonal() -> None:
    images, texts = unit_rows(6, 4, seed=0), unit_rows(6, 4, seed=1)
    logits = (5.0 * images @ texts.T).float()
    expected = (cross_entropy(logits, torch.arange(6)) + cross_entropy(logits.T, torch.arange(6))) / 2
    assert total("clip", make_pairs(images, texts, scale=5.0)) == pytest.approx(expected.item(), rel=1e-6)


def test_clip_gradient_is_that_of_the_written_formula() -> None:
    images, texts = unit_rows(3, 4, seed=0).requires_grad_(), unit_rows(5, 4, seed=1)
    case = [0, 0, 1, 2, 2]
    losses = OBJECTIVES.load("clip")()(make_pairs(images, texts, text_case=case, scale=3.0))
    (found,) = torch.autograd.grad(sum(loss.value for loss in losses.values()), images)

    logits = 3.0 * images @ texts.T
    by_hand = torch.zeros((), dtype=torch.float64)
    for i in range(3):
        mine = [j for j in range(5) if case[j] == i]
        by_hand = by_hand - sum(logits[i, j] - logits[i].logsumexp(0) for j in mine) / len(mine) / 3 / 2
    for j in range(5):
        by_hand = by_hand - (logits[case[j], j] - logits[:, j].logsumexp(0)) / 5 / 2
    (expected,) = torch.autograd.grad(by_hand, images)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_siglip_by_hand() -> None:
    # Similarities [[1, 0], [0, 1]], scale 2, bias -1: positives score 1, negatives -1; every pair costs ln(1 + e^-1).
    pairs = make_pairs(torch.eye(2), torch.eye(2), scale=2.0, bias=-1.0)
    assert total("siglip", pairs) == pytest.approx(4 * math.log(1 + math.exp(-1)) / 2)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_texts_of_the_same_group_are_no_negatives(name: str) -> None:
    images, texts = unit_rows(4, 3, seed=0), unit_rows(4, 3, seed=1)
    group = [7, 7, 8, 9]
    pairs = make_pairs(images, texts, image_group=group, text_group=group)
    moved = texts.clone()
    images[0] = images[1] = unit_rows(1, 3, seed=5)[0]
    apart = make_pairs(images, texts, image_group=group, text_group=group)
    moved[[0, 1]] = moved[[1, 0]]  # swapped within the group; with equal images nothing else can notice
    swapped = make_pairs(images, moved, image_group=group, text_group=group)
    assert total(name, apart) == pytest.approx(total(name, swapped), rel=1e-6)
    assert total(name, pairs) < total(name, pairs, spare_group=False)


def test_the_same_words_are_a_positive_wherever_they_stand() -> None:
    positive = make_pairs(torch.eye(4), torch.eye(4), text_key=[5, 6, 5, 6]).positive()
    assert torch.equal(positive, torch.eye(2, dtype=torch.bool).repeat(2, 2))


def test_all_texts_of_a_case_are_positives() -> None:
    positive = make_pairs(torch.eye(2), torch.eye(2).repeat(2, 1), text_case=[0, 1, 0, 1]).positive()
    assert positive.tolist() == [[True, False, True, False], [False, True, False, True]]


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("group", [[0, 1, 2, 3], [0, 0, 1, 2]])
def test_chance_is_the_least_loss_of_equal_similarities(name: str, group: list[int]) -> None:
    blind = torch.ones(4, 1)  # every image and text alike: all similarities are 1
    losses = []
    for bias in torch.linspace(-3, 1, 161).tolist():
        found = OBJECTIVES.load(name)()(make_pairs(blind, blind, image_group=group, text_group=group, bias=bias))
        losses.append(sum(loss.value.item() for loss in found.values()))
        chance = sum(loss.chance.item() for loss in found.values())
    assert min(losses) == pytest.approx(chance, abs=1e-3)


def test_chance_of_clip_is_the_logarithm_of_the_batch() -> None:
    found = OBJECTIVES.load("clip")()(make_pairs(torch.ones(8, 1), torch.ones(8, 1)))
    assert sum(loss.chance.item() for loss in found.values()) == pytest.approx(math.log(8))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_image_without_text_and_a_text_without_image_do_no_harm(name: str) -> None:
    images = unit_rows(2, 3, seed=0).requires_grad_()
    pairs = make_pairs(images, unit_rows(2, 3, seed=1), image_case=[0, 1], text_case=[1, 2], image_group=[4, 4],
                       text_group=[4, 4])  # fmt: skip
    loss = sum(found.value for found in OBJECTIVES.load(name)()(pairs).values())
    (gradient,) = torch.autograd.grad(loss, images)
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()
