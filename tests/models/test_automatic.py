"""The name "auto": the best tower in a made hub cache, what is passed over, and what is recorded of the choice."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lexiscope.core.errors import WeightsError
from lexiscope.models.build import build_joint_space
from lexiscope.models.card import CardSection, model_card
from lexiscope.models.presets import PRESETS
from lexiscope.models.towers import automatic
from lexiscope.models.towers.automatic import RANKED, best_tower
from lexiscope.models.weights import resolve
from lexiscope.testing.models import random_images, tiny_text_tower, tiny_views

_DINOV2, _DINOV3 = "facebook/dinov2-small", "facebook/dinov3-vits16-pretrain-lvd1689m"
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def _dinov2() -> Any:
    from transformers import Dinov2Config, Dinov2Model

    return Dinov2Model(Dinov2Config(image_size=28, **_SIZES))


def _dinov3() -> Any:
    from transformers import DINOv3ViTConfig, DINOv3ViTModel

    return DINOv3ViTModel(DINOv3ViTConfig(image_size=32, num_register_tokens=4, **_SIZES))


def _siglip() -> Any:
    from transformers import SiglipConfig, SiglipModel

    words = {"vocab_size": 32, **_SIZES}
    return SiglipModel(SiglipConfig(vision_config={"image_size": 32, "patch_size": 16, **_SIZES}, text_config=words))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], Path]:
    """Puts a model into the cache as the hub's client does, files as links to blobs; returns its snapshot."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    offline = tmp_path / "packaged"
    _dinov2().save_pretrained(offline)
    monkeypatch.setattr(automatic, "OFFLINE", str(offline))

    def put(name: str, model: Any) -> Path:
        kept = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
        blobs, snapshot = kept / "blobs", kept / "snapshots" / _COMMIT
        model.save_pretrained(blobs)
        snapshot.mkdir(parents=True)
        for blob in blobs.iterdir():
            (snapshot / blob.name).symlink_to(Path("../../blobs") / blob.name)
        (kept / "refs").mkdir()
        (kept / "refs" / "main").write_text(_COMMIT)
        return snapshot

    return put


def test_the_first_in_rank_is_taken_and_says_what_was_not_there(hub) -> None:
    hub("google/siglip2-base-patch16-224", _siglip())
    assert best_tower().source.name == "google/siglip2-base-patch16-224"
    hub(_DINOV2, _dinov2())
    chosen = best_tower()
    assert (chosen.source.name, chosen.source.place, chosen.tower.prefix) == (_DINOV2, "hub cache", 1)
    absent = [name for name in RANKED if "dinov3" in name] + ["facebook/dinov2-large", "facebook/dinov2-base"]
    assert chosen.origin["chosen"] == (
        f"{_DINOV2} (Apache-2.0) was taken as image tower: the first in rank of those on this machine; "
        f"not in the hub cache: {', '.join(absent)}"
    )
    hub(_DINOV3, _dinov3())
    chosen = best_tower()
    assert (chosen.source.name, chosen.source.licence, chosen.tower.prefix) == (_DINOV3, "DINOv3 License", 5)


def test_without_a_cache_the_packaged_tower_is_taken_with_all_that_was_looked_for(hub) -> None:
    chosen = best_tower()
    assert chosen.source.name == automatic.OFFLINE
    assert chosen.why == f"the one that travels in a package; not in the hub cache: {', '.join(RANKED)}"


def test_large_ones_are_passed_over_without_an_accelerator(hub, monkeypatch) -> None:
    hub("facebook/dinov2-large", _dinov2())
    hub(_DINOV2, _dinov2())
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert best_tower().source.name == _DINOV2
    assert "passed over: facebook/dinov2-large (too slow without an accelerator: 304 M" in best_tower().why
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    assert best_tower().source.name == "facebook/dinov2-large"


def _cut(snapshot: Path) -> None:
    blob = (snapshot / "model.safetensors").resolve()
    blob.write_bytes(blob.read_bytes()[:-40])


def _pickle(snapshot: Path) -> None:
    (snapshot / "model.safetensors").rename(snapshot / "pytorch_model.bin")


def _lose_a_part(snapshot: Path) -> None:
    parts = {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))


def _lose_tensors(snapshot: Path) -> None:
    from safetensors.torch import load_file, save_file

    blob = (snapshot / "model.safetensors").resolve()
    tensors = load_file(blob)
    save_file({name: tensor.clone() for name, tensor in tensors.items() if "layer.1" not in name}, blob)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_cut, r"damaged or cut off: model\.safetensors \("),
        (_pickle, r"only pickles: pytorch_model\.bin"),
        (_lose_a_part, r"half downloaded: 1 of 2 files of weights are not there: model-00002-of-00002\.safetensors"),
        (_lose_tensors, r"lacks \d+ tensors"),
        (lambda snapshot: (snapshot / "config.json").unlink(), r"half downloaded: it has no config\.json"),
        (lambda snapshot: (snapshot / "model.safetensors").resolve().unlink(), r"half downloaded: 1 of 1 files"),
        (lambda snapshot: (snapshot / "model.safetensors").unlink(), r"half downloaded: it has no \*\.safetensors"),
        (lambda snapshot: (snapshot.parents[1] / "refs" / "main").unlink(), "half downloaded: it has no snapshot"),
        (lambda snapshot: (snapshot / "model.safetensors.index.json").write_text("[]"), "is no list of files"),
        (lambda snapshot: (snapshot / "config.json").write_text('{"model_type": "bert"}'), "transformers cannot read"),
    ],
)
def test_what_is_damaged_or_half_downloaded_is_passed_over_with_its_reason(hub, damage, reason: str) -> None:
    damage(hub(_DINOV2, _dinov2()))
    hub("google/siglip-base-patch16-224", _siglip())
    chosen = best_tower()
    assert chosen.source.name == "google/siglip-base-patch16-224"
    _, passed, absent = chosen.why.split("; ")
    assert re.fullmatch(rf"passed over: {_DINOV2} \(.*{reason}.*\)", passed)
    assert "/models--" not in passed  # a path means nothing on another machine
    assert f"{_DINOV2}," not in absent


def test_a_name_that_is_half_downloaded_says_so(hub) -> None:
    (hub(_DINOV2, _dinov2()) / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"in the hub cache, but half downloaded: it has no config\.json or open_"):
        resolve(_DINOV2)


def test_a_snapshot_without_the_pickles_that_the_hub_lists_is_whole(hub) -> None:
    snapshot = hub(_DINOV2, _dinov2())
    listed = {"size": 1, "blob_id": "0" * 40, "lfs_sha256": None, "lfs_size": None, "xet_hash": None}
    listing = snapshot.parents[1] / "trees" / f"{_COMMIT}.json"
    listing.parent.mkdir()
    names = ("config.json", "model.safetensors", "pytorch_model.bin")
    listing.write_text(json.dumps({"format_version": 1, "files": dict.fromkeys(names, listed)}))
    assert resolve(_DINOV2).path == snapshot


def test_the_choice_stands_in_the_model_and_on_its_card(hub) -> None:
    hub(_DINOV3, _dinov3())
    views = tiny_views(modalities=("t1",))
    space = build_joint_space(views, image="auto", text_tower=tiny_text_tower())
    (origin,) = space.config.weights
    assert origin["name"] == _DINOV3
    card = model_card([CardSection("Joint space", "joint", "", space.config.weights, views)])
    assert "was taken as image tower: the first in rank of those on this machine" in card
    with torch.no_grad():
        assert space.embed_images(random_images(views, cases=2), {"t1": torch.tensor([True, True])}).shape[0] == 2


def test_every_ranked_tower_is_a_preset() -> None:
    assert set(RANKED) <= set(PRESETS)
