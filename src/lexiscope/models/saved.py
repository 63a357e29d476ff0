"""`load_saved`: a module of ours from its directory, exactly as it was saved, or an error that names the file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor
from transformers import PreTrainedModel

from lexiscope.core.errors import LexiscopeError, ModelError
from lexiscope.core.regular import read_regular
from lexiscope.core.strict_json import read_object
from lexiscope.models.loading import copy_out_of_file, first_line, quiet
from lexiscope.models.network_settings import declared_settings
from lexiscope.models.offline import offline

CONFIG, WEIGHTS, SHARDS = "config.json", "model.safetensors", "model.safetensors.index.json"
_FAULTS = {
    "missing_keys": "lack",
    "unexpected_keys": "hold what nothing needs:",
    "mismatched_keys": "hold tensors of another shape:",
}
_Module = TypeVar("_Module", bound=PreTrainedModel)


def load_saved(kind: type[_Module], directory: Path | str) -> _Module:
    """A module from the `config.json` and `model.safetensors` that its `save_pretrained` wrote, in eval mode.

    Only what those two files say counts, and all of it: a tensor that is missing, of another shape or type, not
    finite, or of no use is refused. Nothing is fetched and no code of the directory is run.

    Args:
        kind: Class of the module.
        directory: Its directory.

    Raises:
        ModelError: a file is missing or damaged; the message names it.
    """
    folder = Path(directory)
    with _naming(folder / CONFIG, "settings"):
        config = kind.config_class(**declared_settings(kind.config_class, read_object(folder / CONFIG)))
    state = _read_weights(folder)
    with _naming(folder / CONFIG, "settings"), offline(), quiet():
        module, report = PreTrainedModel.from_pretrained.__func__(
            kind,
            None,
            config=config,
            state_dict=dict(state),
            dtype=torch.float32,
            ignore_mismatched_sizes=True,  # so that they are reported below, by name
            output_loading_info=True,
        )
    _require_all(folder, report)
    _require_types(folder, state, module.state_dict())
    copy_out_of_file(module)
    made: _Module = module.eval()
    return made


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Name -> tensor, of all files of weights."""
    names = [WEIGHTS]
    if (folder / SHARDS).is_file():
        with _naming(folder / SHARDS, "settings"):
            names = sorted(set(read_object(folder / SHARDS)["weight_map"].values()))
    state: dict[str, Tensor] = {}
    for name in names:
        state |= read_tensors(folder / Path(name).name)
    return state


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Name -> tensor of a safetensors file, each of them finite, sorted by name.

    Raises:
        ModelError: the file is missing or damaged, or holds a number that is not finite.
    """
    with _naming(path, "weights"):
        tensors = dict(sorted(load(read_regular(path)).items()))  # the reader gives them in any order
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.numel() and not _is_finite(tensor):
            raise damaged(path, "weights", f"{name} holds numbers that are not finite")
    return tensors


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Name -> array of a safetensors file, each of them finite, sorted by name.

    Raises:
        ModelError: the file is missing or damaged, or holds a number that is not finite.
    """
    return {name: tensor.numpy() for name, tensor in read_tensors(path).items()}


def damaged(path: Path, what: str, reason: object) -> ModelError:
    """Error about a file of a model.

    Args:
        path: The file.
        what: What it holds, such as "weights".
        reason: What is wrong with it.
    """
    return ModelError(f"the {what} in {path} are damaged ({reason}); train or copy them again")


def _is_finite(tensor: Tensor) -> bool:
    low, high = tensor.aminmax()
    return bool(low.isfinite()) and bool(high.isfinite())


def _require_all(folder: Path, report: Mapping[str, Any]) -> None:
    faults = {
        "lack": "missing_keys",
        "hold needless": "unexpected_keys",
        "hold tensors of another shape:": "mismatched_keys",
    }
    for fault, key in faults.items():
        if report[key]:
            names = sorted(str(entry[0] if isinstance(entry, tuple) else entry) for entry in report[key])
            raise damaged(folder / WEIGHTS, "weights", f"they {fault} {_some(names)}")


def _require_types(folder: Path, state: Mapping[str, Tensor], made: Mapping[str, Tensor]) -> None:
    for name, tensor in state.items():
        if name in made and tensor.dtype != made[name].dtype:
            reason = f"{name} must be {made[name].dtype}, got {tensor.dtype}"
            raise damaged(folder / WEIGHTS, "weights", reason)


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


@contextmanager
def _naming(path: Path, what: str) -> Iterator[None]:
    """Name the file that something of the block is wrong with: on odd settings, constructors raise nearly anything."""
    try:
        yield
    except (LexiscopeError, SafetensorError, OSError) as error:
        if isinstance(error, ModelError):
            raise
        raise damaged(path, what, first_line(error)) from error
    except Exception as error:
        raise damaged(path, what, f"{type(error).__name__}: {first_line(error)}") from error
