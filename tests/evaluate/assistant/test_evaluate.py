"""One small evaluation of an assistant from end to end: its form, its refusals, the sheet out and in."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.endpoint import completion, fake_endpoint

_QUICK: dict[str, Any] = {
    "task": "assistant",
    "limit": 6,
    "resamples": 10,
    "accept_leak": "coloured shapes repeat",
    "wordings": ["{question}", "Please: {question}"],
}
_METRICS = ("overall_quality", "context_sensitivity", "feature_identification", "defect_accuracy")


@pytest.fixture(scope="module")
def measured(taught: tuple[Corpus, ModelDirectory], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    corpus, model = taught
    sheet = tmp_path_factory.mktemp("sheet") / "sheet.csv"
    result = evaluate_model(model, corpus, sheet_out=sheet, **_QUICK).to_dict()
    return {**result, "sheet": sheet}


@pytest.mark.slow
def test_the_four_scores_come_with_their_parts_and_baselines(measured: dict[str, Any]) -> None:
    json.dumps({name: value for name, value in measured.items() if name != "sheet"})
    assert tuple(measured["metrics"]) == _METRICS
    for metrics in (measured["metrics"], *measured["baselines"].values()):
        for found in metrics.values():
            assert {"value", "low", "high", "chance", "by_level", "by_context"} <= found.keys()
    assert set(measured["baselines"]) == {"blank_image", "shuffled_images", "text_only"}
    assert "from scratch" in measured["left_out_baselines"]["language_model_untuned"]
    assert measured["n"] == 5 * measured["turns"]
    assert measured["metrics"]["defect_accuracy"]["value"] is None, "these turns ask for no defect"
    assert len(measured["verdicts"]) == 3
    assert measured["judges"]["rules"] == {"judged": measured["n"], "not_judged": 0}
    assert len(measured["wordings"]["instructions"]) == 2


@pytest.mark.slow
def test_quality_is_what_the_judge_says_of_each_answer(taught: tuple[Corpus, ModelDirectory]) -> None:
    """One turn at five levels: all answers are among the examples; those as published do not count in the score."""
    corpus, model = taught
    report = evaluate_model(model, corpus, **{**_QUICK, "limit": 1})
    examples = report.sections["examples"]
    assert len(examples) == report.n == 5
    quality = report.metric("overall_quality")
    assert quality.value == pytest.approx(np.mean([one["quality"] for one in examples[:3]]))
    for level in ("none", "full", "full as published"):
        own = [one["quality"] for one in examples if one["at"] == level]
        assert report.metric("overall_quality", "by_context", level).value == pytest.approx(np.mean(own))
    closed = [one for one in examples if one["reference"] in ("Yes", "No")]
    assert closed
    assert all(one["quality"] == 100 * (one["answer"] == one["reference"]) for one in closed)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers(taught: tuple[Corpus, ModelDirectory], measured: dict[str, Any]) -> None:
    corpus, model = taught
    again = evaluate_model(model, corpus, **_QUICK).to_dict()
    assert again["metrics"] == measured["metrics"]
    assert again["wordings"] == measured["wordings"]


@pytest.mark.slow
def test_a_filled_sheet_is_a_second_judge(
    taught: tuple[Corpus, ModelDirectory], measured: dict[str, Any], tmp_path: Path
) -> None:
    with measured["sheet"].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == measured["sheet_lines"]
    assert all(Path(row["image"]).is_file() for row in rows)
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows({**row, "quality": 30} for row in rows)
    corpus, model = taught
    found = evaluate_model(model, corpus, sheet=filled, **_QUICK).to_dict()
    assert found["judges"]["sheet"]["judged"] == found["n"]
    by_hand = found["judges"]["sheet"]["metrics"]
    assert (by_hand["overall_quality"]["value"], by_hand["overall_quality"]["chance"]) == (30, None)
    assert by_hand["context_sensitivity"]["value"] == 0
    (pair,) = found["agreement"]
    assert pair["judges"] == ["rules", "sheet"]
    assert (pair["quality_spearman"]["value"], pair["quality_spearman"]["n"]) == (0, found["n"])


@pytest.mark.slow
def test_a_language_model_judges_and_rules_judge_beside_it(
    taught: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    corpus, model = taught
    with fake_endpoint(lambda *_: (200, completion('{"quality": 60, "features": 2}'))) as served:
        options = {"judge": "endpoint", "judge_model": "tiny", "url": served.url, "kept": tmp_path}
        found = evaluate_model(model, corpus, **{**_QUICK, **options, "limit": 2}).to_dict()
    assert found["metrics"]["overall_quality"]["value"] == found["metrics"]["overall_quality"]["chance"] == 60
    assert set(found["judges"]) == {"endpoint:tiny", "rules"}
    assert (tmp_path / "completions.jsonl").is_file()  # where the caller said
    assert found["agreement"][0]["quality_spearman"]["value"] == 0


@pytest.mark.slow
def test_a_judge_without_any_usable_score_ends_the_evaluation(
    taught: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    corpus, model = taught
    with fake_endpoint(lambda *_: (200, completion("Well."))) as served:
        options = {"judge": "endpoint", "judge_model": "tiny", "url": served.url, "kept": tmp_path}
        with pytest.raises(EvaluationError, match="got none in the form asked for on 5 answers; take a larger model"):
            evaluate_model(model, corpus, **{**_QUICK, **options, "limit": 1})


def test_a_judge_that_wrote_the_turns_is_refused_before_anything_is_asked(
    taught: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    corpus, model = taught
    options = {"judge": "endpoint", "judge_model": "human", "url": "http://127.0.0.1:1", "kept": tmp_path}
    with pytest.raises(UsageError, match="the judge must not be the writer: endpoint:human wrote"):
        evaluate_model(model, corpus, **_QUICK, **options)


def test_a_split_without_turns_and_bad_wordings_say_what_to_do(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    with pytest.raises(EvaluationError, match="expected questions about images in split 'nowhere'"):
        evaluate_model(model, corpus, split="nowhere", **_QUICK)
    with pytest.raises(UsageError, match=r"at least two different wordings, each with {question}"):
        evaluate_model(model, corpus, **{**_QUICK, "wordings": ["{question}", "Please."]})
