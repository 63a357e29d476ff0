import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.arrays import array_cases
from lexiscope.interpret.adapters.module import ModuleSubject
from lexiscope.interpret.subject import Ablates, Coalition, Differentiates, KnowsConcepts, ShowsLevels, Subject

_LAYERS = {"image": ["image.0", "image.2"], "sound": ["sound.0", "sound.1"]}


class TwoWays(nn.Module):
    """An image (1, 4, 4) and a sound of 3 numbers, each to two logits, added up; a sound that is None adds nothing."""

    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(32, 2, bias=False))
        self.sound = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Identity())
        self.sum = nn.Identity()

    def forward(self, image, sound):
        return self.sum(self.image(image) + (0 if sound is None else self.sound(sound)))


def _subject(**options):
    torch.manual_seed(0)
    return ModuleSubject(
        TwoWays(), {"image": None, "sound": lambda _: None}, layers=_LAYERS, fused=["sum"], fusion="late", **options
    )


def _cases(n=5, *, lacking=()):
    rng = np.random.default_rng(0)
    sound = np.ones(n, bool)
    sound[list(lacking)] = False
    arrays = {"image": rng.normal(size=(n, 1, 4, 4)), "sound": rng.normal(size=(n, 3))}
    arrays["sound"][list(lacking)] = np.nan
    return array_cases(arrays, ["no", "yes", "no", "yes", "yes"][:n], present={"sound": sound}, split="test")


def _by_hand(subject, cases, *, image=True, sound=True):
    rows = []
    for item in cases.items:
        image_of, sound_of = (torch.tensor(item[name]).float()[None] for name in ("image", "sound"))
        with torch.no_grad():
            rows.append(subject.module(image_of if image else torch.zeros_like(image_of), sound_of if sound else None))
    return torch.cat(rows).double().softmax(-1).numpy()


def test_a_module_keeps_all_protocols():
    subject = _subject()
    for protocol in (Subject, ShowsLevels, Ablates, Differentiates, KnowsConcepts):
        assert isinstance(subject, protocol)


def test_a_class_that_no_case_has_is_asked_for():
    subject, cases = _subject(), _cases(1)
    with pytest.raises(UsageError, match=r"logit for each of the 1 classes of the cases \(no\), got 2; name all cla"):
        subject.outcomes(cases, [Coalition(frozenset({"image", "sound"}))])
    with pytest.raises(UsageError, match="got 2; name all"):
        subject.score_of(cases, subject.images(cases))


def test_classes_are_concepts_of_whole_cases():
    concepts = _subject().concepts(_cases(3), (1, 2))
    assert {name: shares.tolist() for name, shares in concepts.items()} == {
        "no": [[1, 1], [0, 0], [1, 1]],
        "yes": [[0, 0], [1, 1], [0, 0]],
    }


def test_inputs_are_taken_away_as_they_are_said_to_be():
    subject, cases = _subject(), _cases()
    donors = cases.take([4, 3, 2, 1, 0])
    made = subject.outcomes(
        cases,
        [
            Coalition(frozenset({"image", "sound"})),
            Coalition(frozenset({"image"})),
            Coalition(frozenset({"sound"})),
            Coalition(frozenset({"image"}), "zeros"),
            Coalition(frozenset({"image"}), "marginal", donors),
            Coalition(frozenset()),
        ],
    )
    whole, image, sound, zeros, marginal, nothing = (one.probabilities for one in made)
    np.testing.assert_allclose(whole, _by_hand(subject, cases), atol=1e-6)
    np.testing.assert_allclose(image, _by_hand(subject, cases, sound=False), atol=1e-6)
    np.testing.assert_allclose(sound, _by_hand(subject, cases, image=False), atol=1e-6)
    np.testing.assert_allclose(zeros, image, atol=1e-6)  # a linear layer of zeros adds nothing either
    mixed = [{"image": a["image"], "sound": b["sound"]} for a, b in zip(cases.items, donors.items, strict=True)]
    np.testing.assert_allclose(marginal, _by_hand(subject, array_cases_of(mixed)), atol=1e-6)
    np.testing.assert_allclose(nothing, 0.5)
    np.testing.assert_allclose(made[0].score, whole[np.arange(5), cases.truth])


def array_cases_of(items):
    return array_cases({name: np.stack([item[name] for item in items]) for name in items[0]}, ["no"] * len(items))


def test_what_a_case_lacks_is_not_made_up():
    subject, cases = _subject(prior=[0.25, 0.75]), _cases(lacking=(1, 3))
    both = Coalition(frozenset({"image", "sound"}))
    whole, sound = subject.outcomes(cases, [both, Coalition(frozenset({"sound"}))])
    np.testing.assert_allclose(
        whole.probabilities[[1, 3]], _by_hand(subject, cases.take([1, 3]), sound=False), atol=1e-6
    )
    np.testing.assert_allclose(sound.probabilities[[1, 3]], [[0.25, 0.75]] * 2)
    donors = cases.take([1, 1, 1, 1, 1])
    (lent,) = subject.outcomes(cases, [Coalition(frozenset({"image"}), "marginal", donors)])
    np.testing.assert_allclose(lent.probabilities, _by_hand(subject, cases, sound=False), atol=1e-6)


def test_levels_are_what_layers_give_and_zeros_where_an_input_is_missing():
    subject, cases = _subject(), _cases(lacking=(1, 3))
    levels = subject.levels(cases)
    assert {branch: [level.name for level in some] for branch, some in levels.items()} == {
        "image": ["layer 1", "layer 2"], "sound": ["layer 1", "layer 2"], "fused": ["layer 1"],
    }  # fmt: skip
    first = levels["image"][0]
    assert (tuple(first.values.shape), first.grid) == ((5, 16, 2), (4, 4))
    weight, bias = subject.module.image[0].weight[:, 0, 0, 0], subject.module.image[0].bias
    pixel = torch.tensor(cases.items[2]["image"][0, 1, 3]).float()
    torch.testing.assert_close(first.values[2, 7], (weight * pixel + bias).detach())
    sound = levels["sound"][0]
    assert sound.present.tolist() == [True, False, True, False, True]
    assert (sound.values[1] == 0).all()
    torch.testing.assert_close(levels["fused"][0].values[1], levels["image"][1].values[1])


def test_a_layer_that_two_inputs_pass_gives_each_its_own():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.tower = nn.Linear(3, 2)

        def forward(self, a, b):
            return sum(self.tower(one) for one in (a, b) if one is not None)

    subject = ModuleSubject(
        Shared(), {"a": lambda _: None, "b": lambda _: None}, layers={"a": ["tower"], "b": ["tower"]}
    )
    rng = np.random.default_rng(0)
    cases = array_cases(
        {"a": rng.normal(size=(3, 3)), "b": rng.normal(size=(3, 3))}, [0, 1, 1], present={"a": [True, False, True]}
    )
    levels = subject.levels(cases)
    told = subject.module.tower(torch.tensor(cases.items[1]["b"]).float())
    torch.testing.assert_close(levels["b"][0].values[1, 0], told.detach())
    assert (levels["a"][0].values[1] == 0).all()
    with pytest.raises(UsageError, match="belongs to a and b, so its units cannot be silenced for a alone"):
        subject.ablated("a", "layer 1", [0])


def test_silenced_units_are_zeros_within_the_context_alone():
    subject, cases = _subject(), _cases()
    before = subject.levels(cases)
    with subject.ablated("image", "layer 1", [1]):
        during = subject.levels(cases)
    after = subject.levels(cases)
    assert (during["image"][0].values[..., 1] == 0).all()
    torch.testing.assert_close(during["image"][0].values[..., 0], before["image"][0].values[..., 0])
    assert not torch.equal(during["fused"][0].values, before["fused"][0].values)
    torch.testing.assert_close(after["fused"][0].values, before["fused"][0].values)


def test_scores_have_gradients():
    subject, cases = _subject(), _cases(lacking=(1,))
    images = {name: values.requires_grad_() for name, values in subject.images(cases).items()}
    subject.score_of(cases, images).sum().backward()
    weight = subject.module.sound[0].weight[cases.truth[0]]
    torch.testing.assert_close(images["sound"].grad[0], weight)
    assert (images["sound"].grad[1] == 0).all()


def test_wrong_names_are_told_with_those_that_are_there():
    inputs = {"image": None, "sound": None}
    with pytest.raises(
        UsageError, match=r"'image' names a layer 'conv1' that is not there; TwoWays has: image, image\.0"
    ):
        ModuleSubject(TwoWays(), inputs, layers={"image": ["conv1"]})
    with pytest.raises(UsageError, match="layers are named for 'smell', which is no input; inputs: image, sound"):
        ModuleSubject(TwoWays(), inputs, layers={"smell": ["sum"]})
    with pytest.raises(UsageError, match="names no layers"):
        ModuleSubject(TwoWays(), inputs).levels(_cases())
    donors = _cases().take([0, 1])
    with pytest.raises(UsageError, match="needs a donor for each of 5 cases, got 2"):
        _subject().outcomes(_cases(), [Coalition(frozenset({"image"}), "marginal", donors)])
    with pytest.raises(UsageError, match="ran 1 times and is named for 2 inputs"):
        ModuleSubject(TwoWays(), inputs, layers={"image": ["image.0"], "sound": ["image.0"]}).levels(_cases())


def test_a_fingerprint_is_that_of_the_weights():
    assert _subject().fingerprint == _subject().fingerprint
    torch.manual_seed(1)
    assert ModuleSubject(TwoWays(), {"image": None, "sound": None}).fingerprint != _subject().fingerprint
