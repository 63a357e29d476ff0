"""Classification measured on coloured shapes: the form of the report, what is told from what, what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.core.errors import EvaluationError, LeakageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus


@pytest.fixture(scope="module")
def measured(shapes: tuple[Corpus, ModelDirectory]) -> dict[str, Any]:
    corpus, model = shapes
    options = {"attribute": "colour", "accept_leak": "shapes look alike", "resamples": 50}
    return evaluate_model(model, corpus, task="classify", **options).to_dict()


@pytest.mark.slow
def test_the_form_of_the_evaluation(measured: dict[str, Any]) -> None:
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


@pytest.mark.slow
def test_colours_are_told_from_images_and_from_nothing_else(measured: dict[str, Any]) -> None:
    accuracy = {name: m["probe_balanced_accuracy"]["value"] for name, m in measured["baselines"].items()}
    assert measured["metrics"]["probe_balanced_accuracy"]["value"] > 0.8
    assert accuracy["majority"] == accuracy["blank_image"] == pytest.approx(1 / 3)
    assert max(accuracy["shuffled_labels"], accuracy["attributes_only"]) < 0.75
    # Every caption names the colour, so nothing is left to read.
    assert measured["texts"] == {"passages": 16, "different": measured["texts"]["different"], "held_back": 16}
    assert accuracy["text_only"] == pytest.approx(1 / 3)


@pytest.mark.slow
def test_image_only_is_the_probe_and_words_that_say_nothing_change_nothing(measured: dict[str, Any]) -> None:
    baselines = measured["baselines"]
    assert baselines["image_only"]["probe_balanced_accuracy"] == measured["metrics"]["probe_balanced_accuracy"]
    assert set(measured["fusion"]["gain"]) == {"image_only", "attributes_only"}
    assert measured["fusion"]["known"]["text"] == 0
    assert "image alone" in measured["fusion"]["verdict"]


def test_colours_are_told_by_evidence_and_its_uncertainty_is_reported(measured: dict[str, Any]) -> None:
    assert measured["metrics"]["evidential_balanced_accuracy"]["value"] > 0.8
    assert measured["without"] == {}  # one modality
    opinions = measured["opinions"]
    assert opinions["photo"] == opinions["fused"]
    assert 0 < opinions["photo"]["uncertainty"] < 1


@pytest.mark.slow
def test_seeds_are_averaged_and_each_is_printed(shapes: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = shapes
    options = {"attribute": "shape", "accept_leak": "shapes look alike", "resamples": 20}
    found = evaluate_model(model, corpus, task="classify", **options, seeds=2, seed=3).to_dict()
    alone = [evaluate_model(model, corpus, task="classify", **options, seed=seed).to_dict() for seed in (3, 4)]
    for metric in ("probe_balanced_accuracy", "evidential_balanced_accuracy"):
        each = [result["metrics"][metric]["value"] for result in alone]
        assert found["by_seed"][metric] == each
        assert found["metrics"][metric]["value"] == pytest.approx(np.mean(each))
    assert alone[0]["by_seed"] == {}


def test_leaking_splits_are_refused(shapes: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = shapes
    with pytest.raises(LeakageError, match="training and split 'train' share"):
        evaluate_model(model, corpus, task="classify", attribute="colour", split="train")
    other = make_corpus(tmp_path / "other", 20, seed=5)
    with pytest.raises(LeakageError, match="training and split 'train' share"):
        evaluate_model(model, other, task="classify", attribute="colour", split="train", learned_from=other)


@pytest.mark.slow
def test_rare_values_become_one_class_and_wrong_use_is_told(shapes: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = shapes
    options = {"task": "classify", "attribute": "colour", "accept_leak": "shapes look alike", "resamples": 5}
    groups = {
        colour: len({c.group for c in corpus.cases("train") if c.attributes["colour"] == colour})
        for colour in ("red", "green", "blue")
    }
    rarest = min(groups.values())
    rare = [colour for colour, count in groups.items() if count == rarest]
    report = evaluate_model(model, corpus, min_groups=rarest + 1, **options)
    assert report.sections["collapsed"] == sorted(rare)
    assert "other" in report.sections["values"]
    assert any(line.startswith("too rare, so counted as 'other'") for line in report.lines())
    with pytest.raises(EvaluationError, match="an image and the attribute 'colour' in split 'nowhere', found none"):
        evaluate_model(model, corpus, split="nowhere", **options)
