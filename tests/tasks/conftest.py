"""A corpus of coloured shapes, one case of words only, and a tiny untrained model that reads its photos."""

from pathlib import Path

import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import choose_views


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return _make_corpus(tmp_path / "corpus")


@pytest.fixture
def model(corpus: Corpus, tmp_path: Path) -> ModelDirectory:
    return _make_model(corpus, tmp_path / "model")


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """The same, indexed; for tests that change nothing."""
    folder = tmp_path_factory.mktemp("indexed")
    corpus = _make_corpus(folder / "corpus")
    model = _make_model(corpus, folder / "model")
    index_corpus(model, corpus)
    return corpus, model


def _make_corpus(path: Path) -> Corpus:
    """Ten photos with captions, a text without image and a case with neither."""
    corpus = make_corpus(path, 10)
    corpus.upsert(
        [
            Case(
                "words-only",
                "notes",
                Provenance("by hand", licence="CC0-1.0"),
                texts=(Passage("report", "Gefüge 組織 of zirconia"),),
            ),
            Case("empty", "notes", Provenance("by hand")),
        ]
    )
    return corpus


def _make_model(corpus: Corpus, path: Path) -> ModelDirectory:
    views = choose_views(corpus, size=32)
    model = ModelDirectory(path)
    model.save_joint(tiny_joint_space(views), views=views, record={})
    return model
