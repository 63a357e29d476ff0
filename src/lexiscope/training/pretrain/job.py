"""`PretrainJob`: a tower with its objective and its rows, of images or of texts, and its training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state, to_device
from lexiscope.features.towers import fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.loop.loop import Rows, Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.stage import StageOutcome, StageRun

Save = Callable[[ModelDirectory, dict[str, Any]], None]


@dataclass(frozen=True)
class PretrainJob:
    """A module with its objective, the rows to train it on, and how the part is saved; a `StageJob`.

    Args:
        name: Part of the model that is written: "image" or "text".
        config: Settings of the run.
        module: Module that the loop trains.
        towers: Parts of the module that are kept.
        rows: Rows of the split "train".
        held_out: Rows of the split "val"; None when it holds too few to measure on.
        cases: Number of cases, or of different texts, that the rows come from.
        part: Cases that are learned from.
        weights: Origins of pretrained weights.
        save: Writes the part with its record.
        notes: Notes for the user.
    """

    name: str
    config: PretrainConfig
    module: nn.Module
    towers: Sequence[nn.Module]
    rows: Rows
    held_out: Rows | None
    cases: int
    part: CorpusPart
    weights: list[dict[str, str]]
    save: Save
    notes: tuple[str, ...] = ()
    last_phase: None = None

    @property
    def record(self) -> Mapping[str, Any]:
        """Origins of pretrained weights."""
        return {"weights": self.weights}

    def identity(self) -> dict[str, str]:
        """Hash of the weights before training."""
        return {"weights": fingerprint(self.module)}

    def train(self, run: StageRun, /) -> StageOutcome:
        """Train the module, and keep the epoch whose loss is least on the held-out rows."""
        config = self.config
        self.module.to(process_state().device)
        validate = None
        if self.held_out is not None:
            validate = partial(validate_pretraining, self.module, self.held_out, batch=config.batch)
        trained = train(
            self.module,
            adamw(
                self.module,
                towers=self.towers,
                lr=config.new_lr,
                tower_lr=config.tower_lr,
                weight_decay=config.weight_decay,
            ),
            self.rows,
            folder=run.folder,
            key=run.key,
            config=config.loop(),
            validate=validate,
            progress=run.progress,
        )
        counts = {"part": self.name, "objective": config.objective, "rows": len(self.rows)}
        counts |= {"cases": self.cases, "epochs": config.epochs}
        return StageOutcome(trained, validate() if validate else None, self.save, counts)


@torch.no_grad()
def validate_pretraining(module: nn.Module, rows: Rows, *, batch: int) -> Validation:
    """Mean loss over held-out rows, in the same variants every time; smaller is better.

    Args:
        module: Objective around the tower.
        rows: Held-out rows.
        batch: Rows of a step, over all processes together.
    """
    group = process_state()
    module.eval()
    order = np.random.default_rng(0).permutation(len(rows))  # mixed, so that a batch holds several cases
    values, chance_levels = [], []
    for part in np.array_split(order, max(1, -(-len(order) // batch))):
        if len(part) < group.num_processes:
            continue
        share = np.array_split(part, group.num_processes)[group.process_index]
        losses = module(to_device(rows.batch(share, epoch=0), group.device))
        values.append(sum(loss.value.item() for loss in losses.values()))
        chance_levels.append(sum(loss.chance.item() for loss in losses.values()))
    loss, chance = float(np.mean(values)), float(np.mean(chance_levels))
    return Validation(-loss, {"loss": loss, "chance": chance})
