"""Texts as rows of pretraining: which passages count, which are held out, and what makes no sense."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import TrainingError
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.testing import make_corpus
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.text import text_job

CONFIG = PretrainConfig(objective="mlm")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = make_corpus(tmp_path / "corpus", 20)
    made.upsert([replace(case, texts=(*case.texts, Passage("title", "A thing"))) for case in made])
    return made


def test_each_text_of_train_is_one_row_and_what_train_says_is_not_held_out(corpus: Corpus) -> None:
    job = text_job(corpus, CONFIG)
    captions = {text.text for case in corpus.cases("train") for text in case.texts}
    assert job.cases == len(job.rows) == len(captions)
    assert job.held_out is not None
    assert len(job.held_out) == corpus.count("val")  # the title was learned, so it is not among them
    assert (job.part.split, job.name, job.notes) == ("train", "text", ())


def test_passages_are_chosen_by_column_or_kind(corpus: Corpus) -> None:
    job = text_job(corpus, PretrainConfig(objective="mlm", text_columns=("caption",)))
    assert len(job.rows) == corpus.count("train")
    with pytest.raises(TrainingError, match=r"at least two different texts in .*found 1; build .*other --text-column"):
        text_job(corpus, PretrainConfig(objective="mlm", text_columns=("title",)))


def test_the_tower_starts_from_the_seed(corpus: Corpus) -> None:
    one, again, other = (text_job(corpus, CONFIG.model_copy(update={"seed": seed})).identity() for seed in (0, 0, 1))
    assert one == again != other


def test_without_splits_all_texts_are_learned_and_that_is_said(corpus: Corpus) -> None:
    corpus.upsert([replace(case, split=None) for case in corpus])
    job = text_job(corpus, CONFIG)
    assert job.held_out is None
    assert job.notes == ("the corpus has no splits, so all of its texts were trained on",)
