"""Captions of coloured shapes: what stands beside them, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import ModelError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import caption
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct


def test_a_caption_stands_beside_the_nearest_described_cases(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    case = next(corpus.cases("train"))
    (found,) = caption(model, case.id, corpus=corpus, max_tokens=8)
    assert (found.task, found.case) == ("caption", case.id)
    assert isinstance(found.value, str)
    assert 0 < found.score <= 1.0001
    assert len(found.evidence) == 3
    assert case.group not in {one.group for one in found.evidence}
    cosines = [one.score for one in found.evidence]
    assert cosines == sorted(cosines, reverse=True)
    for one in found.evidence:
        assert one.text == corpus[one.case].texts[0].text
        assert Path(one.details["path"]).is_file()


def test_evidence_is_what_was_taught_and_no_other_text(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 10, turns=False)
    titled = [replace(case, texts=(Passage("title", "Figure 1"), *case.texts)) for case in corpus]
    corpus.upsert(titled)
    model = tiny_model(corpus, tmp_path / "model")
    name = save_language(tiny_language(["A red disc, specimen 1."]), tmp_path / "language")
    instruct(corpus, model.path, config=InstructConfig(language=name, evidence=0, epochs=1, projector_epochs=0, side=2))
    (found,) = caption(model, "case-0008", corpus=corpus)
    assert found.evidence
    assert "Figure 1" not in {one.text for one in found.evidence}


def test_a_model_that_is_only_aligned_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, turns=False)
    model = tiny_model(corpus, tmp_path / "model")
    before = sorted(model.path.rglob("*"))
    with pytest.raises(ModelError, match=f"lexiscope train instruct CORPUS --out {model.path}"):
        caption(model, "case-0006", corpus=corpus)
    assert sorted(model.path.rglob("*")) == before


def test_a_model_of_nothing_says_what_comes_first(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="lexiscope train align CORPUS --out"):
        caption(tmp_path, tmp_path / "image.png")
