"""Pretrained backbones in training: a few steps each, with the tower frozen, beside an adapter, and trained."""

from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import resolve
from lexiscope.testing.masked import make_masked_corpus
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.segment import train_segmenter


def _changed(segmenter: Segmenter, config: SegmentConfig) -> set[str]:
    """Weights of the tower that are no longer those that it came with; an adapter comes with nothing that it adds."""
    assert config.pretrained is not None
    before = PretrainedTower.load(resolve(config.pretrained))[1].state_dict()
    now = {name.replace(".base_layer.", "."): x for name, x in segmenter.trunk.tower.state_dict().items()}
    return {name for name, x in now.items() if x.any() and not torch.equal(x, before.get(name, torch.zeros(())))}


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.parametrize("tower", ["frozen", "lora", "trained"])
@pytest.mark.parametrize("backbone", ["vit", "mobilenet-v2"])
def test_steps_train_what_should_train_of_a_tower_and_all_of_it_is_saved(
    tmp_path: Path, backbone: str, tower: str
) -> None:
    corpus = make_masked_corpus(tmp_path / "corpus", 3)  # all of them train: the last epoch is kept
    config = SegmentConfig(backbone=backbone, tower=tower, epochs=1, windows=6, batch=2, augment=False, width=4)
    result = train_segmenter(corpus, tmp_path / "model", config=config)
    segmenter = ModelDirectory(tmp_path / "model").load("segmenter").segmenter
    changed = _changed(segmenter, config)
    assert bool(changed) == (tower != "frozen")
    assert any("lora_B" in name for name in changed) == (tower == "lora")
    assert all("lora" in name for name in changed) == (tower != "trained")
    assert not any(name.endswith("running_mean") for name in changed)
    assert dict(result.parameters) == segmenter.count_parameters()
    assert segmenter.keeps_tokens == (tower == "frozen")


def test_weights_of_an_attention_need_one() -> None:
    with pytest.raises(UsageError, match="'film' has no attention that could start from 'lite-medsam'"):
        SegmentConfig(attention="lite-medsam").check()


def test_a_backbone_from_scratch_has_no_tower_to_train() -> None:
    with pytest.raises(UsageError, match="'cnn' has no pretrained tower that could be 'lora'"):
        SegmentConfig(tower="lora").check()
