"""Eighty coloured shapes, and a tiny untrained model that reads them."""

import pytest

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory, Readouts]:
    """For tests that change nothing."""
    folder = tmp_path_factory.mktemp("shapes")
    corpus = make_corpus(folder / "corpus", 80)
    model = tiny_model(corpus, folder / "model")
    return corpus, model, Readouts(model.joint(), model.views())
