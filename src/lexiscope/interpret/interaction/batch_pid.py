"""Partial information decomposition by small networks, for features that neither clusters nor moments describe.

The BATCH estimator of https://arxiv.org/abs/2302.12247: networks learn p(y | x1), p(y | x2) and p(y | x1, x2); two more
give q(x1, x2 | y) within a batch as exp(<q1(x1), q2(x2)> / sqrt(d)), brought by Sinkhorn's steps to the marginals that
p prescribes, and are trained towards the q that tells least. Ours is that the first three stop where held-out groups
are told best: of few cases they would learn labels by heart, and tell much of random ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from lexiscope.interpret.interaction.pid import Pid

_HIDDEN, _EMBEDDED, _BATCH = 32, 10, 256
_FEWEST_STEPS, _FEWEST_ALIGN_STEPS = 400, 50  # where cases are few, 40 passes over them are too little to learn from
_LOOK_EVERY = 10
_FEWEST_GROUPS = 4
_SINKHORN_STEPS, _TOLERANCE = 500, 0.01
_TINY = 1e-8


def batch_pid(
    first: Float[np.ndarray, "n d1"],
    second: Float[np.ndarray, "n d2"],
    labels: Int64[np.ndarray, " n"],
    *,
    groups: Sequence[str],
    classes: int,
    seed: int = 0,
    epochs: int = 40,
    align_epochs: int = 10,
) -> Pid:
    """Decompose what two features say about classes: networks learn on half of the groups and are read on the others.

    Args:
        first: Features of the first source.
        second: Those of the second.
        labels: Numbers of the classes.
        groups: Patient, paper or specimen of each case.
        classes: Number of classes.
        seed: Seed of the halves, of the networks and of their batches.
        epochs: Passes over the data that the discriminators learn for, at least 400 steps.
        align_epochs: Passes that q learns for, at least 50 steps.

    Raises:
        ValueError: fewer than four groups.
    """
    learnt, held_out, test = _split(groups, seed)
    generator = torch.Generator().manual_seed(seed)
    y = torch.from_numpy(np.asarray(labels, dtype=np.int64))
    one, two = _standardised(first, learnt), _standardised(second, learnt)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        align = _Align(one.shape[1], two.shape[1], classes)
        said = [
            _label_probabilities(x, y, learnt, held_out, classes=classes, epochs=epochs, generator=generator)
            for x in (one, two, torch.cat([one, two], 1))
        ]
    pairs = _Pairs(one, two, said[0], said[1])
    _learn_alignment(align, pairs.take(learnt), epochs=align_epochs, generator=generator)
    shares = torch.bincount(y[learnt], minlength=classes) / len(learnt)
    informed = [float(_information(probabilities[test], shares).mean()) for probabilities in said]
    return Pid.of(informed[0], informed[1], informed[2], _least(align, pairs.take(test), shares))


def sinkhorn(
    weights: Float[Tensor, "a b k"], rows: Float[Tensor, "a k"], columns: Float[Tensor, "b k"]
) -> Float[Tensor, "a b k"]:
    """Scale positive weights until, for each k, rows and columns sum to what is asked, within 0.01.

    Args:
        weights: Positive.
        rows: Sums wanted over b.
        columns: Sums wanted over a.

    Example:
        >>> scaled = sinkhorn(torch.ones(2, 2, 1), torch.tensor([[0.4], [0.6]]), torch.tensor([[0.5], [0.5]]))
        >>> scaled[..., 0].round(decimals=2).tolist()
        [[0.20000000298023224, 0.20000000298023224], [0.30000001192092896, 0.30000001192092896]]
    """
    for _ in range(_SINKHORN_STEPS):
        weights = weights / (weights.sum(0, keepdim=True) + _TINY) * columns[None]
        weights = weights / (weights.sum(1, keepdim=True) + _TINY) * rows[:, None]
        if torch.allclose(weights.sum(0), columns, rtol=0, atol=_TOLERANCE):
            break
    return weights


class _Mlp(nn.Sequential):
    def __init__(self, width: int, out: int) -> None:
        inner = [layer for _ in range(3) for layer in (nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU())]
        super().__init__(nn.Linear(width, _HIDDEN), nn.ReLU(), *inner, nn.Linear(_HIDDEN, out))


class _Align(nn.Module):
    """q(x1, x2 | y) over a batch, up to the size of the batch."""

    def __init__(self, first: int, second: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.first, self.second = _Mlp(first, classes * _EMBEDDED), _Mlp(second, classes * _EMBEDDED)

    def forward(
        self,
        first: Float[Tensor, "b d1"],
        second: Float[Tensor, "b d2"],
        p_first: Float[Tensor, "b k"],
        p_second: Float[Tensor, "b k"],
    ) -> Float[Tensor, "b b k"]:
        """Joint weights of each pair of the batch and each class, with marginals p(y | x1) and p(y | x2)."""
        one = self._embedded(self.first(first))
        two = self._embedded(self.second(second))
        weights = torch.exp(torch.einsum("akd,bkd->abk", one, two) / _EMBEDDED**0.5)
        # rows and columns sum to the same for each class only if the batch has as much of it for both sources
        return sinkhorn(weights, p_first, p_second * (p_first.sum(0) / (p_second.sum(0) + _TINY)))

    def _embedded(self, values: Float[Tensor, "b e"]) -> Float[Tensor, "b k d"]:
        values = values.unflatten(1, (self.classes, _EMBEDDED))
        return F.layer_norm(values, (_EMBEDDED,))


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Features of both sources, with p(y | x1) and p(y | x2)."""

    one: Float[Tensor, "n d1"]
    two: Float[Tensor, "n d2"]
    p_one: Float[Tensor, "n k"]
    p_two: Float[Tensor, "n k"]

    def take(self, rows: Tensor) -> "_Pairs":
        return _Pairs(self.one[rows], self.two[rows], self.p_one[rows], self.p_two[rows])


def _told_by_second(align: _Align, pairs: _Pairs) -> Float[Tensor, " b"]:
    """I_q(X2; Y | x1) of each case: sum of p(y | x1) q(x2 | x1, y) [log q(x2 | x1, y) - log q(x2 | x1)]."""
    weights = align(pairs.one, pairs.two, pairs.p_one, pairs.p_two)
    q = weights / (weights.sum(1, keepdim=True) + _TINY)
    told = torch.log(q + _TINY) - torch.log(torch.einsum("abk,ak->ab", q, pairs.p_one) + _TINY)[..., None]
    return (pairs.p_one[:, None] * q * told).sum((1, 2))


def _batches(n: int, epochs: int, fewest: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Rows of each step."""
    steps = -(-n // _BATCH)
    for _ in range(max(epochs, -(-fewest // steps))):
        yield from torch.randperm(n, generator=generator).split(_BATCH)


def _label_probabilities(
    x: Float[Tensor, "n d"],
    y: Tensor,
    learnt: Tensor,
    held_out: Tensor,
    *,
    classes: int,
    epochs: int,
    generator: torch.Generator,
) -> Float[Tensor, "n k"]:
    """p(y | x) of every case, by the network as it was where it told best of the cases held out."""
    head = _Mlp(x.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    best, least = torch.zeros(len(x), classes), float("inf")
    for number, rows in enumerate(_batches(len(learnt), epochs, _FEWEST_STEPS, generator)):
        if number % _LOOK_EVERY == 0:
            with torch.no_grad():
                logits = head(x)
            loss = float(F.cross_entropy(logits[held_out], y[held_out]))
            best, least = (logits, loss) if loss < least else (best, least)
        optimizer.zero_grad()
        F.cross_entropy(head(x[learnt[rows]]), y[learnt[rows]]).backward()
        optimizer.step()
    return best.softmax(1)


def _learn_alignment(align: _Align, pairs: _Pairs, *, epochs: int, generator: torch.Generator) -> None:
    optimizer = torch.optim.Adam(align.parameters(), lr=1e-3)
    for rows in _batches(len(pairs.one), epochs, _FEWEST_ALIGN_STEPS, generator):
        optimizer.zero_grad()
        _told_by_second(align, pairs.take(rows)).mean().backward()
        optimizer.step()


@torch.no_grad()
def _least(align: _Align, pairs: _Pairs, shares: Float[Tensor, " k"]) -> float:
    """I_q(X1, X2; Y) = I_q(X2; Y | X1) + I(X1; Y)."""
    batches = [pairs.take(rows) for rows in torch.arange(len(pairs.one)).split(_BATCH)]
    told = [_told_by_second(align, batch) + _information(batch.p_one, shares) for batch in batches]
    return float(torch.cat(told).mean())


def _information(probabilities: Float[Tensor, "n k"], shares: Float[Tensor, " k"]) -> Float[Tensor, " n"]:
    return (probabilities * (torch.log(probabilities + _TINY) - torch.log(shares + _TINY))).sum(1)


def _standardised(x: Float[np.ndarray, "n d"], learnt: Tensor) -> Float[Tensor, "n d"]:
    values = torch.from_numpy(np.array(x, dtype=np.float64, order="C"))
    centred = values - values[learnt].mean(0)
    spread = values[learnt].std(0, correction=0)
    return (centred / torch.where(spread > 1e-12, spread, torch.ones_like(spread))).float()


def _split(groups: Sequence[str], seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows to learn from, rows that say when to stop, and the half that is read: whole groups each."""
    names = sorted(set(groups))
    if len(names) < _FEWEST_GROUPS:
        raise ValueError(
            f"expected at least {_FEWEST_GROUPS} groups, to learn from and to be read on, got {len(names)}"
        )
    order = {str(name): place for place, name in enumerate(np.random.default_rng(seed).permutation(names))}
    places = torch.tensor([order[group] for group in groups])
    half = len(names) // 2
    held = max(1, half // 4)
    return (
        torch.nonzero((places >= held) & (places < half))[:, 0],
        torch.nonzero(places < held)[:, 0],
        torch.nonzero(places >= half)[:, 0],
    )
