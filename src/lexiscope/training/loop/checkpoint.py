"""`Checkpoint`: everything a run needs to go on as if it had never stopped, in one file replaced in one move.

Accelerate's `save_state` is not used: it spreads over a folder that a kill can leave half-replaced, restores the
random states only if it can and says nothing if it cannot, and unpickles registered objects without restriction. Here
there is no random state to restore, because `loop.py` seeds all draws of a step by (seed, step), and no pickle:
tensors and JSON in one safetensors file.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lexiscope.core.errors import TrainingError
from lexiscope.core.files import write_beside
from lexiscope.core.owned import remove_made
from lexiscope.training.loop.sharding import gathered_state, is_sharded, like_part, scatter_state, whole

_UNFINISHED = r"\.tmp[A-Za-z0-9]{6}"  # name that safetensors gives to a file while it writes it; a kill leaves it


@dataclass(frozen=True)
class RunPosition:
    """Position of a run.

    Args:
        key: Hash of everything that decides the run; a checkpoint of another key is not resumed.
        step: Steps done, skipped ones included.
        skipped: Steps skipped because their loss was not finite.
        best: Best validation score so far, None before the first.
        best_epoch: The epoch after which it was reached.
        done: True where the run ended by itself.

    Example:
        >>> RunPosition("key", step=3).done
        False
    """

    key: str
    step: int = 0
    skipped: int = 0
    best: float | None = None
    best_epoch: int | None = None
    done: bool = False


def save_checkpoint(
    path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, progress: RunPosition, *, writes: bool = True
) -> None:
    """Write weights that train, buffers, optimizer state and progress, whole or not at all.

    Args:
        writes: False in a process that only gives its parts of a sharded module.
    """
    tensors = {f"weights/{name}": tensor for name, tensor in trained_state(module).items()}
    for index, entry in optimizer.state_dict()["state"].items():
        for name, value in entry.items():
            own = whole(value).cpu()
            if writes:
                tensors[f"optimizer/{index}/{name}"] = own
    if writes:
        _write(path, tensors, asdict(progress))


def load_checkpoint(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, *, key: str) -> RunPosition | None:
    """Restore what `save_checkpoint` wrote; None, with nothing touched, when there is no checkpoint of this run.

    Raises:
        TrainingError: the file is damaged or does not fit the module.
    """
    if not path.is_file():
        return None
    tensors, record = _read(path)
    if record["key"] != key:
        return None
    load_trained_state(module, _below(tensors, "weights/"))
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _below(tensors, "optimizer/").items():
        index, _, field = name.partition("/")
        state.setdefault(int(index), {})[field] = like_part(tensor, weights[int(index)])
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return RunPosition(**record)


def save_weights(path: Path, module: nn.Module, *, key: str, writes: bool = True) -> None:
    """Write the weights that train and the buffers alone, for the best epoch; `writes` as in `save_checkpoint`."""
    tensors = {f"weights/{name}": tensor for name, tensor in trained_state(module).items()}
    if writes:
        _write(path, tensors, {"key": key})


def load_weights(path: Path, module: nn.Module, *, key: str) -> bool:
    """Restore what `save_weights` wrote; False when there is none of this run."""
    if not path.is_file():
        return False
    tensors, record = _read(path)
    if record["key"] != key:
        return False
    load_trained_state(module, _below(tensors, "weights/"))
    return True


def epoch_path(folder: Path, epoch: int) -> Path:
    """Place of the weights of an epoch that is kept, in the folder of a run.

    Example:
        >>> epoch_path(Path("training"), 12).as_posix()
        'training/epochs/epoch-0012.safetensors'
    """
    return folder / "epochs" / f"epoch-{epoch:04d}.safetensors"


def kept_epochs(folder: Path) -> dict[int, Path]:
    """Epochs whose weights are kept in the folder of a run (`LoopConfig.keep_checkpoints`), in their order.

    Those of a run that was started again with other settings are left out: their key is not the checkpoint's.

    Raises:
        TrainingError: a damaged file.
    """
    key = checkpoint_key(folder / "checkpoint.safetensors")
    found = {int(path.stem.removeprefix("epoch-")): path for path in sorted(folder.glob("epochs/epoch-*.safetensors"))}
    return {epoch: path for epoch, path in sorted(found.items()) if checkpoint_key(path) == key}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights that `save_weights` wrote, by the names that they have in the module that trained.

    Raises:
        TrainingError: a damaged or foreign file.
    """
    return _below(_read(path)[0], "weights/")


def checkpoint_key(path: Path) -> str | None:
    """The key of the run that wrote a checkpoint; None when there is none."""
    if not path.is_file():
        return None
    with _opened(path) as (_, record):
        return str(record["key"])


def restart_notes(path: Path, *, key: str) -> list[str]:
    """Note for a user whose earlier run cannot be gone on with, because something differs since."""
    if checkpoint_key(path) in (None, key):
        return []
    return ["settings, corpus or weights differ from the earlier run here, so training started from the beginning"]


def trained_state(module: nn.Module) -> dict[str, Tensor]:
    """Parameters that train, and all buffers, by name; frozen towers stay where they came from.

    Of a sharded module they are gathered, by every process for the first.

    Example:
        >>> layer = nn.Linear(2, 2)
        >>> layer.bias.requires_grad_(False) is layer.bias
        True
        >>> list(trained_state(layer))
        ['weight']
    """
    if is_sharded(module):
        return gathered_state(module)
    return _held(module)


def _held(module: nn.Module) -> dict[str, Tensor]:
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {name: tensor for name, tensor in module.state_dict().items() if name not in frozen}


def load_trained_state(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put back what `trained_state` gave.

    Raises:
        TrainingError: names differ from those of the module.
    """
    expected = _held(module).keys()
    if state.keys() != expected:
        odd = ", ".join(sorted(state.keys() ^ expected)[:5])
        msg = f"expected a checkpoint of this model, got one that differs in {odd}; delete it to start again"
        raise TrainingError(msg)
    if is_sharded(module):
        scatter_state(module, state)
    else:
        module.load_state_dict(dict(state), strict=False)


def _write(path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    remove_made(path.parent, _UNFINISHED)
    with write_beside(path) as part:
        save_file(_without_shared_memory(own), part, metadata={"progress": json.dumps(record)})


def _without_shared_memory(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors that another name has already stored: tied weights are one memory, which safetensors refuses."""
    seen: set[int] = set()
    own = {}
    for name, tensor in tensors.items():
        own[name] = tensor.clone() if tensor.untyped_storage().data_ptr() in seen else tensor
        seen.add(tensor.untyped_storage().data_ptr())
    return own


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with _opened(path) as (stream, record):
        return {name: stream.get_tensor(name) for name in stream.keys()}, record  # noqa: SIM118 (not a mapping)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A checkpoint's tensors, not yet read, and its record."""
    try:
        with safe_open(path, framework="pt") as stream:
            yield stream, json.loads(stream.metadata()["progress"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        msg = f"expected a checkpoint in {path}, got a damaged or foreign file ({error}); delete it to start again"
        raise TrainingError(msg) from error


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
