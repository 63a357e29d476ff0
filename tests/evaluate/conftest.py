"""Small corpora of coloured shapes, and models that say they learned from the split "train"."""

from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space, tiny_views
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return make_corpus(tmp_path / "corpus", 60)


@pytest.fixture
def model(tmp_path: Path, corpus: Corpus) -> ModelDirectory:
    made = ModelDirectory(tmp_path / "model")
    views = tiny_views(modalities=["photo"])
    trained_on = {"path": str(corpus.path), "version": corpus.version, "split": "train"}
    made.save_joint(tiny_joint_space(views), views=views, record={"seed": 0, "trained_on": trained_on})
    return made


@pytest.fixture(scope="session")
def describing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """A model that was trained on captions alone."""
    folder = tmp_path_factory.mktemp("describing")
    corpus = make_speaking_corpus(folder / "corpus", 20, turns=False)
    model = tiny_model(corpus, folder / "model")
    name = save_language(tiny_language(["A red disc, specimen 1."]), folder / "language")
    config = InstructConfig(language=name, evidence=0, epochs=1, projector_epochs=0, side=2, batch=32)
    instruct(corpus, model.path, config=config)
    return corpus, model
