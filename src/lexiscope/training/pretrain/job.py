"""`PretrainJob`: what `pretrain` runs, made for images or for texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state, to_device
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.loop.loop import Rows, Validation

Save = Callable[[ModelDirectory, dict[str, Any]], None]


@dataclass(frozen=True)
class PretrainJob:
    """A module with its objective, the rows to train it on, and how the part is saved.

    Args:
        name: "image" or "text": the part of the model that is written.
        module: What the loop trains.
        towers: The parts of it that are kept.
        rows: Of the split "train".
        held_out: Of the split "val"; None when it holds nothing to see.
        cases: How many cases, or different texts, the rows come from.
        part: What is trained on.
        weights: Where pretrained weights came from.
        save: Writes the part with its record.
        notes: What the user should know.
    """

    name: str
    module: nn.Module
    towers: Sequence[nn.Module]
    rows: Rows
    held_out: Rows | None
    cases: int
    part: CorpusPart
    weights: list[dict[str, str]]
    save: Save
    notes: tuple[str, ...] = ()


@torch.no_grad()
def validate_pretraining(module: nn.Module, rows: Rows, *, batch: int) -> Validation:
    """The mean loss over held-out rows, in the same variants every time; smaller is better."""
    together = process_state()
    module.eval()
    order = np.random.default_rng(0).permutation(len(rows))  # mixed, so that a batch holds several cases
    values, chances = [], []
    for part in np.array_split(order, max(1, -(-len(order) // batch))):
        if len(part) < together.num_processes:
            continue
        share = np.array_split(part, together.num_processes)[together.process_index]
        losses = module(to_device(rows.batch(share, epoch=0), together.device))
        values.append(sum(loss.value.item() for loss in losses.values()))
        chances.append(sum(loss.chance.item() for loss in losses.values()))
    return Validation(-float(np.mean(values)), {"loss": float(np.mean(values)), "chance": float(np.mean(chances))})
