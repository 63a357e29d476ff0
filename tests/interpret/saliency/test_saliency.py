import sys
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.saliency import saliency
from lexiscope.interpret.saliency.maps import maps_of
from lexiscope.interpret.saliency.shuffled_weights import layers_from_output, shuffled_weights
from lexiscope.interpret.saliency.words import word_weights
from lexiscope.interpret.subject import Cases
from lexiscope.testing.interpretables import PlantedSubject

_SIDE = 12
pytest.importorskip("captum")


class _Patch(nn.Module):
    """A line of weights over each image, of which only a corner of "a" is far from zero."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = (nn.Linear(_SIDE * _SIDE, 1, bias=False) for _ in range(2))
        with torch.no_grad():
            corner = torch.zeros(_SIDE, _SIDE)
            corner[:4, :4] = 1.0
            self.a.weight.copy_((corner + 0.01 * torch.rand(_SIDE, _SIDE)).view(1, -1))
            self.b.weight.zero_()

    def forward(self, a, b):
        return (self.a(a.flatten(1)) + self.b(b.flatten(1)))[:, 0]


class _Edges(nn.Module):
    """Reads how bright a picture is, whatever its weight: a map of it is the picture."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Linear(1, 1)

    def forward(self, a, b):
        return (a.square() + 0.1 * b.square()).flatten(1).sum(1) + 0 * self.scale(torch.zeros(len(a), 1))[:, 0]


@dataclass
class _Subject:
    network: nn.Module
    name: str = "looks"
    fingerprint: str = "looks"
    inputs: tuple = ("a", "b")
    fusion: str | None = "early"
    score: str = "logit"
    asked: list = field(default_factory=list)

    def outcomes(self, cases, coalitions):
        raise NotImplementedError

    def images(self, cases):
        return {name: torch.from_numpy(np.stack([item[name] for item in cases.items])) for name in self.inputs}

    def score_of(self, cases, images):
        self.asked.append(len(cases))
        assert len(cases) == len(images["a"])
        return self.network(images["a"], images["b"])


def _cases(n=4, *, slices=None):
    rng = np.random.default_rng(0)
    shape = (1, _SIDE, _SIDE) if slices is None else (1, slices, _SIDE, _SIDE)
    items = [{name: rng.normal(size=shape).astype(np.float32) for name in "ab"} for _ in range(n)]
    present = {name: np.ones(n, dtype=bool) for name in "ab"}
    return Cases(items, [f"c{i}" for i in range(n)], [f"g{i}" for i in range(n)], present)


def test_maps_of_a_linear_model_are_weight_times_image():
    subject, cases = _Subject(_Patch()), _cases(5)
    images = subject.images(cases)
    exact = (images["a"] * subject.network.a.weight.view(1, 1, _SIDE, _SIDE))[:, 0].detach()
    maps = maps_of(subject, cases)
    assert set(maps) == {"gradient x input", "integrated gradients", "occlusion"}
    for name in ("gradient x input", "integrated gradients"):
        assert torch.allclose(maps[name]["a"], exact, atol=1e-4)
        assert maps[name]["b"].abs().max() == 0
    window = exact[:, :3, :3].sum((1, 2))  # four windows along each axis
    assert torch.allclose(maps["occlusion"]["a"][:, 0, 0], window, atol=1e-4)


def test_a_map_that_follows_the_weights_is_believed():
    result = saliency(_Subject(_Patch()), _cases())
    rows = {(row["map"], row["input"]): row for row in result.rows}
    row = rows["integrated gradients", "a"]
    assert row["share"].value == 1.0
    assert row["verdict"] == "follows the weights"
    assert row["rank correlation with shuffled labels"] is None
    assert rows["occlusion", "b"]["verdict"] == "not checked"  # a map of zeros
    assert any("integrated gradients over a depends on the weights" in one for one in result.findings)


def test_a_map_that_shows_the_picture_is_not_believed():
    result = saliency(_Subject(_Edges()), _cases())
    assert {row["verdict"] for row in result.rows} == {"shows the picture"}
    assert all(one.startswith("Do not believe") for one in result.findings)
    assert result.charts[0].lines["occlusion, a"][-1] == pytest.approx(1)


def test_a_model_of_shuffled_labels_stands_beside():
    other = _Patch()
    with torch.no_grad():
        other.a.weight.copy_(other.a.weight.flip(-1))

    class Anew(_Subject):
        def on_shuffled_labels(self, *, seed):
            assert seed == 0
            return _Subject(other)

    given = saliency(_Subject(_Patch()), _cases(), trained_on_shuffled=_Subject(other))
    result = saliency(Anew(_Patch()), _cases())
    assert result.rows == given.rows, "a model that learns its labels in a moment brings its own"
    row = result.rows[0]
    assert row["rank correlation with shuffled labels"].value < 0.5
    assert result.charts[0].levels[-1] == "trained on shuffled labels"


def test_a_modality_that_a_case_lacks_is_not_counted():
    cases = _cases(4)
    cases.present["a"][:2] = False
    result = saliency(_Subject(_Edges()), cases)
    (share,) = [row["share"] for row in result.rows if (row["map"], row["input"]) == ("occlusion", "a")]
    assert share.n == 2


class _Slices(_Subject):
    """Reads slices one by one: the score is the mean of what the network says of each."""

    sliced = frozenset("ab")

    def images(self, cases):
        return {name: x * torch.tensor([1.0, 9.0, 1.0]).view(3, 1, 1) for name, x in super().images(cases).items()}

    def reading_once(self):
        return nullcontext()

    def score_of(self, cases, images):
        self.asked.append(images["a"].shape[2])
        each = [self.network(a, b) for a, b in zip(images["a"].unbind(2), images["b"].unbind(2), strict=True)]
        return torch.stack(each).mean(dim=0)


def test_a_single_case_is_compared_on_its_strongest_slices_with_all_weights_shuffled():
    told = []
    subject = _Slices(_Edges())
    result = saliency(subject, _cases(1, slices=3), progress=lambda *said: told.append(said))
    assert result.about["checked"] == {"what was broken": ["all layers"], "slices alone": {"c0": {"a": 2, "b": 2}}}
    assert result.charts[0].levels == ["trained", "all layers"]
    (said,) = result.findings
    assert said.startswith("With all weights shuffled, maps of slice 2 of a, slice 2 of b, shown alone, correlate")
    assert "occlusion 1.000 over a, 1.000 over b" in said
    assert subject.asked == [3] * 19 + [1] * 15 + [3] + [1] * 15, "all slices for maps, and to see which layers run"
    assert (told[0], told[-1]) == ((0, 6, "gradient x input"), (8, 9, "occlusion"))
    assert len(told) == len(subject.asked) - 1, "whoever watches may stop it at every run"


def test_several_cases_are_compared_stage_by_stage():
    result = saliency(_Slices(_Edges()), _cases(2, slices=3))
    assert result.about["checked"]["what was broken"] == ["last third", "last two thirds", "all layers"]
    assert set(result.about["checked"]["slices alone"]) == {"c0", "c1"}


def test_weights_come_back_as_they_were():
    network = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 1))
    before = [weight.clone() for weight in network.parameters()]
    with shuffled_weights(list(network), seed=0):
        assert not torch.equal(network[0].weight, before[0])
        assert sorted(network[0].weight.flatten().tolist()) == sorted(before[0].flatten().tolist())
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), before, strict=True))


def test_layers_come_in_the_order_from_the_output():
    first, last, idle = nn.Linear(2, 2), nn.Linear(2, 1), nn.Linear(1, 1)
    network = nn.ModuleDict({"last": last, "idle": idle, "first": first})
    assert layers_from_output(network, lambda: last(first(torch.zeros(1, 2)))) == [last, first]


def test_a_volume_shows_the_slice_in_which_most_of_the_map_lies_as_radiologists_see_it():
    from lexiscope.interpret.saliency.pictures import map_overlays

    image, found = torch.zeros(1, 1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    image[0, 0, 2, 1, 1], found[0, 2, 1, 1] = 5.0, -2.0
    present = {"T1": np.ones(1, dtype=bool)}
    shown = map_overlays(Cases([{}], ["c"], ["g"], present), 0, {"T1": image}, {"occlusion": {"T1": found}})
    gallery = shown.gallery()
    (caption, picture), overlay = gallery.pictures[0], gallery.overlays[0]
    assert (caption, shown.strongest("T1"), len(shown.images["T1"])) == ("T1: occlusion", 2, 3)
    assert picture[2, 2] == overlay[2, 2] == 1  # stored from the right and the back, shown from the left and the front
    assert picture.sum() == overlay.sum() == 1


class _Words:
    patch_grid, parts_score = (1,), "worth"
    name, fingerprint, inputs, fusion, score = "hears", "hears", ("text",), None, "score"

    def outcomes(self, cases, coalitions):
        raise NotImplementedError

    def words(self, case):
        return tuple(case.items[0].split())

    def without_parts(self, case, hidden):
        worth = {"tumour": 3.0, "no": -1.0}
        words = self.words(case)
        return np.array(
            [sum(worth.get(word, 0) for n, word in enumerate(words) if n not in one.words) for one in hidden]
        )


def test_words_are_worth_what_is_lost_without_them():
    cases = Cases(["no tumour seen", "", "a tumour"], list("xyz"), list("xyz"), {})
    assert word_weights(_Words(), cases, most=2) == {
        "x": [("no", -1.0), ("tumour", 3.0), ("seen", 0.0)],
        "z": [("a", 0.0), ("tumour", 3.0)],
    }
    result = saliency(_Words(), cases)
    assert [chart.title for chart in result.charts] == [
        "Words that matter in x: worth that is lost without each",
        "Words that matter in z: worth that is lost without each",
    ]


class _Deaf(_Patch):
    """Never looks at "b": what a network does with a modality that no case of a batch has."""

    def forward(self, a, b):
        return self.a(a.flatten(1))[:, 0]


def test_an_image_that_is_not_read_has_a_map_of_zeros():
    maps = maps_of(_Subject(_Deaf()), _cases(2))
    assert all(one["a"].abs().max() > 0 and one["b"].abs().max() == 0 for one in maps.values())


class _Mixed(nn.Module):
    """Reads a vector of numbers, a sound and the number of a word."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.numbers, self.sound, self.word = nn.Linear(5, 2), nn.Linear(6, 2), nn.Embedding(4, 2)

    def forward(self, numbers, sound, word):
        return self.numbers(numbers) + self.sound(sound.flatten(1)) + self.word(word)


def test_vectors_are_lines_and_whole_numbers_stay_as_they_are():
    from lexiscope.interpret.adapters.arrays import array_cases
    from lexiscope.interpret.adapters.module import ModuleSubject

    rng = np.random.default_rng(0)
    arrays = {"numbers": rng.normal(size=(6, 5)), "sound": rng.normal(size=(6, 2, 3)), "word": rng.integers(0, 4, 6)}
    cases = array_cases(arrays, rng.integers(0, 2, 6))
    subject = ModuleSubject(_Mixed(), dict.fromkeys(arrays), fusion="late")
    maps = maps_of(subject, cases)
    assert {name: tuple(one.shape) for name, one in maps["occlusion"].items()} == {"numbers": (6, 5), "sound": (6, 3)}
    exact = torch.from_numpy(arrays["numbers"]).float() * subject.module.numbers.weight[cases.truth]
    assert torch.allclose(maps["occlusion"]["numbers"], exact, atol=1e-6)
    result = saliency(subject, cases)
    assert {row["input"] for row in result.rows} == {"numbers", "sound"}
    assert all(row["rank correlation with shuffled weights"].value < 1 for row in result.rows)


@pytest.mark.slow  # imports matplotlib
def test_all_charts_can_be_drawn():
    assert len(saliency(_Subject(_Patch()), _cases()).plot().subfigs) == 3  # lines, two cases


def test_a_model_without_gradients_and_words_is_refused():
    subject = PlantedSubject()
    with pytest.raises(UsageError, match="gradients or words that can be hidden, got planted"):
        saliency(subject, subject.cases(3))


def test_without_captum_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(UsageError, match=r"needs captum; run: pip install 'lexiscope\[interpret\]'"):
        saliency(_Subject(_Edges()), _cases(2))
