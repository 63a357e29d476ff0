"""The rows of aligning: who belongs to whom, which passage is drawn, what varies and what follows from the row."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lexiscope.core.passage import Passage
from lexiscope.features.towers import Features
from lexiscope.training.align.data import ImageTextPairs, find_pairs, text_key
from lexiscope.training.align.rows import AlignRows, Pixels
from lexiscope.training.objectives.supcon import UNLABELLED

ROWS = np.array([0, 3, 4])


def with_titles(pairs: ImageTextPairs) -> ImageTextPairs:
    """Each case with a second text, the same for all."""
    cases = [replace(case, texts=(*case.texts, Passage("title", "a scan"))) for case in pairs.cases]
    return find_pairs(cases, modalities=["flair", "t1w", "t2w"], columns=None)


def test_a_batch_says_who_belongs_to_whom(pairs: ImageTextPairs, features: Features) -> None:
    batch = AlignRows(pairs, features, seed=0).batch(ROWS, epoch=0)
    assert batch["image_case"].tolist() == batch["text_case"].tolist() == ROWS.tolist()
    assert batch["image_group"].tolist() == batch["text_group"].tolist() == pairs.groups[ROWS].tolist()
    texts = [pairs.texts[row][0] for row in ROWS]
    assert batch["text_key"].tolist() == [text_key(text) for text in texts]
    torch.testing.assert_close(batch["texts"], features.of_texts(texts))
    images, present = features.of_images([pairs.cases[row] for row in ROWS])
    assert all(torch.equal(batch["images"][name], images[name]) for name in images)
    assert all(torch.equal(batch["present"][name], present[name]) for name in present)
    assert "label" not in batch


def test_all_passages_come_at_once_or_one_is_drawn_anew(pairs: ImageTextPairs, pixels: Pixels) -> None:
    examples = with_titles(pairs)
    every = AlignRows(examples, pixels, seed=0, every_passage=True).batch(ROWS, epoch=0)
    assert every["text_case"].tolist() == [0, 0, 3, 3, 4, 4]
    assert every["texts"][1::2] == ["a scan"] * 3
    assert len(set(every["text_key"][1::2].tolist())) == 1  # the same words are one text
    one = AlignRows(examples, pixels, seed=0)
    drawn = [one.batch(ROWS, epoch=epoch)["texts"] for epoch in range(8)]
    assert {len(texts) for texts in drawn} == {3}
    assert {text for texts in drawn for text in texts} >= {"a scan", pairs.texts[0][0]}
    assert drawn == [one.batch(ROWS, epoch=epoch)["texts"] for epoch in range(8)]


def test_modalities_are_dropped_by_the_row_whoever_shares_the_batch(pairs: ImageTextPairs, features: Features) -> None:
    rows = AlignRows(pairs, features, seed=0, dropout=0.8)
    everyone = np.arange(len(pairs))
    whole = rows.batch(everyone, epoch=1)["present"]
    full = AlignRows(pairs, features, seed=0).batch(everyone, epoch=1)["present"]
    assert torch.stack(list(whole.values())).any(dim=0).all()
    assert sum(int(mask.sum()) for mask in whole.values()) < sum(int(mask.sum()) for mask in full.values())
    assert not any(bool((whole[name] & ~full[name]).any()) for name in full)
    part = rows.batch(ROWS, epoch=1)["present"]
    assert all(torch.equal(part[name], whole[name][ROWS]) for name in part)
    other = rows.batch(everyone, epoch=2)["present"]
    assert any(not torch.equal(other[name], whole[name]) for name in other)


def test_images_vary_from_epoch_to_epoch_where_they_may(pairs: ImageTextPairs, pixels: Pixels) -> None:
    name = "flair"
    plain, varied = (AlignRows(pairs, pixels, seed=0, augment=augment) for augment in (False, True))
    still = [plain.batch(ROWS, epoch=epoch)["images"][name] for epoch in (0, 1)]
    assert torch.equal(*still)
    moved = [varied.batch(ROWS, epoch=epoch)["images"][name] for epoch in (0, 0, 1)]
    assert torch.equal(moved[0], moved[1])
    assert not torch.equal(moved[0], moved[2])
    assert not torch.equal(moved[0], still[0])


def test_features_never_vary(pairs: ImageTextPairs, features: Features) -> None:
    rows = AlignRows(pairs, features, seed=0, augment=True)
    one, other = (rows.batch(ROWS, epoch=epoch)["images"] for epoch in (0, 1))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_labels_are_numbers_and_who_has_none_is_unlabelled(pairs: ImageTextPairs, features: Features) -> None:
    cases = list(pairs.cases)
    cases[3] = replace(cases[3], attributes={})
    examples = replace(pairs, cases=tuple(cases))
    labels = AlignRows(examples, features, seed=0, label="side").batch(np.arange(8), epoch=0)["label"].tolist()
    assert labels[3] == UNLABELLED
    sides = [case.attributes.get("side") for case in cases[:8]]
    for row, side in enumerate(sides):
        assert all((labels[row] == labels[other]) == (side == sides[other]) for other in range(8))


def test_names_are_case_ids(pairs: ImageTextPairs, features: Features) -> None:
    assert AlignRows(pairs, features, seed=0).names(ROWS, epoch=0) == [pairs.cases[row].id for row in ROWS]


@pytest.mark.parametrize("seed", [0, 1])
def test_another_seed_draws_other_passages(pairs: ImageTextPairs, pixels: Pixels, seed: int) -> None:
    rows = AlignRows(with_titles(pairs), pixels, seed=seed)
    drawn = [text for epoch in range(6) for text in rows.batch(ROWS, epoch=epoch)["texts"]]
    other = AlignRows(with_titles(pairs), pixels, seed=seed + 1)
    assert drawn != [text for epoch in range(6) for text in other.batch(ROWS, epoch=epoch)["texts"]]
