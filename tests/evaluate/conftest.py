"""A small corpus of coloured shapes, and an untrained model that says it learned from the corpus's split "train"."""

from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space, tiny_views


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
