"""Asking about coloured shapes and blobs: what an answer rests on, what is missing, what is refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer, AnswerRequest, AnswerSettings, ask
from lexiscope.tasks.caption import caption
from lexiscope.tasks.embed import embed_cases
from lexiscope.tasks.inputs import read_input
from lexiscope.testing.models import tiny_ood_detector
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct

WHICH = "Which colour is it?"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> InstructConfig:
    """The fastest way to any assistant."""
    texts = ["Which side is it? left right", "A bright spot on the left", "Is it odd? Yes No"]
    name = save_language(tiny_language(texts), tmp_path_factory.mktemp("language"))
    return InstructConfig(language=name, epochs=1, projector_epochs=0, reranker_epochs=1, side=2, batch=32)


def test_an_answer_rests_on_cases_of_other_groups(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    case = next(corpus.cases("train"))
    (found,) = ask(model, case.id, f" {WHICH} ", corpus=corpus, k=5)
    assert (found.task, found.case) == ("answer", case.id)
    assert found.value["question"] == WHICH
    assert found.value["abstained"] == (not model.mixture().open.gives(found.score))
    assert len(found.evidence) == 5
    assert case.group not in {one.group for one in found.evidence}
    assert {corpus[one.case].split for one in found.evidence} == {"train"}
    for one in found.evidence:
        assert set(one.details) == {"image_cosine", "text_cosine", "rerank", "path", "licence"}
        assert one.score == one.details["rerank"]
        assert Path(one.details["path"]) == corpus.object_path(corpus[one.case].images["photo"])
    vectors = embed_cases(model, corpus, [case, *(corpus[one.case] for one in found.evidence)])
    cosines = [one.details["image_cosine"] for one in found.evidence]
    np.testing.assert_allclose(cosines, vectors[1:] @ vectors[0], atol=1e-3)


def test_images_unlike_those_of_the_training_are_warned_about(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    with Answerer.open(model) as answerer:
        given = read_input("case-0008", views=model.views(), corpus=corpus)
        usual = answerer.predict(given, AnswerRequest.of({"question": WHICH}))
        width = answerer.pipeline.joint.image.head("photo").mean.numel()
        answerer.ood = tiny_ood_detector({"photo": width}, spread=1e-6)
        far = answerer.predict(given, AnswerRequest.of({"question": WHICH}))
    assert usual.out_of_distribution is None  # a model that knows nothing of its training
    assert far.out_of_distribution is not None
    assert far.out_of_distribution.p_value == pytest.approx(1 / 31)
    assert replace(far, out_of_distribution=None) == usual


def test_an_image_is_encoded_once(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    with Answerer.open(model) as answerer:
        encoder, passes = answerer.pipeline.joint.image, []
        answerer.ood = tiny_ood_detector({"photo": encoder.head("photo").mean.numel()}, spread=1.0)
        given = read_input("case-0008", views=model.views(), corpus=corpus)
        hook = encoder.tower("photo").register_forward_hook(lambda *_: passes.append(1))
        found = answerer.predict(given, AnswerRequest.of({"question": WHICH}))
        hook.remove()
        embeddings = answerer.questions(given, WHICH).images
    assert len(passes) == 1  # tokens, embedding and out-of-distribution score are of one pass
    assert found.out_of_distribution is not None
    np.testing.assert_allclose(embeddings, embed_cases(model, corpus, [corpus["case-0008"]]), atol=1e-6)


def test_the_answer_is_the_best_candidate_and_its_score_what_is_mixed(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    question = "Is it red?"
    with Answerer.open(model) as answerer:
        given = read_input("case-0008", views=model.views(), corpus=corpus)
        found = answerer.predict(given, AnswerRequest(question=question))
        (candidates,) = answerer.pipeline.score_answers(answerer.questions(given, question))
    mixed = candidates.probabilities(model.mixture().closed)
    assert sum(mixed.values()) <= 1 + 1e-6
    key = max(mixed, key=lambda answer: mixed[answer])
    assert found.value["answer"].casefold() == key
    assert found.score == pytest.approx(mixed[key], rel=1e-5)
    assert found.uncertainty == pytest.approx(1 - found.score)
    assert found.value["abstained"] == (found.score < model.mixture().closed.threshold)


def test_what_supports_the_answer_is_cited_first(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    answerer = Answerer.open(model)
    store = answerer.pipeline.store
    assert store is not None
    given = read_input("case-0008", views=model.views(), corpus=corpus)
    weighed = next(answerer.pipeline.score_answers(answerer.questions(given, WHICH)))
    for answer in ("red", "Yes", "never heard of"):
        supports = [
            store.items[one.retrieved.item].supports(answer) for one in answerer.cited(weighed.evidence, answer)
        ]
        assert supports == sorted(supports, reverse=True)
        assert any(supports) == (answer != "never heard of")
    scores = [one.score for one in weighed.evidence]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_image_file_is_known_by_its_bytes_whatever_its_split_and_name(
    taught: tuple[Corpus, ModelDirectory], tmp_path: Path, split: str
) -> None:
    """Two groups hold the file; evidence from either would be the answer itself."""
    corpus, model = taught
    shutil.copytree(corpus.path, tmp_path / "corpus")
    copied = Corpus.open(tmp_path / "corpus")
    case = next(copied.cases(split))
    other = next(one for one in copied.cases("train") if one.group != case.group)
    # another group holds the same file, in a case without words; its other case has words
    twin = replace(case, id="twin", group=other.group, texts=(), turns=(), split="train")
    copied.upsert([twin])
    shutil.copy(copied.object_path(case.images["photo"]), tmp_path / "renamed.png")
    given = read_input(tmp_path / "renamed.png", views=model.views())
    answerer = Answerer.open(model, AnswerSettings(learned_from=copied.path))
    assert answerer.questions(given, WHICH).excluded_groups == [{case.group, other.group}]
    (found,) = ask(model, tmp_path / "renamed.png", WHICH, learned_from=copied, k=32)
    assert found.evidence
    assert not {case.group, other.group} & {one.group for one in found.evidence}
    (described,) = caption(model, tmp_path / "renamed.png", learned_from=copied, k=32)
    assert described.evidence
    assert not {case.group, other.group} & {one.group for one in described.evidence}


def test_conditions_hold_for_all_evidence(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    (found,) = ask(model, "case-0008", WHICH, corpus=corpus, where=["attributes.colour=red"], k=32)
    assert found.evidence
    assert {corpus[one.case].attributes["colour"] for one in found.evidence} == {"red"}
    (none,) = ask(model, "case-0008", WHICH, corpus=corpus, where=["split=test"])
    assert none.evidence == ()
    with pytest.raises(UsageError, match=r"Did you mean 'attributes\.colour'"):
        ask(model, "case-0008", WHICH, corpus=corpus, where=["attributes.color=red"])


def test_without_retrieval_nothing_is_cited_and_context_is_read(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    closed = "Is it odd?"  # weighed in any case, whatever the language model would say
    (plain,) = ask(model, "case-0008", closed, corpus=corpus, retrieve=False)
    (told,) = ask(model, "case-0008", closed, corpus=corpus, retrieve=False, context="It is red as blood.")
    assert plain.evidence == told.evidence == ()
    assert plain.score != told.score


def test_what_cannot_be_asked_says_so(taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = taught
    with pytest.raises(UsageError, match="a question needs words"):
        ask(model, "case-0008", "  ", corpus=corpus)
    with pytest.raises(ModelError, match="at most 1024 tokens of image, question and answer together"):
        ask(model, "case-0008", "why " * 2000, corpus=corpus)
    with pytest.raises(ModelError, match=r"has no assistant part; make it with: lexiscope train instruct CORPUS --out"):
        ask(tiny_model(corpus, tmp_path / "model"), "case-0008", WHICH, corpus=corpus)
    shutil.copytree(corpus.path, tmp_path / "corpus")
    copied = Corpus.open(tmp_path / "corpus")
    copied.upsert([replace(copied["case-0008"], id="blind", images={})])
    with pytest.raises(UsageError, match=r"with an image of photo, got blind with no image"):
        ask(model, "blind", WHICH, corpus=copied)


@pytest.mark.slow
def test_a_corpus_that_was_moved_is_named_with_the_option_that_helps(tmp_path: Path, tiny: InstructConfig) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 14)
    model = tiny_model(corpus, tmp_path / "model")
    instruct(corpus, model.path, config=tiny)
    (tmp_path / "corpus").rename(tmp_path / "moved")
    for task in (lambda **more: ask(model, "case-0008", WHICH, corpus=tmp_path / "moved", **more),
                 lambda **more: caption(model, "case-0008", corpus=tmp_path / "moved", **more)):  # fmt: skip
        with pytest.raises(ModelError, match=r"no longer at .*/corpus; put it back there, or .*--learned-from CORPUS"):
            task()
        assert task(learned_from=tmp_path / "moved")[0].evidence
    assert caption(model, "case-0008", corpus=tmp_path / "moved", k=0)[0].evidence == ()


@pytest.mark.slow
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
def test_volumes_with_missing_sequences_all_the_way(tmp_path: Path, fusion: str, tiny: InstructConfig) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 14, volumes=True, missing=0.5)
    model = tiny_model(corpus, tmp_path / "model", fusion=fusion)
    result = instruct(corpus, model.path, config=tiny)
    assert result.examples["open"] == result.cases == 10
    partial = [case for case in corpus if len(case.images) < 3]
    for case in partial[:2]:
        (found,) = ask(model, case.id, "Which side is it?", corpus=corpus)
        assert found.evidence
        assert case.group not in {one.group for one in found.evidence}
        assert caption(model, case.id, corpus=corpus)[0].value["caption"]
    name, image = next(iter(partial[0].images.items()))
    file = tmp_path / f"{name}.nii.gz"
    shutil.copy(corpus.object_path(image), file)
    with pytest.raises(UsageError, match="say what the image shows with --modality"):
        ask(model, file, "Which side is it?")
    assert ask(model, file, "Which side is it?", modality=name)[0].evidence
    (tmp_path / "visit").mkdir()
    file.rename(tmp_path / "visit" / file.name)
    assert ask(model, tmp_path / "visit", "Which side is it?")[0].value["question"] == "Which side is it?"


@pytest.mark.slow
def test_a_modality_that_was_never_seen_is_refused_and_not_guessed(tmp_path: Path, tiny: InstructConfig) -> None:
    """The joint space reads it, but no case that the assistant was trained on had it."""
    corpus = make_speaking_corpus(tmp_path / "corpus", 10, volumes=True)
    model = tiny_model(corpus, tmp_path / "model")
    odd = next(corpus.cases("test"))
    corpus.upsert([replace(c, images={n: i for n, i in c.images.items() if (n == "t2w") == (c.id == odd.id)})
                   for c in corpus])  # fmt: skip
    instruct(corpus, model.path, config=tiny)
    with pytest.raises(ModelError, match="image of flair or t1w, got one without"):
        ask(model, odd.id, "Which side is it?", corpus=corpus)


@pytest.mark.slow
def test_an_assistant_without_evidence_or_captions(tmp_path: Path, tiny: InstructConfig) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 10, captions=False)
    corpus.upsert([replace(case, attributes={}) for case in corpus])  # of which captions would be composed
    model = tiny_model(corpus, tmp_path / "model")
    instruct(corpus, model.path, config=tiny.model_copy(update={"evidence": 0}))
    assert model.reranker() is None
    (found,) = ask(model, "case-0008", WHICH, corpus=corpus)
    assert found.evidence == ()
    with pytest.raises(
        UsageError, match=r"trained on captions, .* was trained on closed, open; .*lexiscope write captions"
    ):
        caption(model, "case-0008", corpus=corpus)
    measured = evaluate_model(model, corpus, task="answer", resamples=10).to_dict()
    assert not {"no_retrieval", "evidence_only"} & set(measured["baselines"])
    assert "citation_support" not in measured["metrics"]
    assert len(measured["verdicts"]) == 1


def test_an_answer_that_is_a_sentence_of_the_context_was_read(
    taught: tuple[Corpus, ModelDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lexiscope.answering.candidates import ScoredCandidates

    monkeypatch.setattr(ScoredCandidates, "best", lambda *_: ("It was held at 600 °C.", 0.9))
    corpus, model = taught
    for context, read in (("A fine glass. It was held at 600 °C.", True), ("It was held.", False), (None, False)):
        (found,) = ask(model, "case-0008", "At what heat?", corpus=corpus, context=context)
        assert found.value["read_from_context"] is read


def test_nothing_said_is_no_answer(taught: tuple[Corpus, ModelDirectory], monkeypatch: pytest.MonkeyPatch) -> None:
    """A language model that stops at once, no evidence and no answers to choose from: nothing is said and held back."""
    from lexiscope.models.assistant.assistant import GeneratedAnswer
    from lexiscope.models.assistant.tower_assistant import TowerAssistant

    def silent(self: object, seen: ImageTokens, prompts: list[str], *, max_tokens: int) -> list[GeneratedAnswer]:
        return [GeneratedAnswer("", -0.01, 1) for _ in prompts]

    monkeypatch.setattr(TowerAssistant, "say", silent)
    monkeypatch.setattr(ModelDirectory, "classifier", lambda _: None)
    corpus, model = taught
    (found,) = ask(model, "case-0008", "Whither?", corpus=corpus, retrieve=False)
    assert found.value == {"question": "Whither?", "answer": "", "abstained": True, "read_from_context": False}
    assert found.score == 0
    assert torch.isfinite(torch.tensor(found.uncertainty))
