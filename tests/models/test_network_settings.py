"""Settings of strangers describe a network and nothing else: no kernel, no class, no other file is ever asked for."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lexiscope.core.errors import LexiscopeError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.network_settings import network_settings
from lexiscope.models.offline import offline
from lexiscope.models.pretrained import rebuild
from lexiscope.testing.parts import tiny_content

BERT = {
    "model_type": "bert",
    "vocab_size": 9,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": 8,
}
EVIL: list[dict[str, Any]] = [
    {"_attn_implementation": "evil-org/evil-kernel"},
    {"attn_implementation": "evil-org/evil-kernel"},
    {"_attn_implementation_internal": "evil-org/evil-kernel"},
    {"_experts_implementation": "evil-org/evil-kernel"},
    {"use_kernels": True, "kernel_config": {"kernel_mapping": {"RMSNorm": "evil-org/evil-kernel"}}},
    {"auto_map": {"AutoModel": "evil-org/evil--modeling.Evil"}},
    {"quantization_config": {"quant_method": "gptq", "bits": 4}},
    {"transformers_weights": "/etc/passwd"},
    {"fusion_config": {"patch_embeddings": True}},
    {"_name_or_path": "evil-org/evil"},
    {"distributed_config": {}},
]


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that a stand-in for the package `kernels` is asked for."""
    rebuild(BERT)  # transformers looks for optional packages when it first builds something, and a stand-in is none
    asked: list[Any] = []
    stand_in = ModuleType("kernels")
    stand_in.get_kernel = lambda *given, **_: asked.append(given)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kernels", stand_in)
    return asked


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: next(iter(evil)))
def test_only_the_description_of_a_network_is_kept(evil: dict[str, Any], kernels: list[Any]) -> None:
    assert network_settings({**BERT, **evil}) == BERT
    vision = {**BERT, "model_type": "siglip_vision_model"}
    assert "siglip" in network_settings(vision)["model_type"]
    both = {"model_type": "llava", "text_config": {**BERT, **evil}, "vision_config": evil}
    assert network_settings(both)["text_config"] == BERT
    assert not evil.keys() & network_settings(both)["vision_config"].keys()
    model = rebuild({**BERT, **evil})
    assert model.config._attn_implementation in ("sdpa", "eager")
    assert kernels == []


@pytest.mark.slow
@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: next(iter(evil)))
@pytest.mark.parametrize("place", [(), ("text",), ("text", "model"), ("encoder",)], ids="/".join)
def test_a_model_of_a_stranger_loads_the_same(
    evil: dict[str, Any], place: tuple[str, ...], kernels: list[Any], tmp_path: Path
) -> None:
    model = ModelDirectory(tmp_path / "model")
    model.save("joint", tiny_content("joint"), record={})
    clean = model.joint().embed_texts(["a crack"])
    file = model.path / "joint" / "config.json"
    settings = json.loads(file.read_text())
    inner = settings
    for name in place:
        inner = inner[name]
    inner.update(evil)
    file.write_text(json.dumps(settings))
    (model.path / "joint" / "adapter_config.json").write_text('{"base_model_name_or_path": "evil-org/evil"}')
    assert model.joint().embed_texts(["a crack"]).equal(clean)
    assert kernels == []


def test_more_layers_than_any_network_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises((LexiscopeError, ValueError), match="num_hidden_layers"):
        network_settings({**BERT, "num_hidden_layers": 10**9})


def test_the_hub_is_out_of_reach_while_models_load(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants, is_offline_mode

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with offline():
        assert is_offline_mode()
    assert not is_offline_mode()
