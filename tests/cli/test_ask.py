"""ask, caption and their evaluation, as a user runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_ask_prints_one_document(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    image = corpus.object_path(corpus["case-0008"].images["photo"])
    found = json.loads(run("ask", model.path, image, "Is it red?", "-k", "2", "--json"))
    assert list(found) == ["task", "case", "value", "score", "uncertainty", "evidence", "out_of_distribution"]
    assert (found["task"], found["case"]) == ("answer", str(image))
    assert list(found["value"]) == ["question", "answer", "abstained", "read_from_context"]
    assert found["value"]["question"] == "Is it red?"
    assert len(found["evidence"]) == 2
    for one in found["evidence"]:
        assert set(one) == {"case", "group", "text", "score", "region", "details"}
        assert set(one["details"]) == {"path", "licence", "image_cosine", "text_cosine", "rerank"}
        assert Path(one["details"]["path"]).is_file()
        assert one["group"] != corpus["case-0008"].group
    without = json.loads(run("ask", model.path, image, "Is it red?", "--no-retrieval", "--json"))
    assert without["evidence"] == []


def test_options_are_read_from_one_file(taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = taught
    (tmp_path / "ask.yaml").write_text("retrieve: true\nk: 1\n")
    words = ("ask", model.path, "case-0008", "Is it red?", "--corpus", corpus.path, "--config", tmp_path / "ask.yaml")
    assert len(json.loads(run(*words, "--json"))["evidence"]) == 1
    assert json.loads(run(*words, "--no-retrieval", "--json"))["evidence"] == []
    (tmp_path / "ask.yaml").write_text("retreive: true\n")
    with pytest.raises(UsageError, match="unknown setting 'retreive'"):
        run(*words)


def test_people_see_the_answer_and_what_it_rests_on(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    shown = run("ask", model.path, "case-0008", "Which colour is it?", "--corpus", corpus.path)
    assert "Which colour is it?" in shown
    assert "case-00" in shown


def test_caption_prints_one_document(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    found = json.loads(run("caption", model.path, "case-0008", "--corpus", corpus.path, "--json"))
    assert list(found) == ["task", "case", "value", "score", "uncertainty", "evidence", "out_of_distribution"]
    assert (found["task"], found["case"], type(found["value"]["caption"])) == ("caption", "case-0008", str)
    assert {"case", "group", "text", "score"} <= set(found["evidence"][0])
    assert "case-0008" in run("caption", model.path, "case-0008", "--corpus", corpus.path, "-k", "1")


@pytest.mark.slow
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
    command = ["evaluate", task, model.path, corpus.path]
    found = json.loads(run(*command, "--json"))
    assert metrics <= set(found["metrics"])
    assert set(found["baselines"]) == baselines
    for one in [*found["metrics"].values(), *(m for own in found["baselines"].values() for m in own.values())]:
        assert {"value", "low", "high", "chance"} <= set(one)
        assert one["low"] <= one["value"] <= one["high"]
    assert (found["task"], found["split"], found["model"]) == (task, "test", model.fingerprint)
    assert found["n"] == (8 if task == "answer" else 4)


def test_people_see_the_evaluation_beside_its_baselines(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    shown = run("evaluate", "caption", model.path, corpus.path)
    assert "the model" in shown
    assert "nearest case" in shown
