"""Units are named by words through a joint space, as CLIP-Dissect does, and none where images say nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.core.passage import Passage
from lexiscope.interpret.charts import Gallery
from lexiscope.interpret.semantics.by_words import name_units
from lexiscope.interpret.semantics.semantics import semantics
from lexiscope.interpret.semantics.soft_wpmi import soft_wpmi
from lexiscope.interpret.semantics.vocabulary import caption_words
from lexiscope.interpret.subject import Cases, Level

WORDS = ("crack", "pore")


class Spoken:
    """Images show a crack or a pore; unit 0 of "sem" answers to cracks, 1 of "xray" to pores, others are noise."""

    name, fingerprint = "spoken", "f"

    def levels(self, cases: Cases[Any]) -> dict[str, list[Level]]:
        there = torch.ones(len(cases), dtype=torch.bool)
        made = {}
        for number, (branch, unit, sign) in enumerate((("sem", 0, 1), ("xray", 1, -1))):
            values = np.stack(
                [np.random.default_rng((number, self.row(name))).normal(size=(2, 5)) for name in cases.ids]
            )
            values[:, :, unit] += 6 * sign * self.shows(cases)[:, None]
            made[branch] = [Level("last", torch.from_numpy(values).float(), (1, 2), there)]
        return made

    def images(self, cases: Cases[Any]) -> dict[str, torch.Tensor]:
        pixels = torch.from_numpy(self.shows(cases)).float()[:, None] * torch.arange(8)
        return dict.fromkeys(("sem", "xray"), pixels.reshape(-1, 1, 2, 4))

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([{"crack": np.array([1.0, 0.0]), "pore": np.array([-1.0, 0.0])}[text] for text in texts])

    def image_vectors(self, cases: Cases[Any]) -> np.ndarray:
        shown = self.shows(cases)
        vectors = np.stack([0.6 * shown, np.full(len(shown), 0.8)], axis=1)
        vectors[[self.row(name) == 0 for name in cases.ids]] = np.nan  # no image that the space reads
        return vectors

    def shows(self, cases: Cases[Any]) -> np.ndarray:
        return np.array([1.0 if self.row(name) % 2 else -1.0 for name in cases.ids])

    @staticmethod
    def row(name: str) -> int:
        return int(name)


def spoken_cases(n: int = 60) -> Cases[Any]:
    texts = ["A pore in glass.", "A crack in glass."]
    items = [
        Case(str(row), str(row), Provenance("test"), texts=(Passage("caption", texts[row % 2]),)) for row in range(n)
    ]
    return Cases(items, [case.id for case in items], [case.group for case in items], {})


def test_planted_units_get_their_words_and_others_none() -> None:
    found = {one.place[0]: one for one in name_units(Spoken(), Spoken(), spoken_cases(), WORDS)}
    named = {branch: one.named for branch, one in found.items()}
    assert all(row % 2 for row in found["sem"].top[0]), "images of cracks"
    assert named["sem"][0] == "crack"
    assert named["xray"][1] == "pore"
    assert sum(map(len, named.values())) <= 3  # of ten units, 5 % would be named by chance


def test_words_come_from_the_captions_of_the_cases() -> None:
    result = semantics(Spoken(), spoken_cases())
    assert set(result.about["words"]) >= set(WORDS)
    of = {(row["branch"], row["of"]) for row in result.rows if row["measure"] == "SoftWPMI"}
    assert {("sem", "unit 0: crack"), ("xray", "unit 1: pore")} <= of
    special = {row["branch"]: row["value"].value for row in result.rows if row["measure"] == "speciality"}
    assert special["sem"] > 0.4
    assert "2204.10965" in result.formula["SoftWPMI"]
    (gallery,) = [chart for chart in result.charts if isinstance(chart, Gallery)]
    assert {"crack: sem, last, unit 0", "pore: xray, last, unit 1"} <= {caption for caption, _ in gallery.pictures}


def test_captions_that_say_nothing_are_refused() -> None:
    cases = spoken_cases()
    silent = replace(cases, items=[replace(case, texts=()) for case in cases.items])
    with pytest.raises(UsageError, match="two or more words that some captions use"):
        semantics(Spoken(), silent)


def test_soft_wpmi_is_that_of_clip_dissect() -> None:
    rng = np.random.default_rng(0)
    cosines, responses = rng.uniform(-0.2, 0.4, size=(50, 6)), rng.normal(size=(50, 4))
    said = torch.softmax(10 * torch.from_numpy(cosines), dim=1)
    expected = []
    for unit in range(4):
        rows = torch.topk(torch.from_numpy(responses[:, unit]), 10)[1]
        member = 0.998 - torch.arange(10, dtype=torch.float64) / 10 * (0.998 - 0.97)
        expected.append(torch.log(1 + member[:, None] * (said[rows] - 1) + 1e-7).sum(dim=0))
    given = torch.stack(expected)
    published = given - (torch.logsumexp(given, dim=0, keepdim=True) - np.log(4))
    assert soft_wpmi(cosines, responses, top=10) == pytest.approx(published.numpy(), abs=1e-9)


def test_words_stand_as_captions_use_them_and_numbers_are_none() -> None:
    captions = ["14 mm across, some loss", "14 mm across", "loss, 14 mm across", "another view", "loss of 3 mm"] * 2
    assert set(caption_words(captions)) == {"mm", "across", "loss"}


def test_words_that_nearly_all_captions_use_tell_nothing_apart() -> None:
    captions = ["crack in glass", "crack in silica glass", "crack, glass", "glass with a pore", "glass", "old glass"]
    assert "crack" in caption_words(captions)
    assert "glass" not in caption_words(captions)
    assert "silica" not in caption_words(captions)  # once
