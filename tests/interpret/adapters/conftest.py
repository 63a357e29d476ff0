"""A corpus of scans some of whose sequences are missing, and untrained models that read it."""

import pytest

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.cases import make_corpus
from lexiscope.testing.speaking import tiny_model


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("scans") / "corpus", 24, volumes=True, missing=0.4)


@pytest.fixture(scope="session", params=["late", "hybrid", "early"])
def reader(request: pytest.FixtureRequest, scans: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return tiny_model(scans, tmp_path_factory.mktemp("reader") / "model", fusion=request.param)


@pytest.fixture(scope="session")
def late_reader(scans: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return tiny_model(scans, tmp_path_factory.mktemp("reader") / "model")
