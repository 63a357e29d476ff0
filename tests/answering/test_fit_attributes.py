"""Attributes by ridge regression: what images show is told, what they do not show is only as likely as it is common."""

import numpy as np
import pytest
import torch

from lexiscope.answering.fit_attributes import fit_attributes
from lexiscope.core import Case, Provenance
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens

N = 60


def cases(**attributes: list[str]) -> list[Case]:
    rows = zip(*attributes.values(), strict=True)
    return [
        Case(f"case-{n}", f"group-{n}", Provenance("by hand"), attributes=dict(zip(attributes, row, strict=True)))
        for n, row in enumerate(rows)
    ]


def tokens(summary: np.ndarray, places: np.ndarray, present: np.ndarray | None = None) -> ImageTokens:
    read = BranchTokens(torch.from_numpy(summary).float(), torch.from_numpy(places).float())
    mask = np.ones(len(summary), dtype=bool) if present is None else present
    return ImageTokens({"photo": read}, {"photo": torch.from_numpy(mask)})


def drawn(seed: int = 0) -> tuple[np.random.Generator, list[str], list[str], ImageTokens]:
    """The colour is in the readout, the side only in where the places are bright."""
    rng = np.random.default_rng(seed)
    colour, side = rng.choice(["red", "blue"], N), rng.choice(["left", "right"], N)
    summary = rng.normal(size=(N, 20)) * 0.3
    summary[:, 0] += np.where(colour == "red", 1, -1)
    places = rng.normal(size=(N, 16, 3)) * 0.3
    left = np.arange(16) % 4 < 2
    places[:, :, 0] += np.where((side == "left")[:, None] == left[None], 1, -1)
    return rng, colour.tolist(), side.tolist(), tokens(summary, places)


def test_values_are_told_from_readouts_and_from_places() -> None:
    _, colour, side, seen = drawn()
    learned = cases(colour=colour, side=side)
    predictor = fit_attributes(learned, seen, groups=[c.group for c in learned], names=("colour", "side"), seed=0)
    _, colour, side, new = drawn(seed=1)
    predicted = predictor.predict(new)
    for place, truth in ((0, colour), (1, side)):
        right = [case[place].value == true for case, true in zip(predicted, truth, strict=True)]
        assert np.mean(right) > 0.9
        assert np.mean([case[place].probability for case in predicted]) == pytest.approx(np.mean(right), abs=0.1)


def test_what_images_do_not_show_is_as_likely_as_it_is_common() -> None:
    """With more features than cases: a regression that saw the case would be sure of each."""
    rng = np.random.default_rng(0)
    values = ["yes"] * 40 + ["no"] * 20
    seen = tokens(rng.normal(size=(N, 500)), rng.normal(size=(N, 4, 30)))
    learned = cases(known=values)
    predictor = fit_attributes(learned, seen, groups=[c.group for c in learned], names=("known",), seed=0)
    new = predictor.predict(tokens(rng.normal(size=(N, 500)), rng.normal(size=(N, 4, 30))))
    assert {case[0].value for case in new} == {"yes"}
    assert [case[0].probability for case in new] == pytest.approx([2 / 3] * N, abs=0.1)


def test_a_group_is_left_out_whole() -> None:
    """Each image twice under one group, with values drawn at random: only what saw the twin would be sure of them."""
    rng, pairs = np.random.default_rng(0), 120
    images, values = rng.normal(size=(pairs, 400)), rng.permutation(["a", "b"] * (pairs // 2))
    seen = tokens(np.repeat(images, 2, axis=0), np.zeros((2 * pairs, 4, 2)))
    groups = [f"group-{n // 2}" for n in range(2 * pairs)]
    learned = cases(kind=np.repeat(values, 2).tolist())
    known, whole = (
        fit_attributes(learned, seen, groups=names, names=("kind",), seed=0).predict(seen)
        for names in ([case.group for case in learned], groups)
    )
    assert np.mean([case[0].probability for case in known]) > 0.95
    assert np.mean([case[0].probability for case in whole]) < 0.75


def test_rare_values_and_single_ones_are_not_learned() -> None:
    _, colour, side, seen = drawn()
    colour[:2] = ["green", "green"]  # of two groups
    learned = cases(colour=colour, side=side, scanner=["A"] * N)
    groups = [case.group for case in learned]
    predictor = fit_attributes(learned, seen, groups=groups, names=("colour", "scanner", "unknown"), seed=0)
    assert [(one.name, one.values) for one in predictor.attributes] == [("colour", ("blue", "red"))]


def test_a_missing_modality_is_no_image() -> None:
    _, colour, _, seen = drawn()
    learned = cases(colour=colour)
    predictor = fit_attributes(learned, seen, groups=[c.group for c in learned], names=("colour",), seed=0)
    missing = ImageTokens(seen.tokens, {"photo": torch.zeros(N, dtype=torch.bool)})
    probabilities = {round(case[0].probability, 6) for case in predictor.predict(missing)}
    assert len(probabilities) == 1  # whatever lies in the rows of what is missing


def test_values_that_never_come_together_contradict_each_other_where_that_is_no_chance() -> None:
    """The rare lobe is of three groups alone: that none of them has a mass may be chance."""
    learned = cases(
        lesion=["none"] * 20 + ["mass"] * 40,
        side=["none"] * 20 + ["left", "right"] * 20,
        lobe=["rare"] * 3 + ["frontal"] * 57,
    )
    seen = tokens(np.zeros((N, 2)), np.zeros((N, 4, 2)))
    groups = [c.group for c in learned]
    found = fit_attributes(learned, seen, groups=groups, names=("lesion", "side", "lobe"), seed=0).contradictions
    assert {tuple(sorted(pair)) for pair in found} == {
        (("lesion", "none"), ("side", "left")),
        (("lesion", "none"), ("side", "right")),
        (("lesion", "mass"), ("side", "none")),
    }
