"""`read_once`: towers that read each picture once, however often it is shown among others."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.interpret.adapters.arrays import hash_of
from lexiscope.models.towers import Tower

_MOST_BYTES = 256 << 20  # of levels that are kept


@contextmanager
def read_once(towers: Iterable[Tower]) -> Iterator[None]:
    """Within the context, towers say again what they said of a picture before, to the last bits of rounding.

    Of volumes that are read slice by slice, of which one place after the other is covered, all but the covered slices
    are the same each time. Pictures that gradients are asked of are read anew, since what is said of them is part of a
    graph. Hooks within a tower see only what is read.

    Args:
        towers: Towers in eval mode, each once or more often, whose weights stay as they are within the context.
    """
    towers = list(dict.fromkeys(towers))
    for tower in towers:
        vars(tower)["forward"] = _Memory(tower)
    try:
        yield
    finally:
        for tower in towers:
            del vars(tower)["forward"]  # the method of its class again


class _Memory:
    """What a tower said of pictures; those that were asked for least lately are forgotten."""

    def __init__(self, tower: Tower) -> None:
        self._read = tower.forward
        self._said: OrderedDict[str, list[Tensor]] = OrderedDict()
        self._bytes = 0

    def __call__(self, x: Float[Tensor, "b c ..."], *, deepest: int | None = None) -> list[Float[Tensor, "b n d"]]:
        if torch.is_grad_enabled():
            return self._read(x, deepest=deepest)
        keys = [hash_of([str((deepest, *picture.shape))], [picture.float().cpu().numpy()]) for picture in x]
        new = {key: row for row, key in enumerate(keys) if key not in self._said}
        if new:
            levels = self._read(x[list(new.values())], deepest=deepest)
            for number, key in enumerate(new):
                self._keep(key, [level[number].clone() for level in levels])
        said = [self._recall(key) for key in keys]
        self._forget()
        return [torch.stack(level) for level in zip(*said, strict=True)]

    def _keep(self, key: str, levels: list[Tensor]) -> None:
        self._said[key] = levels
        self._bytes += _size(levels)

    def _recall(self, key: str) -> list[Tensor]:
        self._said.move_to_end(key)
        return self._said[key]

    def _forget(self) -> None:
        while self._bytes > _MOST_BYTES:
            self._bytes -= _size(self._said.popitem(last=False)[1])


def _size(levels: Sequence[Tensor]) -> int:
    return sum(level.nbytes for level in levels)
