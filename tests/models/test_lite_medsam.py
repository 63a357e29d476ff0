"""LiteMedSAM's attention in the two-way decoder: every weight has its place."""

from pathlib import Path

import pytest
import torch

from lexiscope.models.lite_medsam import LITE_MEDSAM_ATTENTION, lite_medsam_attention
from lexiscope.models.segmenter.two_way import TwoWayDecoder


def _decoder(dims: int) -> TwoWayDecoder:
    return TwoWayDecoder((4, 4, 4, 4), widths=(4, 4, 4), dims=dims, text=4, **LITE_MEDSAM_ATTENTION)


def test_weights_take_the_places_of_their_names(tmp_path: Path) -> None:
    attention = {name: torch.randn_like(x) for name, x in _decoder(2).attention.state_dict().items()}
    frequencies = attention.pop("frequencies")
    checkpoint = {f"mask_decoder.transformer.{name}": x for name, x in attention.items()}
    checkpoint["mask_decoder.mask_tokens.weight"] = torch.randn(4, 256)
    checkpoint["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"] = frequencies
    checkpoint["image_encoder.patch_embed.weight"] = torch.randn(1)
    torch.save(checkpoint, tmp_path / "lite.pth")
    for dims in (2, 3):
        decoder = _decoder(dims)
        read = lite_medsam_attention(tmp_path / "lite.pth", dims=dims)
        assert ("attention.frequencies" in read) == (dims == 2)
        decoder.load_state_dict({**decoder.state_dict(), **read})
        name = "layers.1.cross_attn_image_to_token.q_proj.weight"
        assert torch.equal(decoder.attention.state_dict()[name], attention[name])
        assert torch.equal(decoder.output, checkpoint["mask_decoder.mask_tokens.weight"][0])


@pytest.mark.weights
def test_the_packaged_checkpoint_fills_the_whole_attention(installed) -> None:
    read = lite_medsam_attention(installed("lite-medsam").path, dims=2)
    own = _decoder(2).state_dict()
    assert read.keys() == {name for name in own if name.startswith("attention.") or name == "output"}
    assert all(read[name].shape == own[name].shape for name in read)
