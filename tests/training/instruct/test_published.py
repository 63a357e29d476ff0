"""A published vision-language model is tuned behind the same verb, and answers, describes and is handed on."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.assistant.published.assistant import PublishedAssistant
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.export import FORMS, export_model
from lexiscope.tasks.answer import ask
from lexiscope.tasks.caption import caption
from lexiscope.testing.hub import save_tiny_hub
from lexiscope.testing.speaking import make_speaking_corpus, tiny_assistant, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.instruct.merge import merge
from lexiscope.training.loop.log import read_metrics

pytestmark = pytest.mark.slow

TEXTS = ["Which colour is it? red green blue", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """An Idefics3 that was tuned with an adapter; nothing of the original is left."""
    folder = tmp_path_factory.mktemp("published")
    corpus = make_speaking_corpus(folder / "corpus", 20)
    model = tiny_model(corpus, folder / "model")
    name = save_tiny_hub(folder / "idefics3", TEXTS, kind="idefics3")
    config = InstructConfig(start=name, lora=True, rank=4, lr=0.01, epochs=3, reranker_epochs=1)
    instruct(corpus, model.path, config=config)
    (folder / "idefics3").rename(folder / "gone")
    return corpus, model


def test_its_adapter_learns_and_nothing_else(tuned: tuple[Corpus, ModelDirectory]) -> None:
    _, model = tuned
    lines = read_metrics(model.path / "training/instruct/language/metrics.jsonl")
    scores = [line["score"] for line in lines if "score" in line]
    assert max(scores[1:]) > scores[0]
    assert not (model.path / "training/instruct/projector").exists()  # it has a projector, and that is trained
    assistant = model.assistant()
    assert isinstance(assistant, PublishedAssistant)
    assert (assistant.adapter or {})["r"] == 4
    assert model.record("assistant")["result"]["trained"] == sum(
        weight.numel() for name, weight in assistant.named_parameters() if "lora_" in name
    )
    card = (model.path / "README.md").read_text()
    assert "Looks at pictures of photo (1 of 32 x 32) through its own vision tower." in card
    assert "Vision-language model: idefics3, as published, with an adapter of rank 4." in card


def test_it_answers_with_evidence_and_describes(tuned: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = tuned
    case = corpus["case-0008"]
    (by_case,) = ask(model, case.id, "Is it odd?", corpus=corpus)
    (by_file,) = ask(model, corpus.object_path(case.images["photo"]), "Is it odd?")
    assert by_case.value["answer"] in ("Yes", "No")
    assert by_case.evidence
    assert case.group not in {one.group for one in by_case.evidence}
    assert by_file.score == pytest.approx(by_case.score, rel=1e-3)
    (described,) = caption(model, case.id, corpus=corpus)
    assert described.value["caption"]


def test_it_is_measured_beside_its_baselines(tuned: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = tuned
    found = evaluate_model(
        model, corpus, task="answer", accept_leak="small pictures look alike", resamples=20
    ).to_dict()
    assert {"blank_image", "shuffled_images", "no_retrieval"} <= found["baselines"].keys()
    assert found["metrics"]["closed_accuracy"]["value"] is not None


def test_its_adapter_is_merged(tuned: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = tuned
    made = merge(model, tmp_path / "merged")
    assert made.assistant().adapter is None
    before, after = (ask(each, "case-0008", "Is it odd?", corpus=corpus)[0] for each in (model, made))
    assert before.value == after.value
    assert before.score == pytest.approx(after.score, rel=1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_handed_on_as_it_was_published(tuned: tuple[Corpus, ModelDirectory], tmp_path: Path, form: str) -> None:
    _, model = tuned
    done = CliRunner().invoke(app, ["model", "export", str(model.path), str(tmp_path / "out"), "--as", form, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"model": str(tmp_path / "out"), "form": form}
    made = AutoModelForImageTextToText.from_pretrained(tmp_path / "out")
    own = model.assistant()
    assert isinstance(own, PublishedAssistant)
    ids = torch.arange(5, 25)[None]
    with torch.no_grad():
        exported, merged = made.float()(input_ids=ids).logits, own.merged().model(input_ids=ids).logits
    assert torch.allclose(exported, merged, atol=1e-4 if form == "huggingface" else 0.1)
    assert type(AutoProcessor.from_pretrained(tmp_path / "out")).__name__ == "Idefics3Processor"
    settings = json.loads((tmp_path / "out" / "config.json").read_text())
    assert settings["architectures"] == ["Idefics3ForConditionalGeneration"]  # by which vLLM and the converter know it
    assert ("preprocessor_config.json" in {file.name for file in (tmp_path / "out").iterdir()}) == (
        form == "gguf-ready"
    )
    assert "Research use, not for diagnosis." in (tmp_path / "out" / "README.md").read_text()


def test_what_is_not_handed_on_says_why(tuned: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    _, model = tuned
    with pytest.raises(UsageError, match="expected a form of huggingface, gguf-ready, got 'onnx'"):
        export_model(model, tmp_path / "out", form="onnx")
    with pytest.raises(UsageError, match="exists already; name a new directory"):
        export_model(model, tmp_path, form="huggingface")
    made = ModelDirectory(tmp_path / "towers")
    shutil.copytree(model.part("joint"), made.path / "joint")
    made.save_assistant(tiny_assistant(), None, None, model.mixture(), record={"joint": made.fingerprint})
    with pytest.raises(UsageError, match="got one on towers, which no other program reads; train it with --start NAME"):
        export_model(made, tmp_path / "out", form="huggingface")


def test_the_verb_takes_a_directory_with_volumes_and_missing_sequences(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 12, volumes=True, missing=0.4)
    model = tiny_model(corpus, tmp_path / "model")
    name = save_tiny_hub(tmp_path / "gemma", TEXTS, kind="gemma3")
    command = ["train", "instruct", str(corpus.path), "--out", str(model.path), "--start", name, "--evidence", "0"]
    done = CliRunner().invoke(app, [*command, "--lora", "--epochs", "1", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["steps"] > 0
    assistant = model.assistant()
    assert isinstance(assistant, PublishedAssistant)
    assert {name: frames[0] for name, frames in assistant.settings.frames.items()} == {"flair": 2, "t1w": 2, "t2w": 2}
    case = next(case for case in corpus if len(case.images) < 3)
    assert ask(model, case.id, "Is it odd?", corpus=corpus)[0].score > 0
