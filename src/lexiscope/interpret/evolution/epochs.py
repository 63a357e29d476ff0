"""A model as it was after an epoch of its training: its kept weights, put into its network for a while."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from torch import Tensor, nn

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.training.loop.checkpoint import kept_epochs, read_weights

SubjectT = TypeVar("SubjectT")
Epochs: TypeAlias = Mapping[int, Callable[[], AbstractContextManager[Any]]]
"""Epoch -> what opens the subject as it was after it; 0 is the start."""


def run_epochs(subject: Any, network: nn.Module, folder: Path | str, *, prefix: str = "") -> Epochs:
    """Epochs that a run of training kept (`--keep-checkpoints`), each as a subject with the weights of then.

    Args:
        subject: Subject whose outcomes and levels the network computes.
        network: The network.
        folder: Folder of the run, such as `model/training/segment`.
        prefix: Name of the network in the module that trained, with its dot; names outside it are left out.

    Raises:
        TrainingError: a damaged file.
    """
    return {
        epoch: partial(_opened, subject, network, path, prefix) for epoch, path in kept_epochs(Path(folder)).items()
    }


@contextmanager
def with_weights(subject: SubjectT, network: nn.Module, weights: Mapping[str, Tensor]) -> Iterator[SubjectT]:
    """Within the context, the subject with these weights in its network, and with a fingerprint of its own.

    The network is the same object: outside the context it has its weights of before, so only one epoch is open at a
    time. Weights and buffers that are not named stay as they are.

    Args:
        subject: Subject whose levels the network computes; it must not keep what it computed.
        network: The network.
        weights: Names of the network -> values.

    Raises:
        UsageError: a name or a shape that the network has not.
    """
    own = network.state_dict()
    odd = [name for name, value in weights.items() if name not in own or own[name].shape != value.shape]
    if odd or not weights:
        msg = f"expected weights of {type(network).__name__}, got {', '.join(odd[:3]) or 'none'}, which it has not"
        raise UsageError(f"{msg}; name the network within the module that trained (prefix=...)")
    before = {name: own[name].clone() for name in weights}
    then = copy.copy(subject)
    sums = {
        name: [float(value.double().sum()), float(value.double().square().sum())] for name, value in weights.items()
    }
    object.__setattr__(then, "fingerprint", sha256_json([getattr(subject, "fingerprint", ""), sums]))
    network.load_state_dict(dict(weights), strict=False)
    try:
        yield then
    finally:
        network.load_state_dict(before, strict=False)


@contextmanager
def _opened(subject: Any, network: nn.Module, path: Path, prefix: str) -> Iterator[Any]:
    weights = read_weights(path)
    named = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
    with with_weights(subject, network, named) as then:
        yield then
