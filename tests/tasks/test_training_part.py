"""The cases a model learned from: by its record, or by the corpus that a user names."""

import json
from pathlib import Path

import pytest

from lexiscope.core.errors import CorpusError, ModelError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.training_part import training_part
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model


@pytest.fixture
def made(tmp_path: Path) -> tuple[Corpus, ModelDirectory]:
    corpus = make_corpus(tmp_path / "corpus", 8)
    return corpus, tiny_model(corpus, tmp_path / "model", split="val")


def test_the_record_of_a_model_names_corpus_and_split(made: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = made
    part = training_part(model)
    assert (part.corpus.path, part.split) == (corpus.path, "val")
    assert {case.split for case in part.cases()} <= {"val"}


def test_a_named_corpus_takes_its_place_with_what_is_to_learn_from(
    made: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    other = make_corpus(tmp_path / "other", 6, seed=3)
    part = training_part(made[1], other.path)
    assert (part.corpus.path, part.split) == (other.path, "train")
    with pytest.raises(CorpusError):
        training_part(made[1], tmp_path / "nowhere")


def test_a_corpus_that_is_gone_and_a_record_without_one_name_the_option(
    made: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    corpus, model = made
    corpus.path.rename(tmp_path / "moved")
    with pytest.raises(ModelError, match=r"no longer at .*; put it back there, or name one with --learned-from CORPUS"):
        training_part(model)
    (model.path / "joint" / "record.json").write_text(json.dumps({"seed": 0}))
    with pytest.raises(ModelError, match="does not say what it was trained on; name a corpus with --learned-from"):
        training_part(model)
