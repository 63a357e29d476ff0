"""Mirrored images are used where nothing tells left from right, and there alone."""

import numpy as np
import pytest
from PIL import Image

from lexiscope.corpus.part import CorpusPart
from lexiscope.tasks.classify.learning_set import read_learning_set
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.inputs import read_input
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import choose_views


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    corpus = make_corpus(tmp_path_factory.mktemp("sides") / "corpus", 40)
    views = choose_views(corpus, size=32)
    return corpus, Readouts(tiny_joint_space(views), views)


def test_a_mirrored_case_is_the_mirrored_picture(read, tmp_path):
    corpus, readouts = read
    one = corpus["case-0000"]
    flipped = tmp_path / "flipped.png"
    Image.open(corpus.object_path(one.images["photo"])).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(flipped)
    mirrored = readouts.mirrored()
    by_corpus, _ = mirrored.of_cases(corpus, [one])
    by_file, _ = readouts.of_batch(read_input(flipped, views=readouts.views).images)
    np.testing.assert_allclose(by_corpus, by_file, atol=0.02)
    plain, _ = readouts.of_cases(corpus, [one])  # kept features of the two are not mixed up
    assert abs(plain - by_corpus).max() > 0.05
    np.testing.assert_array_equal(mirrored.mirrored().of_cases(corpus, [one])[0], plain)


@pytest.mark.slow
def test_it_is_chosen_by_what_is_told_unless_asked(read, tmp_path):
    corpus, readouts = read
    source = CorpusPart(corpus, "train")
    assert read_learning_set(source, readouts, attribute="colour").mirror
    assert not read_learning_set(source, readouts, attribute="colour", mirror=False).mirror
    sided = make_corpus(tmp_path / "sided", 20, volumes=True)
    views = choose_views(sided, size=32)
    learned = read_learning_set(CorpusPart(sided, "train"), Readouts(tiny_joint_space(views), views), attribute="side")
    assert not learned.mirror
    assert learned.fit.mirrored is None
