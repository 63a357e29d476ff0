"""A corpus of small volumes with missing sequences, made once; for tests that change nothing but its caches."""

import pytest

from lexiscope.corpus import Corpus
from lexiscope.testing import make_corpus


@pytest.fixture(scope="session")
def brains(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("features") / "corpus", 8, volumes=True, missing=0.4)
