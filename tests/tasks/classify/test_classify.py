"""Classifying coloured shapes with an untrained model: what comes back, what it rests on, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import LeakageError, ModelError, SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.classify import classify
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import choose_views


def make_model(corpus: Corpus, path: Path, *, fusion: str = "late") -> ModelDirectory:
    views = choose_views(corpus, size=32)
    model = ModelDirectory(path)
    trained_on = {"path": str(corpus.path.resolve()), "version": corpus.version, "split": "train"}
    model.save_joint(tiny_joint_space(views, fusion=fusion), views=views, record={"trained_on": trained_on})
    return model


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Corpus, ModelDirectory]:
    folder = tmp_path_factory.mktemp("classify")
    corpus = make_corpus(folder / "corpus", 80)
    return corpus, make_model(corpus, folder / "model")


@pytest.fixture(scope="module")
def measured(made) -> dict:
    corpus, model = made
    return evaluate_model(
        model, corpus, task="classify", attribute="colour", accept_leak="shapes look alike", resamples=50
    ).to_dict()


def test_a_prediction_has_probabilities_and_evidence_of_other_groups(made):
    corpus, model = made
    (found,) = classify(model, "case-0000", attribute="colour", corpus=corpus)
    value = found.value
    assert (found.task, found.case) == ("classify", "case-0000")
    assert sorted(value["probabilities"]) == ["blue", "green", "red"]
    assert sum(value["probabilities"].values()) == pytest.approx(1)
    assert found.score == max(value["probabilities"].values()) == value["probabilities"][value["label"]]
    assert 0 <= found.uncertainty <= 1
    assert len(found.evidence) == 5
    assert corpus["case-0000"].group not in {near.group for near in found.evidence}
    for near in found.evidence:
        case = corpus[near.case]
        assert (case.split, near.details["label"]) == ("train", case.attributes["colour"])
        assert Path(near.details["path"]).is_file()
    assert [near.score for near in found.evidence] == sorted((near.score for near in found.evidence), reverse=True)


def test_an_image_file_is_classified_as_its_case_is(made):
    corpus, model = made
    file = corpus.object_path(corpus["case-0008"].images["photo"])
    (by_file,), (by_id,) = (
        classify(model, file, attribute="colour", k=0),
        classify(model, "case-0008", attribute="colour", corpus=corpus, k=0),
    )
    assert by_file.value["probabilities"] == pytest.approx(by_id.value["probabilities"], abs=1e-3)


@pytest.mark.parametrize("fusion", ["late", "early", "hybrid"])
def test_missing_modalities_and_every_fusion(tmp_path, fusion):
    corpus = make_corpus(tmp_path / "corpus", 30, volumes=True, missing=0.5)
    model = make_model(corpus, tmp_path / "model", fusion=fusion)
    (found,) = classify(model, "case-0009", attribute="side", corpus=corpus)
    assert np.isfinite(list(found.value["probabilities"].values())).all()


def test_the_form_of_the_evaluation(measured):
    probe = {"probe_balanced_accuracy", "auc", "ece"}
    evidential = {"evidential_balanced_accuracy", "evidential_auc", "evidential_ece", "evidential_uncertainty_auc"}
    assert set(measured["metrics"]) == {"zero_shot_balanced_accuracy", *probe, *evidential}
    assert set(measured["baselines"]) == {
        "majority", "image_only", "text_only", "attributes_only", "image_text_attributes", "blank_image",
        "shuffled_labels",
    }  # fmt: skip
    everything = [measured["metrics"], *measured["baselines"].values()]
    assert all(
        set(m) == {"value", "low", "high", "chance", "n", "groups"} for metrics in everything for m in metrics.values()
    )
    assert measured["metrics"]["probe_balanced_accuracy"]["chance"] == pytest.approx(1 / 3)
    assert json.loads(json.dumps(measured))["metrics"] == measured["metrics"]


def test_colours_are_told_from_images_and_from_nothing_else(measured):
    accuracy = {name: m["probe_balanced_accuracy"]["value"] for name, m in measured["baselines"].items()}
    assert measured["metrics"]["probe_balanced_accuracy"]["value"] > 0.8
    assert accuracy["majority"] == accuracy["blank_image"] == pytest.approx(1 / 3)
    assert max(accuracy["shuffled_labels"], accuracy["attributes_only"]) < 0.75
    # Every caption names the colour, so nothing is left to read.
    assert measured["texts"] == {"passages": 16, "different": measured["texts"]["different"], "held_back": 16}
    assert accuracy["text_only"] == pytest.approx(1 / 3)


def test_image_only_is_the_probe_and_words_that_say_nothing_change_nothing(measured):
    baselines = measured["baselines"]
    assert baselines["image_only"]["probe_balanced_accuracy"] == measured["metrics"]["probe_balanced_accuracy"]
    assert set(measured["fusion"]["gain"]) == {"image_only", "attributes_only"}
    assert measured["fusion"]["known"]["text"] == 0
    assert "image alone" in measured["fusion"]["verdict"]


def test_colours_are_told_by_evidence_and_its_uncertainty_is_reported(measured):
    assert measured["metrics"]["evidential_balanced_accuracy"]["value"] > 0.8
    assert measured["without"] == {}  # one modality
    opinions = measured["opinions"]
    assert opinions["photo"] == opinions["fused"]
    assert 0 < opinions["photo"]["uncertainty"] < 1


def test_seeds_are_averaged_and_each_is_printed(made):
    corpus, model = made
    options = {"attribute": "shape", "accept_leak": "shapes look alike", "resamples": 20}
    found = evaluate_model(model, corpus, task="classify", **options, seeds=2, seed=3).to_dict()
    alone = [evaluate_model(model, corpus, task="classify", **options, seed=seed).to_dict() for seed in (3, 4)]
    for metric in ("probe_balanced_accuracy", "evidential_balanced_accuracy"):
        each = [result["metrics"][metric]["value"] for result in alone]
        assert found["by_seed"][metric] == each
        assert found["metrics"][metric]["value"] == pytest.approx(np.mean(each))
    assert alone[0]["by_seed"] == {}


def test_a_hidden_modality_is_measured_and_said(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 60, volumes=True, missing=0.4)
    model = make_model(corpus, tmp_path / "model")
    options = {"attribute": "side", "accept_leak": "shapes look alike", "resamples": 20}
    found = evaluate_model(
        model, corpus, task="classify", split="val", **options
    ).to_dict()  # nothing is left to calibrate on
    modalities = set(model.views())
    assert set(found["without"]) == modalities
    assert set(found["opinions"]) == {"fused", *modalities}
    for modality, hidden in found["without"].items():
        cases = [case for case in corpus.cases("val") if "side" in case.attributes]
        assert hidden["n"] == sum(bool(modalities - {modality} & set(case.images)) for case in cases)
        assert set(hidden["metrics"]) <= set(found["metrics"])


def test_an_evidential_prediction_says_what_each_modality_knows(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 60, volumes=True, missing=0.4)
    model = make_model(corpus, tmp_path / "model")
    case = next(case for case in corpus if len(case.images) == 1)
    (found,) = classify(model, case.id, attribute="side", corpus=corpus, method="evidential")
    opinions = found.value["opinions"]
    assert set(opinions) == {"fused", *model.views()}
    missing = next(name for name in model.views() if name not in case.images)
    assert opinions[missing]["uncertainty"] == 1
    assert opinions["fused"]["uncertainty"] == found.uncertainty < 1
    assert sum(found.value["probabilities"].values()) == pytest.approx(1)


def test_leaking_splits_are_refused(made, tmp_path):
    corpus, model = made
    with pytest.raises(LeakageError, match="training and split 'train' share"):
        evaluate_model(model, corpus, task="classify", attribute="colour", split="train")
    other = make_corpus(tmp_path / "other", 20, seed=5)
    with pytest.raises(LeakageError, match="training and split 'train' share"):
        evaluate_model(model, other, task="classify", attribute="colour", split="train", learned_from=other)


def test_what_a_model_learned_from_must_be_known(made, tmp_path):
    corpus, _ = made
    lost = make_model(corpus, tmp_path / "model")
    record = lost.path / "joint" / "record.json"
    record.write_text(json.dumps({"trained_on": {"path": str(tmp_path / "gone"), "version": "x", "split": "train"}}))
    with pytest.raises(ModelError, match="--learned-from CORPUS"):
        classify(lost, "case-0000", attribute="colour", corpus=corpus)
    assert classify(lost, "case-0000", attribute="colour", corpus=corpus, learned_from=corpus)[0].value["label"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attribute": "size"}, "has the attribute 'size'; attributes: colour, shape"),
        ({"attribute": "colour", "shots": 500}, "expected 500 cases of each class"),
        ({"attribute": "colour", "method": "prompts", "prompts": {"pink": ["a pink disc"]}}, "one of blue, green, red"),
    ],
)
def test_wrong_use_is_refused(made, options, message):
    corpus, model = made
    with pytest.raises(UsageError, match=message):
        classify(model, "case-0000", corpus=corpus, **options)


def test_an_absent_file_is_refused(made, tmp_path):
    with pytest.raises(SourceError):
        classify(made[1], tmp_path / "absent.png", attribute="colour")


def test_evidence_is_of_other_groups_by_the_files_too(made, tmp_path):
    corpus, model = made
    case = corpus["case-0000"]
    (tmp_path / "renamed.png").write_bytes(corpus.object_path(case.images["photo"]).read_bytes())
    (found,) = classify(model, tmp_path / "renamed.png", attribute="colour", k=50)
    assert found.evidence
    assert case.group not in {one.group for one in found.evidence}


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_verbs_print_one_document_or_tables(made):
    corpus, model = made
    asked = ("classify", model.path, "case-0000", "--attribute", "colour", "--corpus", corpus.path)
    found = json.loads(run(*asked, "--shots", 3, "--json"))
    assert set(found["value"]) == {"label", "probabilities", "attribute", "method"}
    by_words = json.loads(run(*asked, "--method", "prompts", "--prompt", "red=a red thing", "--json"))
    assert by_words["value"]["method"] == "prompts"
    assert "most alike" in run(*asked)
    assert "opinions" in run(*asked, "--method", "evidential")
    shown = run("evaluate", "classify", model.path, corpus.path, "--attribute", "shape", "--accept-leak", "x")
    assert "shuffled labels" in shown
    with pytest.raises(UsageError, match=r"expected --attribute, got none\. --attribute: Attribute to predict"):
        run("evaluate", "classify", model.path, corpus.path)
