"""Pretraining: every objective learns, resumes exactly, says what is wrong, and aligning starts from it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from lexiscope.core.errors import ModelError, TrainingError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.features.towers import fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.loop.log import read_metrics
from lexiscope.training.objectives import IMAGE_OBJECTIVES
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.image import image_job
from lexiscope.training.pretrain.pretrain import pretrain


def settings(objective: str, **more: object) -> PretrainConfig:
    small = {"size": 32, "slices": 2, "batch": 12, "epochs": 4, "width": 32}
    if objective == "mae":
        small |= {"tower": "vit", "tower_settings": {"patch": 8, "width": 24, "depth": 1}}
    else:
        small |= {"tower": "cnn", "tower_settings": {"stages": [8, 16, 24]}}
    return PretrainConfig.of({**small, "objective": objective, **more})


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Thirty cases of three modalities, a third of them missing."""
    return make_corpus(tmp_path_factory.mktemp("scans") / "corpus", 30, volumes=True, missing=0.3)


@pytest.fixture(scope="module")
def towers(scans: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with an image and a text part, pretrained for a moment; for tests that copy it."""
    folder = tmp_path_factory.mktemp("towers") / "model"
    pretrain(scans, folder, config=settings("simclr", epochs=2))
    pretrain(scans, folder, config=PretrainConfig(objective="mlm", epochs=1))
    return folder


def copied(model: Path, folder: Path) -> Path:
    return shutil.copytree(model, folder)


@pytest.mark.slow
@pytest.mark.parametrize("objective", IMAGE_OBJECTIVES)
def test_every_objective_learns_with_modalities_missing(scans: Corpus, tmp_path: Path, objective: str) -> None:
    result = pretrain(scans, tmp_path, config=settings(objective, epochs=8, modality_dropout=0.2, lr=3e-3))
    losses = [
        line["loss"] for line in read_metrics(tmp_path / "training/pretrain-image/metrics.jsonl") if "loss" in line
    ]
    assert np.mean(losses[-6:]) < np.mean(losses[:6])
    assert set(result.validation) == {"loss", "chance"}
    model = ModelDirectory(tmp_path)
    assert model.encoder().modalities == tuple(sorted(model.views())) == ("flair", "t1w", "t2w")
    record = model.record("image")
    assert record["trained_on"]["split"] == "train"
    assert record["config"]["objective"] == objective


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["mae", "decur"])
def test_whole_volumes_in_three_dimensions(scans: Corpus, tmp_path: Path, objective: str) -> None:
    config = settings(objective, grid=(16, 16, 16), epochs=1)
    if objective == "mae":
        config = config.model_copy(update={"tower_settings": {"patch": 8, "depth": 1}})
    result = pretrain(scans, tmp_path, config=config)
    assert result.rows == result.cases  # a volume is one row, not one a slice
    assert {view.shape for view in ModelDirectory(tmp_path).views().values()} == {(1, 16, 16, 16)}


def test_pictures_of_one_modality(shapes: Corpus, tmp_path: Path) -> None:
    result = pretrain(shapes, tmp_path, config=settings("simclr", epochs=2))
    assert result.loss is not None
    assert result.rows == result.cases == shapes.count("train")


def test_only_the_train_split_is_learned_from(scans: Corpus, tmp_path: Path) -> None:
    job = image_job(scans, settings("simclr"))
    assert {case.split for case in job.rows.cases} == {"train"}
    assert job.held_out is not None
    assert {case.split for case in job.held_out.cases} == {"val"}


@pytest.mark.slow
def test_words_are_learned_and_the_tower_is_kept(shapes: Corpus, tmp_path: Path) -> None:
    config = PretrainConfig(objective="mlm", epochs=15, batch=12)
    result = pretrain(shapes, tmp_path, config=config)
    assert result.part == "text"
    assert result.loss is not None
    assert result.chance is not None
    assert result.loss < 0.8 * result.chance
    assert ModelDirectory(tmp_path).text().encode(["A red disc"]).shape == (1, 192)


@pytest.mark.slow
def test_a_stopped_pretraining_ends_as_one_that_was_not(scans: Corpus, tmp_path: Path) -> None:
    config = settings("simclr", checkpoint_seconds=0.0)

    def stop(done: int, total: int | None, what: str) -> None:
        if done == 5:
            raise RuntimeError("power cut")

    pretrain(scans, tmp_path / "whole", config=config)
    with pytest.raises(RuntimeError, match="power cut"):
        pretrain(scans, tmp_path / "cut", config=config, progress=stop)
    result = pretrain(scans, tmp_path / "cut", config=config)
    assert result.resumed_at == 5
    assert_same_run(tmp_path / "cut", tmp_path / "whole")


def assert_same_run(one: Path, other: Path) -> None:
    logs = [read_metrics(model / "training/pretrain-image/metrics.jsonl") for model in (one, other)]
    assert logs[0] == logs[1]
    weights = [(model / "image/model.safetensors").read_bytes() for model in (one, other)]
    assert weights[0] == weights[1]


@pytest.mark.slow
def test_kill_9_in_the_middle_and_again_gives_the_same_model(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 30, volumes=True, missing=0.3)
    config = settings("decur", epochs=20, checkpoint_seconds=0.0)
    (tmp_path / "killed.json").write_text(config.model_dump_json())
    pretrain(corpus, tmp_path / "whole", config=config)
    process = subprocess.Popen([sys.executable, __file__, str(tmp_path), "killed"])
    log = tmp_path / "killed/training/pretrain-image/metrics.jsonl"
    while len(read_metrics(log)) < 20 and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None, "it ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    result = pretrain(corpus, tmp_path / "killed", config=config)
    assert result.resumed_at > 0
    assert_same_run(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_make_the_losses_of_one(tmp_path: Path) -> None:
    """All objectives in one launch: most of its time is that of importing torch."""
    corpus = make_corpus(tmp_path / "corpus", 30, volumes=True, missing=0.3)
    for objective in IMAGE_OBJECTIVES:
        config = settings(objective, epochs=2, warmup=1.0, lr=1e-4)
        (tmp_path / f"two-{objective}.json").write_text(config.model_dump_json())
        pretrain(corpus, tmp_path / f"one-{objective}", config=config)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", __file__]
    names = [f"two-{objective}" for objective in IMAGE_OBJECTIVES]
    subprocess.run([*command, str(tmp_path), *names], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    for objective in IMAGE_OBJECTIVES:
        one, two = (_curve(tmp_path / f"{name}-{objective}") for name in ("one", "two"))
        assert len(one) > 4
        assert two == pytest.approx(one, rel=2e-3), objective


def _curve(model: Path) -> list[float]:
    """Losses and validation scores in their order."""
    lines = read_metrics(model / "training/pretrain-image/metrics.jsonl")
    return [line.get("loss", line.get("score")) for line in lines]


@pytest.mark.slow
def test_the_same_command_again_does_nothing(scans: Corpus, tmp_path: Path) -> None:
    config = settings("simclr", epochs=1)
    first = pretrain(scans, tmp_path, config=config)
    again = pretrain(scans, tmp_path, config=config)
    assert "already trained" in again.notes[-1]
    assert again.loss == first.loss
    other = pretrain(scans, tmp_path, config=config.model_copy(update={"seed": 1}))
    assert "started from the beginning" in other.notes[-1]


@pytest.mark.slow
def test_aligning_starts_from_what_pretraining_left(scans: Corpus, towers: Path, tmp_path: Path) -> None:
    model = ModelDirectory(copied(towers, tmp_path / "model"))
    left = fingerprint(model.encoder("image").towers)
    result = align(scans, model.path, config=AlignConfig(epochs=1, batch=12))
    assert "started from the image part" in result.notes[0]
    assert "started from the text part" in result.notes[1]
    assert fingerprint(model.joint().image.towers) == left  # kept as they are
    assert model.views() == model.views("image")
    assert set(model.record()["started_from"]) == {"image", "text"}
    assert [origin["name"] for origin in model.joint().config.weights] == ["image part", "text part"]
    pretrain(scans, model.path, config=settings("simclr", epochs=1, seed=3))
    again = align(scans, model.path, config=AlignConfig(epochs=1, batch=12))
    assert again.resumed_at == 0  # another start is another run
    assert "started from the beginning" in again.notes[-1]


@pytest.mark.slow
def test_a_pretrained_tower_can_go_on_training(scans: Corpus, tmp_path: Path) -> None:
    pretrain(scans, tmp_path, config=settings("simclr", epochs=1, fusion="hybrid"))
    config = AlignConfig(text="bert", epochs=1, batch=12, unfreeze=True, modality_dropout=0.5, label="side")
    align(scans, tmp_path, config=config)
    joint = ModelDirectory(tmp_path).joint()
    assert joint.image.config.fusion == "hybrid"
    with safe_open(tmp_path / "training/align/checkpoint.safetensors", framework="pt") as checkpoint:
        assert any(name.startswith("weights/space.image.towers.") for name in checkpoint.keys())  # noqa: SIM118
    losses = read_metrics(tmp_path / "training/align/metrics.jsonl")[-2]["losses"]
    assert {"image_to_text", "text_to_image", "labels"} <= set(losses)


@pytest.mark.slow
def test_training_on_starts_from_solved_heads(scans: Corpus, towers: Path, tmp_path: Path) -> None:
    starts = {}
    for name, unfreeze in (("a", False), ("b", True)):
        align(scans, copied(towers, tmp_path / name), config=AlignConfig(epochs=1, batch=12, unfreeze=unfreeze))
        starts[name] = read_metrics(tmp_path / name / "training/align/metrics.jsonl")[0]["validation"]
    assert starts["b"] == pytest.approx(starts["a"], abs=0.05)  # before the first step both are the same model


def test_settings_that_the_part_was_not_trained_with_are_refused(scans: Corpus, towers: Path, tmp_path: Path) -> None:
    tmp_path = copied(towers, tmp_path / "model")
    with pytest.raises(UsageError, match=r"trained with size 32, got 64.*name another tower with --image"):
        align(scans, tmp_path, config=AlignConfig(size=64))
    with pytest.raises(UsageError, match=r"reads flair, t1w, t2w, got pet"):
        align(scans, tmp_path, config=AlignConfig(modalities=("pet",)))
    result = align(scans, tmp_path, config=AlignConfig(modalities=("flair",), text="bert", epochs=1, unfreeze=False))
    assert result.cases < scans.count("train")  # of those that have it
    assert ModelDirectory(tmp_path).joint().image.modalities == ("flair",)


def test_what_cannot_be_trained_says_why(scans: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown image objective 'mea'. Did you mean 'mae'"):
        pretrain(scans, tmp_path, config=settings("simclr").model_copy(update={"objective": "mea"}))
    with pytest.raises(ModelError, match=r"expected settings of the tower 'cnn'.*depth"):
        pretrain(scans, tmp_path, config=settings("simclr", tower_settings={"depth": 3}))
    empty = Corpus.create(tmp_path / "one")
    empty.upsert([replace(next(iter(scans)), split=None, texts=())])
    with pytest.raises(TrainingError, match="at least two different texts"):
        pretrain(empty, tmp_path / "model", config=PretrainConfig(objective="mlm"))


def test_a_label_that_nobody_has_is_refused(scans: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"got 'grade' with 0 values; attributes here: "):
        align(scans, tmp_path, config=AlignConfig(label="grade"))


def test_settings_of_a_run_are_written_down(towers: Path) -> None:
    written = json.loads((towers / "training/pretrain-image/config.json").read_text())
    assert written["tower_settings"] == {"stages": [8, 16, 24]}
    result = ModelDirectory(towers).record("image")["result"]
    assert (result["objective"], result["part"]) == ("simclr", "image")
    assert result["rows"] == 2 * result["cases"]  # two slices of each


if __name__ == "__main__":  # a process of its own: one to kill, or one of two
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    for name in sys.argv[2:]:
        pretrain(folder / "corpus", folder / name, config=PretrainConfig.read(folder / f"{name}.json"))
