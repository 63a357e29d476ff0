"""Planted truth end to end: scenes are simulated, learned from and interpreted by the verbs that users type."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.interpret.contribution.quantities import ALL, SHAPLEY
from lexiscope.simulate.scenes import write_scenes
from lexiscope.simulate.scenes.folder import BUILD, TABLE

_LEARN = [
    "--fusion",
    "early",
    "--dims",
    "2",
    "--window",
    "64",
    "--window",
    "64",
    "--width",
    "6",
    "--batch",
    "8",
    "--agreement",
    "0",
]


@pytest.fixture(scope="module")
def learned(tmp_path_factory) -> tuple[Path, Path]:
    """A corpus of scenes, and a segmenter that learned from it."""
    folder = tmp_path_factory.mktemp("scenes")
    write_scenes(folder, scenes=96, seed=0)
    return _trained(folder, epochs=24)


@pytest.mark.slow
@pytest.mark.weights
def test_interpretation_tells_what_is_noise_to_a_class_what_is_needed_and_what_repeats(learned):
    told = _interpreted(*learned)
    assert _holds_zero(_adds(told["stain"], "depth"))
    assert _adds(told["stain"], "colour")["low"] > 0.1
    assert _adds(told["mound"], "depth")["low"] > 0.1
    # Colour says where no mound stands, which is less than where one does.
    assert _adds(told["mound"], "colour")["high"] < _adds(told["mound"], "depth")["low"]
    assert _together(told["token"])["low"] > 0
    assert _together(told["block"])["high"] < 0
    advised = {name: " ".join(results["advice"]["findings"]) for name, results in told.items()}
    assert "Drop depth" in advised["stain"] or "depth may be missing" in advised["stain"]
    assert "Join colour and depth early or hybrid" in advised["token"]
    assert "colour and depth stand in for each other" in advised["block"]
    assert not any(
        "Join" in advised[name] for name in ("stain", "block")
    )  # where no mound stands, colour may help depth


def _holds_zero(estimate: dict[str, float]) -> bool:
    return estimate["low"] <= 0.02 and estimate["high"] >= -0.02


def _adds(results: dict[str, Any], name: str) -> dict[str, float]:
    (row,) = [
        row
        for row in results["contribution"]["rows"]
        if (row["case"], row["quantity"], row["input"]) == (ALL, SHAPLEY, name)
    ]
    return row["missing"]


def _together(results: dict[str, Any]) -> dict[str, float]:
    (row,) = [
        row
        for row in results["interaction"]["rows"]
        if (row["between"], row["quantity"]) == ("colour + depth", "interaction")
    ]
    return row["value"]


def _interpreted(corpus: Path, model: Path) -> dict[str, dict[str, Any]]:
    """Structure -> method -> its result."""
    methods = [word for name in ("contribution", "interaction", "advice") for word in ("--method", name)]
    made = json.loads(_run("interpret", model, corpus, "--split", "test", "--limit", 12, *methods))
    return {
        subject["name"].removeprefix("segmenter of "): {result["method"]: result for result in subject["results"]}
        for subject in made["subjects"]
    }


def _trained(folder: Path, *, epochs: int) -> tuple[Path, Path]:
    corpus, model = folder / "corpus", folder / "model"
    _run("corpus", "build", corpus, folder / TABLE, *BUILD)
    _run("train", "segment", corpus, "--out", model, *_LEARN, "--epochs", epochs)
    return corpus, model


def _run(*words: object) -> str:
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    return done.stdout
