"""Gradient caching: the gradients of the whole batch, with the activations of a chunk."""

import torch
from torch import nn
from torch.nn.functional import normalize

from lexiscope.training.align.gradient_caching import encode_in_chunks


class Tower(nn.Module):
    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Dropout(dropout), nn.Linear(8, 4)).double()
        self.seen: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(x))
        return normalize(self.layers(x), dim=-1)


def contrast(z: torch.Tensor) -> torch.Tensor:
    return (9 * z @ z.flip(0).T).log_softmax(dim=1).diagonal().mean()


def test_gradients_equal_those_of_the_whole_batch() -> None:
    torch.manual_seed(0)
    tower, x = Tower(), torch.randn(7, 5, dtype=torch.float64)
    weights = list(tower.parameters())
    whole = torch.autograd.grad(contrast(encode_in_chunks(tower, x, chunk=None)), weights)
    chunked = torch.autograd.grad(contrast(encode_in_chunks(tower, x, chunk=3)), weights)
    torch.testing.assert_close(chunked, whole, rtol=1e-12, atol=1e-14)


def test_no_forward_pass_sees_more_than_a_chunk() -> None:
    tower = Tower()
    contrast(encode_in_chunks(tower, torch.randn(7, 5, dtype=torch.float64), chunk=3)).backward()
    assert sorted(tower.seen) == [1, 1, 3, 3, 3, 3]  # each chunk forward, and again while its gradient flows


def test_dropout_is_the_same_in_both_passes() -> None:
    torch.manual_seed(0)
    tower, x = Tower(dropout=0.5), torch.randn(6, 5, dtype=torch.float64)
    outputs: list[torch.Tensor] = []
    tower.layers[2].register_forward_hook(lambda module, given, result: outputs.append(result.detach().clone()))
    encode_in_chunks(tower, x, chunk=3).sum().backward()
    first, second = outputs[:2], outputs[2:]
    assert {tuple(z.flatten().tolist()) for z in first} == {tuple(z.flatten().tolist()) for z in second}


def test_nothing_is_computed_twice_without_gradients() -> None:
    tower = Tower()
    with torch.no_grad():
        encode_in_chunks(tower, torch.randn(7, 5, dtype=torch.float64), chunk=3)
    assert tower.seen == [7]
