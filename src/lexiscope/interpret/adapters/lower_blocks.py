"""`lower_blocks_once`: what lies below a level of an encoder's towers is not computed again for the same images."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from lexiscope.interpret.adapters.arrays import hash_of
from lexiscope.interpret.adapters.encoder_ablation import blocks_below
from lexiscope.models.encoder import Encoder
from lexiscope.models.towers import Tower

MOST_BYTES = 256 << 20  # of what is kept in each tower


@contextmanager
def lower_blocks_once(encoder: Encoder, level: str, *, most: int = MOST_BYTES) -> Iterator[None]:
    """Within the context, blocks below a level of `encoder_levels` give again what they gave of the same images.

    Nothing below the level may change within the context, neither weights nor silenced units, and gradients do not
    flow.

    Args:
        level: Level of the towers; below any other name nothing is kept.
        most: Bytes that are kept in each tower; blocks whose outputs find no room compute anew.
    """
    with ExitStack() as stack:
        for tower in {encoder.tower(name) for name in encoder.modalities}:  # modalities may share one
            stack.enter_context(_once(tower, blocks_below(tower, level), most))
        yield


@contextmanager
def _once(tower: Tower, blocks: Sequence[nn.Module], most: int) -> Iterator[None]:
    if not blocks:
        yield
        return
    given = _Given(most)
    handle = tower.register_forward_pre_hook(given.name_images)
    for number, compute in enumerate([block.forward for block in blocks]):
        blocks[number].forward = given.again(number, compute)
    try:
        yield
    finally:
        handle.remove()
        for block in blocks:
            del block.forward  # that of its class counts again


class _Given:
    """What the blocks of a tower gave, by the images that it read."""

    def __init__(self, most: int) -> None:
        self._kept: dict[tuple[str, int], Any] = {}
        self._room, self._images = most, ""

    def name_images(self, _tower: nn.Module, args: tuple[Any, ...]) -> None:
        self._images = hash_of([str(args[0].shape)], [args[0].float().cpu().numpy()])

    def again(self, number: int, compute: Callable[..., Any]) -> Callable[..., Any]:
        """`forward` of a block that is asked what it was asked before."""

        def forward(*args: Any, **settings: Any) -> Any:
            key = self._images, number
            if key not in self._kept:
                made = compute(*args, **settings)
                if _bytes(made) > self._room:
                    return made
                self._kept[key] = made
                self._room -= _bytes(made)
            return self._kept[key]

        return forward


def _bytes(made: Any) -> int:
    tensors = made if isinstance(made, tuple) else (made,)
    return sum(one.nbytes for one in tensors if isinstance(one, Tensor))
