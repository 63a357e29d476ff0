"""The two-way decoder: the sentence and the image meet, and the output token weighs the mask head."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.segmenter.decoders import build_decoder
from lexiscope.models.segmenter.two_way import TwoWayDecoder
from lexiscope.models.segmenter.two_way_attention import TwoWayAttention


def _decoder(dims: int = 2) -> TwoWayDecoder:
    torch.manual_seed(0)
    return TwoWayDecoder((4, 6, 8, 8), widths=(4, 6, 8), dims=dims, text=8, attention=16, heads=2)


def _levels(b: int, dims: int = 2) -> list[torch.Tensor]:
    made = torch.Generator().manual_seed(1)
    return [torch.randn(b, n, *[side] * dims, generator=made) for n, side in ((4, 16), (6, 8), (8, 4), (8, 2))]


@pytest.mark.parametrize("dims", [2, 3])
def test_each_sentence_is_decoded_as_if_it_were_alone(dims: int) -> None:
    decoder, levels = _decoder(dims), _levels(2, dims)
    words = torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(2))
    together = decoder(levels, words)
    assert [tuple(x.shape[:2]) for x in together.features] == [(6, 4), (6, 6), (6, 8)]
    alone = decoder([level[1:] for level in levels], words[1:, 2:])
    torch.testing.assert_close(together.features[0][5:], alone.features[0])
    torch.testing.assert_close(together.words[1:, 2:], alone.words)


def test_sentences_reach_the_features_and_the_image_reaches_the_token() -> None:
    decoder, levels = _decoder(), _levels(1)
    words = torch.randn(1, 2, 8, generator=torch.Generator().manual_seed(2))
    decoded = decoder(levels, words)
    assert not torch.allclose(decoded.features[0][0], decoded.features[0][1])
    other = decoder([*levels[:-1], levels[-1].flip(2)], words)
    assert not torch.allclose(decoded.words, other.words)


def test_the_output_token_adds_nothing_to_the_mask_heads_before_training() -> None:
    decoder = _decoder()
    decoded = decoder(_levels(1), torch.randn(1, 2, 8))
    assert [tuple(x.shape) for x in decoded.kernels] == [(2, 4), (2, 6), (2, 8)]
    assert not any(x.any() for x in decoded.kernels)
    sum(x.sum() for x in decoded.kernels).backward()
    assert decoder.kernels[0][-1].weight.grad.any()


def test_places_of_an_image_are_told_apart() -> None:
    attention = TwoWayAttention(width=16, heads=2, dims=2)
    tokens, image = attention(torch.randn(1, 2, 16), torch.ones(1, 16, 3, 4))
    assert tokens.shape == (1, 2, 16)
    assert image.shape == (1, 16, 3, 4)
    assert image.flatten(2).std(dim=2).min() > 1e-4


def test_a_decoder_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ModelError, match="a decoder of the kind film or two-way, got 'loud'"):
        build_decoder({"kind": "loud"}, levels=(4, 8), widths=(4,), dims=2, text=8)


def test_attention_and_what_weighs_the_heads_learn_at_a_smaller_rate() -> None:
    decoder = _decoder()
    assert decoder.calm_parts == (decoder.attention, decoder.kernels)
    assert build_decoder({"kind": "film"}, levels=(4, 8), widths=(4,), dims=2, text=8).calm_parts == ()
