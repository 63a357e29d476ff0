"""A corpus of four planes with masks that tests may correct, and the source that it can be built from again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.testing import make_corpus

Make = Callable[[], Corpus]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds the corpus; called again, builds it again from the same source."""
    return lambda: make_corpus(tmp_path / "corpus", 4, masks=True)


@pytest.fixture
def corpus(make: Make) -> Corpus:
    return make()
