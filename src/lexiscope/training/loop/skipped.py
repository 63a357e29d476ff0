"""Batches whose loss was not finite: kept beside the log, to be looked at and run again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from lexiscope.core.errors import TrainingError
from lexiscope.core.files import write_beside, write_json

_KEPT = 10  # batches a process; a run that skips more has shown what it can
_WHOLE = "batch"  # the name of a batch that is one tensor


def save_skipped(folder: Path, *, step: int, rank: int, batch: Any, facts: Mapping[str, Any]) -> Path | None:
    """Write `skipped/step-N.safetensors` with a batch's tensors and `step-N.json` with its words and `facts`.

    Further processes add their number, as in `step-N-1`. None, with nothing written, when ten are kept already.

    Args:
        folder: Folder of the run's log.
        step: Number of the step, counted from 1 as in the log.
        batch: The batch: a tensor, or mappings of tensors and of what JSON can say, to any depth.
        facts: Facts that replay it, as JSON types.
    """
    place = folder / "skipped"
    name = f"step-{step}" if rank == 0 else f"step-{step}-{rank}"
    path = place / f"{name}.safetensors"
    if not path.exists() and len(list(place.glob("*.safetensors"))) >= _KEPT:
        return None
    leaves = dict(_leaves(batch if isinstance(batch, Mapping) else {_WHOLE: batch}, ()))
    tensors = {_joined(names): x.detach().cpu().contiguous().clone() for names, x in leaves.items() if _is_tensor(x)}
    words = {_joined(names): x for names, x in leaves.items() if not _is_tensor(x)}
    write_json(path.with_suffix(".json"), {**facts, "batch": words})
    with write_beside(path) as part:
        save_file(tensors, part)
    return path


def load_skipped(path: Path) -> tuple[Any, dict[str, Any]]:
    """The batch that `save_skipped` wrote, and its facts: step, epoch, seed and the names of its cases.

    To see the step again, build the module as its run did and load the weights of the checkpoint before the step
    (`checkpoint.load_weights`); then

        batch, facts = load_skipped(Path("model/training/align/skipped/step-12.safetensors"))
        torch.manual_seed(facts["seed"])
        losses = module.train()(batch)

    Raises:
        TrainingError: no such file, or a damaged one.
    """
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        leaves: dict[str, Any] = {**load_file(path), **facts.pop("batch")}
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        msg = f"expected a skipped batch at {path} with a .json beside it, got {error}"
        raise TrainingError(f"{msg}; look into the folder skipped/ beside metrics.jsonl") from error
    batch: dict[str, Any] = {}
    for name, value in leaves.items():
        *outer, last = (part.replace("%2F", "/") for part in name.split("/"))
        place = batch
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return (batch[_WHOLE] if set(batch) == {_WHOLE} else batch), facts


def _leaves(batch: Mapping[str, Any], names: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in batch.items():
        below = (*names, name.replace("/", "%2F"))
        found += _leaves(value, below) if isinstance(value, Mapping) else [(below, value)]
    return found


def _joined(names: tuple[str, ...]) -> str:
    return "/".join(names)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)
