"""ask, caption and their evaluation, as a user runs them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli.ask import ask
from lexiscope.cli.caption import caption
from lexiscope.cli.evaluate import evaluate
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory

app = typer.Typer()
app.command("ask")(ask)
app.command("caption")(caption)
app.command("evaluate")(evaluate)


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_ask_prints_one_document(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    image = corpus.object_path(corpus["case-0008"].images["photo"])
    found = json.loads(run("ask", model.path, image, "Is it red?", "-k", "2", "--json"))
    assert list(found) == ["question", "answer", "abstained", "score", "evidence"]
    assert found["question"] == "Is it red?"
    assert isinstance(found["abstained"], bool)
    assert len(found["evidence"]) == 2
    for one in found["evidence"]:
        assert set(one) == {
            "case",
            "group",
            "text",
            "score",
            "image_cosine",
            "text_cosine",
            "rerank",
            "path",
            "licence",
        }
        assert one["group"] != corpus["case-0008"].group
    without = json.loads(run("ask", model.path, image, "Is it red?", "--no-retrieval", "--json"))
    assert without["evidence"] == []


def test_people_see_the_answer_and_what_it_rests_on(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    shown = run("ask", model.path, "case-0008", "Which colour is it?", "--corpus", corpus.path)
    assert "Which colour is it?" in shown
    assert "case-00" in shown


def test_caption_prints_one_document(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    found = json.loads(run("caption", model.path, "case-0008", "--corpus", corpus.path, "--json"))
    assert list(found) == ["input", "caption", "score", "evidence"]
    assert found["input"] == "case-0008"
    assert {"case", "group", "text", "score"} <= set(found["evidence"][0])
    assert "case-0008" in run("caption", model.path, "case-0008", "--corpus", corpus.path, "-k", "1")


@pytest.mark.parametrize(
    ("task", "metrics", "baselines"),
    [
        (
            "answer",
            {"closed_accuracy", "open_f1", "exact_match", "risk_coverage_area", "coverage", "citation_support"},
            {"majority", "question_only", "blank_image", "shuffled_images", "no_retrieval", "evidence_only"},
        ),
        (
            "caption",
            {"bleu4", "rouge_l", "cider", "attribute_accuracy"},
            {"nearest_case", "most_typical", "blank_image", "shuffled_images"},
        ),
    ],
)
def test_evaluation_prints_metrics_with_chance_beside_baselines(
    taught: tuple[Corpus, ModelDirectory], task: str, metrics: set[str], baselines: set[str]
) -> None:
    corpus, model = taught
    command = ["evaluate", model.path, corpus.path, "--task", task]
    found = json.loads(run(*command, "--json"))
    assert metrics <= set(found["metrics"])
    assert set(found["baselines"]) == baselines
    for one in [*found["metrics"].values(), *(m for own in found["baselines"].values() for m in own.values())]:
        assert set(one) == {"value", "low", "high", "chance"}
        assert one["low"] <= one["value"] <= one["high"]
    assert (found["task"], found["split"], found["model"]) == (task, "test", model.fingerprint)
    assert found["n"] == (8 if task == "answer" else 4)


def test_people_see_the_evaluation_beside_its_baselines(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    shown = run("evaluate", model.path, corpus.path, "--task", "caption")
    assert "the model" in shown
    assert "nearest_case" in shown
