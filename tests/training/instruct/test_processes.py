"""Instruction tuning over two processes makes the steps of one, in every stage."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.loop.log import read_metrics

STAGES = ("reranker-0", "reranker-1", "reranker", "projector", "language")


@pytest.mark.slow
def test_two_processes_make_the_steps_of_one(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "one" / "corpus", 20)
    tiny_model(corpus, tmp_path / "one" / "model")
    texts = ["Which colour is it?", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No"]
    save_language(tiny_language(texts), tmp_path / "language")
    shutil.copytree(tmp_path / "one", tmp_path / "two")  # nothing that the first run keeps helps the second
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = [sys.executable, __file__, str(tmp_path / "one")]
    subprocess.run(run, check=True, timeout=600, env=environment)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", __file__]
    subprocess.run([*launch, str(tmp_path / "two")], check=True, timeout=200, env=environment)
    for stage in STAGES:
        one, two = (curve(tmp_path / name / "model", stage) for name in ("one", "two"))
        assert len(one) >= 3
        assert two == pytest.approx(one, rel=1e-3), stage
    results = [json.loads((tmp_path / name / "result.json").read_text()) for name in ("one", "two")]
    assert results[1]["loss"] == pytest.approx(results[0]["loss"], rel=1e-3)
    assert results[1]["validation"] == pytest.approx(results[0]["validation"], rel=1e-3)
    mixtures = [asdict(ModelDirectory(tmp_path / name / "model").mixture()) for name in ("one", "two")]
    assert mixtures[0].keys() == mixtures[1].keys()
    for name, weights in mixtures[0].items():
        assert mixtures[1][name] == pytest.approx(weights, abs=0.01), name


def curve(model: Path, stage: str) -> list[float]:
    """Losses and validation scores in their order."""
    lines = read_metrics(model / "training" / "instruct" / stage / "metrics.jsonl")
    return [line.get("loss", line.get("score")) for line in lines]


if __name__ == "__main__":  # the one process, or one of the two
    torch.set_num_threads(1)
    torch.nn.Dropout.forward = lambda self, x: x  # type: ignore[method-assign] # it differs between processes by design
    place = Path(sys.argv[1])
    chances = {"evidence_dropout": 0, "context_dropout": 1, "modality_dropout": 0}  # drawn for what a process holds
    options = {"epochs": 2, "projector_epochs": 1, "reranker_epochs": 3, **chances}
    config = InstructConfig.of({
        "language": str(place.parent / "language"), "lora": True, "rank": 2, "side": 2, "batch": 9, **options,
    })  # fmt: skip
    result = instruct(place / "corpus", place / "model", config=config)
    if os.environ.get("RANK", "0") == "0":
        (place / "result.json").write_text(json.dumps(result.to_dict()))
