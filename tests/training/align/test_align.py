"""Aligning: learns above chance with towers kept and with towers trained, resumes, says what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core import Case, Passage
from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.loop.log import read_metrics


def settings(text: str, **more: object) -> AlignConfig:
    base = {"image": "cnn", "text": text, "size": 32, "batch": 12, "epochs": 12, "unfreeze": False}
    return AlignConfig.of({**base, **more})


def joint_weights(model: Path) -> bytes:
    return (model / "joint" / "model.safetensors").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["clip", "siglip"])
def test_heads_on_kept_features_learn(shapes: Corpus, small_text: str, tmp_path: Path, objective: str) -> None:
    result = align(shapes, tmp_path / "model", config=settings(small_text, objective=objective, epochs=30))
    assert result.loss is not None
    assert result.chance is not None
    assert result.loss < 0.8 * result.chance
    assert result.validation["text_to_image_recall@10"] > result.validation["text_to_image_recall@10_chance"]
    assert ModelDirectory(tmp_path / "model").record()["corpus"] == shapes.version
    assert json.loads((tmp_path / "model/training/align/config.json").read_text())["objective"] == objective


@pytest.mark.slow
def test_towers_train_with_gradient_caching_as_without(shapes: Corpus, small_text: str, tmp_path: Path) -> None:
    whole = settings(small_text, unfreeze=True, epochs=2, text_head={}, head={"width": 16}, tower_lr=1e-3)
    losses = []
    for chunk in (None, 5):
        out = tmp_path / f"model-{chunk}"
        align(shapes, out, config=whole.model_copy(update={"chunk": chunk, "batch": 18}))
        losses.append([line["loss"] for line in read_metrics(out / "training/align/metrics.jsonl") if "loss" in line])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


@pytest.mark.slow
def test_all_passages_of_a_case_can_be_positives(small_text: str, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 30)
    renamed = [_with_title(case) for case in corpus]
    corpus.upsert(renamed)
    config = settings(small_text, passages="all", epochs=1)
    both = align(corpus, tmp_path / "both", config=config)
    captions = align(corpus, tmp_path / "captions", config=config.model_copy(update={"text_columns": ("caption",)}))
    assert both.texts > captions.texts


def _with_title(case: Case) -> Case:
    from dataclasses import replace

    title = Passage("title", f"A {case.attributes['colour']} thing")
    return replace(case, texts=(*case.texts, title))


@pytest.mark.slow
def test_volumes_with_missing_modalities(small_text: str, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 20, volumes=True, missing=0.5)
    result = align(corpus, tmp_path / "model", config=settings(small_text, epochs=2))
    assert result.loss is not None
    space, views = ModelDirectory(tmp_path / "model").joint(), ModelDirectory(tmp_path / "model").views()
    assert set(views) == {"t1w", "t2w", "flair"} == set(space.image.modalities)
    ood = ModelDirectory(tmp_path / "model").ood_detector("joint")
    assert set(ood.branches) == set(views)
    assert len(ood.groups) == len([case for case in corpus.cases("val") if case.images])


@pytest.mark.slow
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
def test_whole_volumes_go_through_towers_in_three_dimensions(tmp_path: Path, fusion: str) -> None:
    corpus = make_corpus(tmp_path / "corpus", 12, volumes=True, missing=0.5)
    config = settings("bert", epochs=1, grid=(8, 16, 16), fusion=fusion, unfreeze=None, batch=6)
    assert align(corpus, tmp_path / "model", config=config).loss is not None
    model = ModelDirectory(tmp_path / "model")
    assert {view.shape for view in model.views().values()} == {(1, 8, 16, 16)}
    assert model.joint().embed_texts(["A bright spot on the left"]).shape == (1, 128)
    assert set(model.ood_detector("joint").branches) == set(model.joint().image.branches)


@pytest.mark.slow
def test_the_same_command_again_does_nothing_and_other_settings_start_again(
    shapes: Corpus, small_text: str, tmp_path: Path
) -> None:
    config = settings(small_text, epochs=2)
    first = align(shapes, tmp_path, config=config)
    written = (tmp_path / "joint/model.safetensors").stat().st_mtime_ns
    again = align(shapes, tmp_path, config=config)
    assert (tmp_path / "joint/model.safetensors").stat().st_mtime_ns == written
    assert again.loss == first.loss
    assert "already trained" in again.notes[-1]
    other = align(shapes, tmp_path, config=config.model_copy(update={"lr": 1e-2}))
    assert "started from the beginning" in other.notes[-1]
    assert other.resumed_at == 0


@pytest.mark.slow
def test_a_stopped_alignment_ends_as_one_that_was_not(shapes: Corpus, small_text: str, tmp_path: Path) -> None:
    config = settings(small_text, checkpoint_seconds=0.0)

    def stop(done: int, total: int | None, what: str) -> None:
        if what == "steps of training" and done == 17:
            raise RuntimeError("power cut")

    align(shapes, tmp_path / "whole", config=config)
    with pytest.raises(RuntimeError, match="power cut"):
        align(shapes, tmp_path / "cut", config=config, progress=stop)
    result = align(shapes, tmp_path / "cut", config=config)
    assert result.resumed_at == 17
    assert joint_weights(tmp_path / "cut") == joint_weights(tmp_path / "whole")
    logs = [read_metrics(tmp_path / name / "training/align/metrics.jsonl") for name in ("cut", "whole")]
    assert logs[0] == logs[1]


def test_features_are_computed_once(shapes: Corpus, small_text: str, tmp_path: Path) -> None:
    computed: list[str] = []

    def note(done: int, total: int | None, what: str) -> None:
        computed.append(what)

    align(shapes, tmp_path / "a", config=settings(small_text, epochs=1, seed=5), progress=note)
    assert "photo images seen" in computed
    computed.clear()
    align(shapes, tmp_path / "b", config=settings(small_text, epochs=2, seed=5), progress=note)
    assert set(computed) == {"steps of training"}


def test_a_corpus_without_splits_is_trained_on_whole_and_says_so(small_text: str, tmp_path: Path) -> None:
    from dataclasses import replace

    corpus = make_corpus(tmp_path / "corpus", 12)
    corpus.upsert([replace(case, split=None) for case in corpus])
    result = align(corpus, tmp_path / "model", config=settings(small_text, epochs=1))
    assert result.cases == 12
    assert "no splits" in result.notes[0]
    assert ModelDirectory(tmp_path / "model").ood_detector("joint") is None


def test_a_corpus_without_pairs_says_what_to_do(tmp_path: Path, small_text: str) -> None:
    corpus = make_corpus(tmp_path / "corpus", 10)
    with pytest.raises(TrainingError, match=r"image and a text from abstract.*texts come from caption"):
        align(corpus, tmp_path / "model", config=settings(small_text, text_columns=("abstract",)))


def test_an_unknown_setting_names_itself_and_the_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("epochs: 3\nlearning_rate: 1\n")
    with pytest.raises(UsageError, match=r"learning_rate.*Settings: image, text"):
        AlignConfig.read(file)
    file.write_text("epochs: 3\nreadout: {levels: [1, 2]}\n")
    assert AlignConfig.read(file, epochs=4).epochs == 4


@pytest.mark.slow
def test_two_processes_make_the_losses_of_one(small_text: str, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 40)
    plain = {"head": {"width": 16}, "text_head": {}, "epochs": 3}  # no dropout: it differs between processes by design
    config = settings(small_text, **plain)
    align(corpus, tmp_path / "one", config=config)
    (tmp_path / "settings.json").write_text(config.model_dump_json())
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", __file__]
    subprocess.run([*command, str(tmp_path)], check=True, timeout=200, env={**os.environ, "OMP_NUM_THREADS": "1"})
    one, two = (_losses(tmp_path / name) for name in ("one", "two"))
    assert two == pytest.approx(one, rel=1e-4)


def _losses(model: Path) -> list[float]:
    lines = read_metrics(model / "training/align/metrics.jsonl")
    assert np.all(np.diff([line["step"] for line in lines]) >= 0)
    return [line["loss"] for line in lines if "loss" in line]


if __name__ == "__main__":  # one of the two processes
    folder = Path(sys.argv[1])
    align(folder / "corpus", folder / "two", config=AlignConfig.read(folder / "settings.json"))
