"""What a classifier learns from: labels, held-out cases for the temperature, mirror images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.learning_set import read_labelled, read_learning_set
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model

Shapes = tuple[Corpus, ModelDirectory, Readouts]


def test_labels_are_those_of_the_cases_in_their_order(shapes: Shapes) -> None:
    corpus, _, readouts = shapes
    learned = read_learning_set(CorpusPart(corpus, "train"), readouts, attribute="colour")
    assert learned.target.values == ("blue", "green", "red")
    assert [learned.target.values[label] for label in learned.fit.labels] == [
        case.attributes["colour"] for case in learned.fit.cases
    ]
    assert {case.split for case in learned.fit.cases} == {"train"}
    assert {case.split for case in learned.calibration.cases} == {"val"}
    assert learned.fit.groups == [case.group for case in learned.fit.cases]


def test_what_is_measured_never_calibrates(shapes: Shapes) -> None:
    corpus, _, readouts = shapes
    source = CorpusPart(corpus, "train")
    for measured, calibrates in ((CorpusPart(corpus, "test"), True), (CorpusPart(corpus, "val"), False),
                                 (CorpusPart(corpus, None), False)):  # fmt: skip
        learned = read_learning_set(source, readouts, attribute="colour", measured=measured)
        assert bool(learned.calibration.cases) is calibrates
    assert not read_learning_set(CorpusPart(corpus, None), readouts, attribute="colour").calibration.cases


@pytest.mark.slow
def test_images_are_mirrored_where_no_text_tells_the_sides(shapes: Shapes, tmp_path: Path) -> None:
    corpus, _, readouts = shapes
    source = CorpusPart(corpus, "train")
    learned = read_learning_set(source, readouts, attribute="colour")
    assert learned.mirror
    assert learned.fit.mirrored is not None
    assert len(learned.fit.seen) == 2
    assert np.abs(learned.fit.seen[0] - learned.fit.seen[1]).max() > 1e-3
    assert len(read_learning_set(source, readouts, attribute="colour", mirror=False).fit.seen) == 1
    brains = make_corpus(tmp_path / "brains", 12, volumes=True)  # their captions say left and right
    model = tiny_model(brains, tmp_path / "model")
    sided = read_learning_set(CorpusPart(brains, "train"), Readouts(model.joint(), model.views()), attribute="side")
    assert not sided.mirror


def test_cases_without_the_attribute_or_an_image_are_left_out(shapes: Shapes) -> None:
    corpus, _, readouts = shapes
    learned = read_learning_set(CorpusPart(corpus, "train"), readouts, attribute="colour")
    case = corpus["case-0000"]
    cases = [case, replace(case, id="bare", images={}), replace(case, id="plain", attributes={}),
             replace(case, id="pink", attributes={"colour": "pink"})]  # fmt: skip
    assert [kept.id for kept in read_labelled(learned.target, corpus, cases, readouts=readouts).cases] == [case.id]
