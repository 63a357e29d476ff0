"""One transformer layer: masked tokens are never attended to."""

import torch

from lexiscope.models.towers.block import Block


def block() -> Block:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Block(12, 3).eval()


@torch.no_grad()
def test_masked_tokens_change_nothing() -> None:
    x = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(1))
    mask = torch.tensor([[True, True, True, False, False], [True] * 5])
    spoiled = x.clone()
    spoiled[0, 3:] = 1e4
    torch.testing.assert_close(block()(spoiled, mask)[0, :3], block()(x, mask)[0, :3])
    torch.testing.assert_close(block()(x, mask)[0, :3], block()(x[:1, :3])[0])
    torch.testing.assert_close(block()(x, mask)[1], block()(x)[1])


@torch.no_grad()
def test_tokens_have_no_order() -> None:
    x = torch.randn(1, 5, 12, generator=torch.Generator().manual_seed(1))
    turned = [3, 1, 4, 0, 2]
    torch.testing.assert_close(block()(x[:, turned]), block()(x)[:, turned], atol=1e-5, rtol=1e-4)
