"""`silence_units`: channels of one level of an encoder as zeros, in what it reads out and in what it goes on with.

`blocks_below`: what need not be computed anew while a level is silenced.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.encoder_levels import EMBEDDING, level_name, mixed_name
from lexiscope.interpret.adapters.silenced import silenced, without_units
from lexiscope.interpret.subject import FUSED
from lexiscope.models.encoder import Encoder
from lexiscope.models.towers import Tower
from lexiscope.models.towers.cnn import CNN
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.towers.vit import ViT


@contextmanager
def silence_units(encoder: Encoder, branch: str, level: str, units: Sequence[int]) -> Iterator[None]:
    """Within the context, these channels of a level of `encoder_levels` are zeros.

    Raises:
        UsageError: no such branch or level, or a pretrained network whose blocks are not known.
    """
    with ExitStack() as stack:
        if branch == FUSED and level == EMBEDDING:
            for head in encoder.heads:
                stack.enter_context(silenced(head, units, axis=-1))
        elif branch == FUSED and encoder.mixer is not None:
            stack.enter_context(silenced(_mixed_stage(encoder.mixer, level), units, axis=-1))
        else:
            _silence_tower(stack, encoder, branch, level, units)
        yield


def blocks_below(tower: Tower, level: str) -> list[nn.Module]:
    """Blocks of a tower up to the one that gives a level, in their order; none for a level that it does not have.

    Raises:
        UsageError: a pretrained network whose blocks are not known.
    """
    names = [level_name(number) for number in range(len(tower.widths))]
    if level not in names:
        return []
    number = names.index(level)
    return _blocks(tower)[: number + 1 if isinstance(tower, CNN) else number]


def _silence_tower(stack: ExitStack, encoder: Encoder, branch: str, level: str, units: Sequence[int]) -> None:
    early = encoder.stack is not None
    known = (FUSED,) if early else encoder.modalities
    if branch not in known:
        raise UsageError(f"expected a branch among {', '.join(known)} or {FUSED}, got {branch!r}; name one of them")
    tower = encoder.tower(encoder.modalities[0] if early else branch)
    names = [level_name(number) for number in range(len(tower.widths))]
    if level not in names:
        raise UsageError(f"expected a level among {', '.join(names)}, got {level!r}; name one of them")
    number, axis = names.index(level), 1 if isinstance(tower, CNN) else -1

    def wanted() -> bool:
        return early or encoder.reads == branch

    def as_read(_module: nn.Module, _args: Any, levels: list[Tensor]) -> list[Tensor]:
        if not wanted() or number >= len(levels):
            return levels
        return [without_units(x, units, -1) if place == number else x for place, x in enumerate(levels)]

    def as_passed_on(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (without_units(args[0], units, axis), *args[1:]) if wanted() else args

    following = _following(tower)
    stack.callback(tower.register_forward_hook(as_read).remove)
    if number < len(following):
        stack.callback(following[number].register_forward_pre_hook(as_passed_on).remove)


def _following(tower: Tower) -> list[nn.Module]:
    """What reads each level of a tower but the last."""
    if isinstance(tower, CNN):
        return _blocks(tower)[1:]
    if isinstance(tower, ViT):
        return [*_blocks(tower), tower.norm]
    assert isinstance(tower, PretrainedTower)
    blocks, parts = _blocks(tower), list(tower.model.children())
    behind = next(number for number, part in enumerate(parts, start=1) if blocks[0] in part.modules())
    return [*blocks, *[part for part in parts[behind:] if isinstance(part, nn.LayerNorm)][:1]]  # CLIP has one in front


def _blocks(tower: Tower) -> list[nn.Module]:
    if isinstance(tower, CNN):
        return list(tower.stages)
    if isinstance(tower, ViT):
        return list(tower.blocks)
    assert isinstance(tower, PretrainedTower)
    depth = getattr(tower.model.config, "num_hidden_layers", None)
    stacks = [part for part in tower.model.modules() if isinstance(part, nn.ModuleList) and len(part) == depth]
    if len(stacks) != 1:
        msg = f"units of {type(tower.model).__name__} cannot be silenced: its blocks are not in one list"
        raise UsageError(f"{msg}; take a vision transformer, or a tower from scratch")
    return list(stacks[0])


def _mixed_stage(mixer: nn.Module, level: str) -> nn.Module:
    stages = [*mixer.get_submodule("blocks").children(), mixer.get_submodule("norm")]
    names = [mixed_name(number) for number in range(1, len(stages) + 1)]
    if level not in names:
        msg = f"expected a level among {', '.join((*names, EMBEDDING))}, got {level!r}"
        raise UsageError(f"{msg}; name one of them")
    return stages[names.index(level)]
