"""Opening the last blocks of an image tower: they learn, and nothing else of the towers changes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.towers.automatic import load_tower
from lexiscope.testing import make_corpus
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig


@pytest.fixture(scope="module")
def dinov2(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A DINOv2 of three small blocks with random weights, in the layout of the hub."""
    from transformers import Dinov2Config, Dinov2Model

    folder = tmp_path_factory.mktemp("dinov2")
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 28}
    torch.manual_seed(0)
    Dinov2Model(Dinov2Config(**sizes)).save_pretrained(folder)
    return str(folder)


def settings(image: str, text: str, /, **more: object) -> AlignConfig:
    base = {"image": image, "text": text, "size": 28, "batch": 12, "epochs": 1, "open_blocks": 1, "tower_lr": 1e-2}
    readout = {"levels": (1, 2), "statistics": ("cls", "mean")}
    return AlignConfig.of({**base, "label": "colour", "readout": readout, **more})


def test_the_last_blocks_that_are_read_learn_and_nothing_else(dinov2: str, small_text: str, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 12)
    corpus.upsert([replace(case, split="train") for case in corpus])  # without val the last epoch is kept
    align(corpus, tmp_path / "model", config=settings(dinov2, small_text))
    before = load_tower(dinov2, allow_download=False).tower.state_dict()
    after = ModelDirectory(tmp_path / "model").joint().image.tower("photo").state_dict()
    moved = {".".join(name.split(".")[:4]) for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"model.encoder.layer.1"}  # the third block makes a level that nobody reads


def test_the_text_tower_stays_as_it_is(shapes: Corpus, dinov2: str, small_text: str, tmp_path: Path) -> None:
    from safetensors import safe_open

    align(shapes, tmp_path / "model", config=settings(dinov2, small_text, open_blocks=2))
    with safe_open(tmp_path / "model/training/align/checkpoint.safetensors", framework="pt") as checkpoint:
        trained = {name.removeprefix("weights/space.") for name in checkpoint.keys() if "weights/" in name}  # noqa: SIM118
    assert not [name for name in trained if name.startswith("text.")]
    assert {name.split(".")[6] for name in trained if name.startswith("image.towers.")} == {"0", "1"}


def test_a_stopped_run_ends_as_one_that_was_not(shapes: Corpus, dinov2: str, small_text: str, tmp_path: Path) -> None:
    config = settings(dinov2, small_text, checkpoint_seconds=0.0)

    def stop(done: int, total: int | None, what: str) -> None:
        if what == "steps of training" and done == 2:
            raise RuntimeError("power cut")

    align(shapes, tmp_path / "whole", config=config)
    with pytest.raises(RuntimeError, match="power cut"):
        align(shapes, tmp_path / "cut", config=config, progress=stop)
    assert align(shapes, tmp_path / "cut", config=config).resumed_at == 2
    ends = [(tmp_path / name / "joint" / "model.safetensors").read_bytes() for name in ("cut", "whole")]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"open_blocks": 3}, ModelError, "at least 3 blocks before the deepest level.*has 2"),
        ({"unfreeze": True}, UsageError, "got --unfreeze or --freeze beside it"),
        ({"image": "cnn"}, UsageError, "got towers from scratch beside it"),
        ({"text": "bert"}, UsageError, "got towers from scratch beside it"),
    ],
)
def test_what_cannot_be_opened_is_refused(
    shapes: Corpus, dinov2: str, small_text: str, tmp_path: Path, more: dict, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        align(shapes, tmp_path / "model", config=settings(dinov2, small_text, **more))
    assert not (tmp_path / "model" / "joint").exists()
