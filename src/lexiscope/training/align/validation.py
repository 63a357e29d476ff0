"""`validate_alignment`: how well held-out cases, their words, and cases of one label find each other, every epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor
from torch.nn.functional import normalize

from lexiscope.features.processes import to_device
from lexiscope.features.towers import Features
from lexiscope.training.align.data import ImageTextPairs, label_numbers
from lexiscope.training.align.heads import standardised
from lexiscope.training.align.rows import Pixels
from lexiscope.training.align.step import AlignStep
from lexiscope.training.loop.loop import Validation
from lexiscope.training.objectives.supcon import UNLABELLED

_ROWS = 32  # cases, or texts, that go through the towers at once


@torch.no_grad()
def validate_alignment(
    step: AlignStep, examples: ImageTextPairs, inputs: Features | Pixels, *, label: str | None = None
) -> Validation:
    """Recall at 10 of both directions with its chance level, and the score of the epoch: the mean reciprocal rank.

    Reciprocal ranks move with every rank, so they tell epochs apart on the few hundred cases of a validation split,
    where recall jumps. Every passage is a query, and a case is right when the passage is one of its own.

    Where a label is learned, too, the score is the mean of that and the mean average precision with which the features
    of every case find cases of its label in other groups: classes are told from features, and a handful of their names
    as passages tells no epoch of towers that train from another.

    Args:
        step: Step around the joint space.
        examples: Held-out pairs.
        inputs: Kept features, or pixels and words.
        label: Attribute of the cases that is learned beside the passages.
    """
    seen, words, right = _embed(step, examples, inputs)
    to_image, to_text = _ranks(seen.vectors, words, right)
    metrics = {
        "text_to_image_recall@10": float((to_image < 10).mean()),
        "text_to_image_recall@10_chance": _chance_level(right.T),
        "image_to_text_recall@10": float((to_text < 10).mean()),
        "image_to_text_recall@10_chance": _chance_level(right),
        "mean_reciprocal_rank": float((1 / (1 + to_image)).mean() / 2 + (1 / (1 + to_text)).mean() / 2),
    }
    found = {} if label is None else _label_precision(seen.features, examples, label)
    scores = [metrics["mean_reciprocal_rank"], *([found["label_precision"]] if found else [])]
    return Validation(float(np.mean(scores)), metrics | found)


@torch.no_grad()
def group_scores(step: AlignStep, examples: ImageTextPairs, inputs: Features | Pixels) -> Float64[np.ndarray, " g"]:
    """Mean reciprocal rank of the cases of each group, the mean of both directions.

    Args:
        step: Step around the joint space.
        examples: Held-out pairs.
        inputs: Kept features, or pixels and words.
    """
    seen, words, right = _embed(step, examples, inputs)
    to_image, to_text = _ranks(seen.vectors, words, right)
    own = right.numpy()  # (n, m)
    by_words = own @ (1 / (1 + to_image)) / own.sum(axis=1)  # (n,): the mean over a case's own texts
    scores = (by_words + 1 / (1 + to_text)) / 2
    groups, place = np.unique(examples.groups, return_inverse=True)
    return np.bincount(place, scores, len(groups)) / np.bincount(place, minlength=len(groups))


@dataclass(frozen=True)
class _Seen:
    """What cases are to the model.

    Args:
        vectors: Unit vectors in the joint space.
        features: Standardised features of all branches side by side, as unit vectors.
    """

    vectors: Float[Tensor, "n d"]
    features: Float[Tensor, "n f"]


def _embed(
    step: AlignStep, examples: ImageTextPairs, inputs: Features | Pixels
) -> tuple[_Seen, Float[Tensor, "m d"], Bool[Tensor, "n m"]]:
    """Cases, all their texts as unit vectors, and which texts are whose."""
    step.eval()
    texts = examples.all_texts()
    seen, words = _embed_images(step, examples, inputs), _embed_texts(step, texts, inputs)
    number = {text: column for column, text in enumerate(texts)}
    right = torch.zeros(len(examples), len(words), dtype=torch.bool)
    for row, own_texts in enumerate(examples.texts):
        right[row, [number[text] for text in own_texts]] = True
    return seen, words, right


def _ranks(
    images: Float[Tensor, "n d"], words: Float[Tensor, "m d"], right: Bool[Tensor, "n m"]
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " n"]]:
    """Rank of each text's best case, and of each case's best text."""
    similarity = images @ words.T  # (n, m)
    return _best_ranks(similarity.T, right.T), _best_ranks(similarity, right)


def _label_precision(features: Float[Tensor, "n f"], examples: ImageTextPairs, label: str) -> dict[str, float]:
    """Mean average precision of cases of one label in other groups, and the share of them; empty without such."""
    from sklearn.metrics import label_ranking_average_precision_score

    labels, groups = label_numbers(examples.cases, label), examples.groups
    candidate = (groups[:, None] != groups) & (labels != UNLABELLED)  # (n, n)
    right = candidate & (labels[:, None] == labels)
    finds = right.any(axis=1)
    if not finds.any():
        return {}
    similarity = np.where(candidate, (features @ features.T).numpy(), -2.0)  # below every cosine
    found = label_ranking_average_precision_score(right[finds], similarity[finds])
    chance = right[finds].sum(axis=1) / candidate[finds].sum(axis=1)
    return {"label_precision": float(found), "label_precision_chance": float(chance.mean())}


def _best_ranks(similarity: Float[Tensor, "q c"], right: Bool[Tensor, "q c"]) -> np.ndarray:
    """Number of wrong candidates that each query puts before, or level with, its best right one."""
    best = similarity.masked_fill(~right, -torch.inf).amax(dim=1, keepdim=True)  # (q, 1)
    return ((similarity >= best) & ~right).sum(dim=1).numpy()


def _chance_level(right: Bool[Tensor, "q c"], k: int = 10) -> float:
    """Expected recall at k of a random order, with r right among c candidates: 1 - Π_{i<k} (c - r - i) / (c - i)."""
    candidates = right.shape[1]
    wrong = candidates - right.sum(dim=1).double()  # (q,)
    drawn = torch.arange(min(k, candidates), dtype=torch.float64)
    missed = ((wrong[:, None] - drawn).clamp(min=0) / (candidates - drawn)).prod(dim=1)  # (q,)
    return float((1 - missed).mean())


def _embed_images(step: AlignStep, examples: ImageTextPairs, inputs: Features | Pixels) -> _Seen:
    vectors, features, device = [], [], step.space.device
    for start in range(0, len(examples), _ROWS):
        images, masks = to_device(inputs.of_images(examples.cases[start : start + _ROWS]), device)
        of_branch = step.image_features(images, masks)
        vectors.append(step.space.project_images(of_branch, masks).cpu())
        looks = [standardised(step.space, name, of_branch[name]) for name in step.space.image.branches]
        features.append(normalize(torch.cat(looks, dim=-1).float(), dim=-1))
    return _Seen(torch.cat(vectors), torch.cat(features))


def _embed_texts(step: AlignStep, texts: Sequence[str], inputs: Features | Pixels) -> Float[Tensor, "m d"]:
    batches = (inputs.of_texts(texts[start : start + _ROWS]) for start in range(0, len(texts), _ROWS))
    device = step.space.device
    return torch.cat([step.embed_texts(x.to(device) if isinstance(x, Tensor) else x) for x in batches]).cpu()
