"""Captions of coloured shapes: what stands beside them, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.answering.captioning import CANNOT_TELL
from lexiscope.answering.examples import DESCRIBE
from lexiscope.answering.retrieval import question_vectors
from lexiscope.core import Passage
from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.language.text.sentences import finished_part
from lexiscope.models.assistant.captions import CaptionChoice
from lexiscope.models.assistant.image_tokens import with_questions
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import Captioner, CaptionRequest, CaptionSettings, caption
from lexiscope.tasks.embed import embed_cases
from lexiscope.tasks.inputs import read_input
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct


def test_a_caption_stands_beside_the_nearest_described_cases(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    case = next(corpus.cases("train"))
    (found,) = caption(model, case.id, corpus=corpus, max_tokens=8)
    assert (found.task, found.case) == ("caption", case.id)
    others = [other for other in corpus.cases("train") if other.group != case.group]
    vectors = embed_cases(model, corpus, [case, *others])
    cosines = dict(zip([other.id for other in others], (vectors[1:] @ vectors[0]).tolist(), strict=True))
    assert {one.case: one.score for one in found.evidence} == pytest.approx(
        {name: cosines[name] for name in sorted(cosines, key=lambda name: -cosines[name])[:3]}, abs=1e-3
    )
    assert [one.score for one in found.evidence] == sorted((one.score for one in found.evidence), reverse=True)
    for one in found.evidence:
        assert one.text == corpus[one.case].texts[0].text
        assert Path(one.details["path"]) == corpus.object_path(corpus[one.case].images["photo"])


def test_the_score_of_a_decoded_caption_is_the_mean_probability_of_its_tokens(
    taught: tuple[Corpus, ModelDirectory],
) -> None:
    """By the other way through the assistant, which scores answers that are given to it."""
    corpus, model = taught
    case = next(corpus.cases("test"))
    captioner = Captioner.open(model, CaptionSettings(retrieve=False))
    captioner.captions = replace(captioner.captions, choice=CaptionChoice(("decoder",)))
    given = read_input(case.id, views=model.views(), corpus=corpus)
    found = captioner.predict(given, CaptionRequest(max_tokens=96))
    tokens = with_questions(
        captioner.decoder_tokens(given), torch.from_numpy(question_vectors(captioner.joint, [DESCRIBE]))
    )
    assistant = captioner.assistant
    assert assistant is not None
    (decoded,) = assistant.say(tokens, [write_prompt(DESCRIBE)], max_tokens=96)
    (((log_likelihood, length),),) = assistant.weigh(tokens, [write_prompt(DESCRIBE)], [[decoded.text]])
    assert found.value["caption"] == (finished_part(decoded.text, ended=decoded.ended) or CANNOT_TELL)
    if not found.value["abstained"]:
        assert found.score == pytest.approx(np.exp(log_likelihood / length), rel=0.02)


def test_evidence_may_be_limited_to_some_cases(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    (found,) = caption(model, "case-0008", corpus=corpus, where=["attributes.colour=red"], k=20, max_tokens=2)
    assert {corpus[one.case].attributes["colour"] for one in found.evidence} == {"red"}
    with pytest.raises(UsageError, match=r"Did you mean 'attributes\.colour'"):
        caption(model, "case-0008", corpus=corpus, where=["attributes.color=red"])


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


def test_every_clause_says_how_sure_it_is_and_where_it_was_seen(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    captioner = Captioner.open(model)
    captioner.captions = replace(captioner.captions, choice=CaptionChoice(("composed",)))
    for case in corpus.cases("test"):
        found = captioner.predict(read_input(case.id, views=model.views(), corpus=corpus), CaptionRequest(k=2))
        assert found.value["writer"] == "composed"
        assert found.value["caption"][-1] == "."
        cited = {one.case: one for one in found.evidence}
        for clause in found.value["clauses"]:
            assert clause["text"].casefold() in found.value["caption"].casefold()
            assert clause["probability"] >= 1 / 3
            assert clause["sure"] == ("possibly" not in clause["text"])
            assert 0 < len(clause["cases"]) <= 2
            for name in clause["cases"]:
                assert corpus[name].attributes[clause["attribute"]] == clause["value"]
                assert cited[name].details["attributes"][clause["attribute"]] == clause["value"]
                assert corpus[name].group != case.group
        probabilities = [clause["probability"] for clause in found.value["clauses"]]
        assert found.score == pytest.approx(np.mean(probabilities) if probabilities else 0)


def test_the_nearest_caption_is_of_a_case_that_satisfies_the_conditions(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    captioner = Captioner.open(model)
    captioner.captions = replace(captioner.captions, choice=CaptionChoice(("nearest",)))
    given = read_input("case-0008", views=model.views(), corpus=corpus)
    found = captioner.predict(given, CaptionRequest(where=("attributes.colour=red",)))
    assert found.value["caption"] == found.evidence[0].text
    assert corpus[found.evidence[0].case].attributes["colour"] == "red"
    assert found.score == pytest.approx(found.evidence[0].score)


def test_without_an_assistant_captions_are_composed_from_attributes(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 40, turns=False, captions=False)
    model = tiny_model(corpus, tmp_path / "model")
    before = sorted(model.path.rglob("*"))
    (found,) = caption(model, "case-0008", corpus=corpus)
    assert found.value["writer"] == "composed"
    assert {one["attribute"] for one in found.value["clauses"]} <= {"colour", "shape"}
    assert all(one.text is None for one in found.evidence)
    assert sorted(model.path.rglob("*")) == before


def test_a_model_without_an_assistant_and_attributes_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, turns=False)
    corpus.upsert([replace(case, attributes={}) for case in corpus])
    model = tiny_model(corpus, tmp_path / "model")
    before = sorted(model.path.rglob("*"))
    with pytest.raises(ModelError, match=f"lexiscope train instruct CORPUS --out {model.path}"):
        caption(model, "case-0006", corpus=corpus)
    assert sorted(model.path.rglob("*")) == before


def test_a_model_of_nothing_says_what_comes_first(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="lexiscope train align CORPUS --out"):
        caption(tmp_path, tmp_path / "image.png")
