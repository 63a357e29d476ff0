"""Three ways to tell classes, fitted once: each gives probabilities of one case by value."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.classify import ClassifierSettings
from lexiscope.tasks.classify.learning_set import LearningSet, read_learning_set
from lexiscope.tasks.classify.methods import ByEvidence, ByProbe, ByPrompts, ReadCase, fit_classes, probe
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.inputs import read_input

Shapes = tuple[Corpus, ModelDirectory, Readouts]


@pytest.fixture(scope="module")
def learned(shapes: Shapes) -> LearningSet:
    return read_learning_set(CorpusPart(shapes[0], "train"), shapes[2], attribute="colour")


@pytest.mark.parametrize(("method", "kind"), [("probe", ByProbe), ("prompts", ByPrompts), ("evidential", ByEvidence)])
def test_every_method_says_how_likely_each_value_is(
    shapes: Shapes, learned: LearningSet, method: str, kind: type
) -> None:
    corpus, model, readouts = shapes
    fitted = fit_classes(learned, readouts, ClassifierSettings.of({"attribute": "colour", "method": method}))
    assert isinstance(fitted, kind)
    case = ReadCase.of(read_input("case-0000", views=model.views(), corpus=corpus).images, readouts)
    classes = fitted.classify(case)
    assert list(classes.probabilities) == ["blue", "green", "red"]
    assert sum(classes.probabilities.values()) == pytest.approx(1)
    assert classes.label == max(classes.probabilities, key=lambda value: classes.probabilities[value])
    assert 0 < classes.uncertainty < 1
    assert (classes.opinions is not None) == (method == "evidential")


def test_a_probe_of_images_and_mirror_images_tells_a_mirrored_case_alike(shapes: Shapes, learned: LearningSet) -> None:
    corpus, model, readouts = shapes
    fitted = fit_classes(learned, readouts, ClassifierSettings(attribute="colour"))
    images = read_input("case-0000", views=model.views(), corpus=corpus).images
    plain = fitted.classify(ReadCase.of(images, readouts))
    flipped = type(images)({name: x.flip(-1) for name, x in images.images.items()}, images.present)
    assert fitted.classify(ReadCase.of(flipped, readouts)).probabilities == pytest.approx(plain.probabilities, abs=1e-4)


def test_more_shots_than_cases_are_refused(learned: LearningSet) -> None:
    with pytest.raises(UsageError, match=r"expected 500 cases of each class, the rarest has \d+; take fewer shots"):
        probe(learned, shots=500)


def test_shots_and_seed_choose_what_is_learned_from(learned: LearningSet) -> None:
    one, same, other = (probe(learned, shots=2, seed=seed).weight for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()
