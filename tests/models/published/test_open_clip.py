"""A ViT of timm beside a BERT in open_clip's layout: embeddings by a second implementation, and what is refused."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from lexiscope.core.errors import WeightsError
from lexiscope.models.joint import JointSpace
from lexiscope.models.published.space import load_published
from lexiscope.models.weights import resolve
from lexiscope.testing.published import SIDE, save_open_clip
from lexiscope.views.planar import PlanarView

TEXTS = ["a red disc", "a green square , and a blue cross"]
WEIGHTS = "open_clip_model.safetensors"


def timm_vit(w: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The class token of timm's ViT: blocks of pre-norm attention and network, as its source writes them."""

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], eps=1e-6)

    x = functional.conv2d(x, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=8)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([w["cls_token"].expand(len(x), -1, -1), x], dim=1) + w["pos_embed"]
    for block in ("blocks.0", "blocks.1"):
        b, n, d = x.shape
        qkv = linear(norm(x, f"{block}.norm1"), f"{block}.attn.qkv").reshape(b, n, 3, 1, d).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(*qkv).transpose(1, 2).reshape(b, n, d)
        x = x + linear(attended, f"{block}.attn.proj")
        x = x + linear(functional.gelu(linear(norm(x, f"{block}.norm2"), f"{block}.mlp.fc1")), f"{block}.mlp.fc2")
    return norm(x, "norm")[:, 0]


def test_it_embeds_as_open_clip_does(tmp_path):
    published = load_published(save_open_clip(tmp_path / "published", TEXTS))
    assert (published.source.layout, published.image.preparation.fit) == ("open_clip", "crop")
    views = {"photo": PlanarView(size=SIDE, intensity=published.image.preparation.intensity)}
    published.joint_space(views).save_pretrained(tmp_path / "saved")
    space = JointSpace.from_pretrained(tmp_path / "saved")
    weights = load_file(tmp_path / "published" / WEIGHTS)
    trunk = {name.removeprefix("visual.trunk."): x for name, x in weights.items() if name.startswith("visual.trunk.")}
    pixels = torch.randn(2, 3, SIDE, SIDE)
    seen = timm_vit(trunk, pixels) @ weights["visual.head.proj.weight"].T
    with torch.no_grad():
        images = space.embed_images({"photo": pixels}, {"photo": torch.tensor([True, True])})
        states = torch.stack([state[0] for state in space.text.token_states(TEXTS)])  # of each text's class token
        words = space.embed_texts(TEXTS)
    torch.testing.assert_close(images, functional.normalize(seen, dim=-1))
    told = functional.gelu(states @ weights["text.proj.0.weight"].T) @ weights["text.proj.2.weight"].T
    torch.testing.assert_close(words, functional.normalize(told, dim=-1))


def test_other_halves_and_layers_are_refused(tmp_path):
    name = save_open_clip(tmp_path, TEXTS)
    state = load_file(tmp_path / WEIGHTS)
    save_file({**state, "visual.trunk.blocks.0.ls1.gamma": torch.ones(64)}, tmp_path / WEIGHTS)
    with pytest.raises(WeightsError, match=r"plain ViT .* got visual\.trunk\.blocks\.0\.ls1\.gamma; save the model"):
        load_published(name)
    settings = json.loads((tmp_path / "open_clip_config.json").read_text())
    settings["model_cfg"]["vision_cfg"]["timm_model_name"] = "convnext_base"
    (tmp_path / "open_clip_config.json").write_text(json.dumps(settings))
    with pytest.raises(WeightsError, match=r"plain ViT of timm beside a BERT .*convnext_base"):
        load_published(name)


def test_a_pickle_is_refused_with_what_to_convert(tmp_path):
    save_open_clip(tmp_path, TEXTS)
    (tmp_path / WEIGHTS).rename(tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"a pickle is never read\. Convert it once, as docs/reference/presets\.md"):
        resolve(str(tmp_path))
