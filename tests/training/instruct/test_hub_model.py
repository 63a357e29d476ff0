"""A ready image-text-to-text model is tuned behind the same verb, and answers as any assistant does."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.assistant.vision_encoder import HubVisionEncoder
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import ask
from lexiscope.tasks.caption import caption
from lexiscope.testing.hub import save_tiny_hub
from lexiscope.testing.speaking import make_speaking_corpus, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.instruct.merge import merge
from lexiscope.training.loop.log import read_metrics

pytestmark = pytest.mark.slow

TEXTS = ["Which colour is it? red green blue", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """A LLaVA that was tuned with an adapter; nothing of the original is left."""
    folder = tmp_path_factory.mktemp("hub")
    corpus = make_speaking_corpus(folder / "corpus", 20)
    model = tiny_model(corpus, folder / "model")
    config = InstructConfig(
        language=save_tiny_hub(folder / "llava", TEXTS), lora=True, rank=4, lr=0.01, epochs=3, reranker_epochs=1
    )
    instruct(corpus, model.path, config=config)
    (folder / "llava").rename(folder / "gone")
    return corpus, model


def test_its_language_model_learns_and_its_vision_encoder_stays(tuned: tuple[Corpus, ModelDirectory]) -> None:
    _, model = tuned
    lines = read_metrics(model.path / "training/instruct/language/metrics.jsonl")
    scores = [line["score"] for line in lines if "score" in line]
    assert max(scores[1:]) > scores[0]
    assert not (model.path / "training/instruct/projector").exists()  # it has a projector, and that is trained
    assistant = model.assistant()
    assert isinstance(assistant.vision_encoder, HubVisionEncoder)
    assert assistant.vision_encoder.branches == ("photo",)
    assert assistant.config.adapter["r"] == 4
    assert model.record("assistant")["result"]["trained"] == sum(
        weight.numel() for name, weight in assistant.named_parameters() if "lora_" in name
    )


def test_it_answers_with_evidence_and_describes(tuned: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = tuned
    case = corpus["case-0008"]
    (by_case,) = ask(model, case.id, "Is it odd?", corpus=corpus)
    (by_file,) = ask(model, corpus.object_path(case.images["photo"]), "Is it odd?")
    assert by_case.value["answer"] in ("Yes", "No")
    assert by_case.evidence
    assert case.group not in {one.group for one in by_case.evidence}
    assert by_file.score == pytest.approx(by_case.score, rel=1e-3)
    (described,) = caption(model, case.id, corpus=corpus)
    assert described.evidence
    assert 0 < described.score < 1


def test_it_is_measured_beside_its_baselines(tuned: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = tuned
    leak = "small pictures look alike"
    report = evaluate_model(model, corpus, task="answer", accept_leak=leak, resamples=20)
    found = report.to_dict()
    assert {"blank_image", "shuffled_images", "no_retrieval"} <= found["baselines"].keys()
    assert found["metrics"]["closed_accuracy"]["value"] is not None


def test_its_adapter_is_merged_and_its_vision_encoder_comes_along(
    tuned: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    corpus, model = tuned
    made = merge(model, tmp_path / "merged")
    ids = torch.arange(5, 25)[None]
    with torch.no_grad():
        one, two = (each.assistant().language(ids).logits for each in (model, made))
    assert torch.allclose(one, two, atol=1e-4)
    before, after = (ask(each, "case-0008", "Is it odd?", corpus=corpus)[0] for each in (model, made))
    assert before.value == after.value


def test_the_verb_takes_a_directory_with_volumes_and_missing_sequences(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 12, volumes=True, missing=0.4)
    model = tiny_model(corpus, tmp_path / "model")
    name = save_tiny_hub(tmp_path / "idefics3", TEXTS, kind="idefics3")
    command = ["train", "instruct", str(corpus.path), "--out", str(model.path), "--language", name, "--evidence", "0"]
    done = CliRunner().invoke(app, [*command, "--lora", "--epochs", "1", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["steps"] > 0
    vision_encoder = model.assistant().vision_encoder
    assert vision_encoder is not None
    assert vision_encoder.branches == ("flair", "t1w", "t2w")
    assert vision_encoder.denormalisations["flair"].kind == "slices"
    case = next(case for case in corpus if len(case.images) < 3)
    assert ask(model, case.id, "Is it odd?", corpus=corpus)[0].score > 0
