import pytest
import torch

from lexiscope.interpret.saliency.rollout import attention_maps, attention_rollout, recorded_attention
from lexiscope.interpret.subject import Attention
from lexiscope.models.towers.block import Block
from lexiscope.models.towers.vit import ViT


def test_two_layers_worked_by_hand():
    first = torch.tensor([[[[1.0, 0.0], [0.5, 0.5]]]])
    second = torch.tensor([[[[0.0, 1.0], [1.0, 0.0]]]])
    # halves with the identity: [[1, 0], [.25, .75]] then [[.5, .5], [.5, .5]]
    rolled = attention_rollout([first, second])
    assert torch.allclose(rolled, torch.tensor([[[0.625, 0.375], [0.625, 0.375]]]))


def test_what_was_added_around_an_image_is_not_in_its_map():
    to_each = torch.tensor([0.4, 0.3, 0.2, 0.1])  # patches of 2 x 2, of which the image covers the upper left
    layer = to_each.expand(1, 1, 4, 4)
    whole = attention_maps({"t1": Attention([layer], 0, (2, 2))}, {"t1": (4, 4)})["t1"]
    part = attention_maps({"t1": Attention([layer], 0, (2, 2), covered=(0.5, 0.5))}, {"t1": (2, 2)})["t1"]
    assert torch.equal(part, whole[:, :2, :2])
    assert part.argmax() == 0


def test_heads_are_averaged_and_rows_sum_to_one():
    layers = [torch.softmax(torch.randn(2, 3, 5, 5, generator=torch.Generator().manual_seed(n)), -1) for n in range(4)]
    rolled = attention_rollout(layers)
    assert torch.allclose(rolled.sum(-1), torch.ones(2, 5))
    assert torch.allclose(rolled, attention_rollout([layer.mean(1, keepdim=True) for layer in layers]))


def test_the_recorded_attention_of_a_block_gives_what_the_block_gives():
    torch.manual_seed(0)
    block, x = Block(8, 2), torch.randn(2, 5, 8)
    with recorded_attention(block) as layers, torch.no_grad():
        out = block(x)
        values = block.queries_keys_values(block.norm_attention(x)).chunk(3, dim=-1)[2]
        read = (layers[0] @ values.unflatten(-1, (2, 4)).transpose(1, 2)).transpose(1, 2).flatten(2)
        again = x + block.attended(read)
        again = again + block.network(block.norm_network(again))
    assert len(layers) == 2  # the second is our own call of the projection
    assert torch.allclose(out, again, atol=1e-6)


@pytest.mark.slow
def test_the_recorded_attention_of_transformers_is_what_transformers_says():
    from transformers import Dinov2Config, Dinov2Model, SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 16, "patch_size": 8}
    for model in (
        Dinov2Model(Dinov2Config(**sizes, attn_implementation="eager")),
        SiglipVisionModel(SiglipVisionConfig(**sizes, intermediate_size=32, attn_implementation="eager")),
    ):
        model.eval()
        with recorded_attention(model) as layers, torch.no_grad():
            out = model(pixel_values=torch.randn(1, 3, 16, 16), output_attentions=True)
        assert len(layers) == len(out.attentions) == 2
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(layers, out.attentions, strict=True))


def test_maps_have_the_size_of_the_image():
    torch.manual_seed(0)
    tower = ViT(channels=1, patch=4, width=8, depth=2, heads=2)
    with recorded_attention(tower) as layers, torch.no_grad():
        tower(torch.randn(3, 1, 8, 12))
    (whole,) = attention_maps({"T1": Attention(layers, 1, (2, 3))}, {"T1": (8, 12), "T2": (8, 12)}).values()
    (sliced,) = attention_maps({"T1": Attention(layers, 1, (2, 3), slices=3)}, {"T1": (3, 8, 12)}).values()
    assert whole.shape == (3, 8, 12)
    assert whole.min() > 0
    assert torch.equal(sliced[0], whole)
