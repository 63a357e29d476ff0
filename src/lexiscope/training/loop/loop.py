"""The one training loop: every stage gives it a module, rows and an optimizer, and gets trained weights back.

All draws of a step are seeded by (seed, epoch) and (seed, step), never from what ran before. So a run that was stopped
at any moment and started again makes the same steps, bit for bit, as one that was not, and so do several processes
that share each batch (as far as sums in another order can).
"""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn

from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.features.prefetch import prefetch
from lexiscope.features.processes import from_main, to_device
from lexiscope.training.loop.average import WeightAverage
from lexiscope.training.loop.checkpoint import (
    RunPosition,
    epoch_path,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.loop.interrupt import StopRequest
from lexiscope.training.loop.log import MetricsLog, read_metrics
from lexiscope.training.loop.sharding import Sharding, whole
from lexiscope.training.loop.skipped import save_skipped


class Rows(Protocol):
    """Rows to train on. `batch` is called from another thread, and what it draws is seeded by rows and epoch alone."""

    def __len__(self) -> int: ...

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> Any:
        """Batch of some rows, as the module's forward takes it, on the CPU."""

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:
        """Case ids of rows, for the log of skipped steps."""


@dataclass(frozen=True)
class Validation:
    """Metrics of an epoch on held-out data.

    Args:
        score: Number that decides which epoch is best; larger is better.
        metrics: Metrics to log.
    """

    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Trained:
    """Result of a run of the loop.

    Args:
        steps: Steps made, over all runs of the same command.
        loss: Mean loss over the last epoch, None when the run held no finite step.
        chance: Chance level: that loss if nothing had been learned.
        best_epoch: Epoch whose weights were kept, None when there was nothing to validate on.
        resumed_at: Step at which this run took over; 0 for a fresh one.
    """

    steps: int
    loss: float | None
    chance: float | None
    best_epoch: int | None
    resumed_at: int


def train(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    rows: Rows,
    *,
    folder: Path,
    key: str,
    config: LoopConfig,
    validate: Callable[[], Validation] | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train a module until its epochs are over; run again after any interruption, it goes on where it was.

    The folder receives `metrics.jsonl`, `checkpoint.safetensors`, with validation `best.safetensors`, and where epochs
    are kept `epochs/epoch-0001.safetensors` and further ones (`checkpoint.kept_epochs`). A step whose loss is not
    finite changes nothing, and its batch is kept (`skipped.load_skipped`). At the end the module holds the weights of
    the best epoch, or of the last one when there is no validation.

    Args:
        module: `forward(batch)` returns named `Loss`es; their sum is made small.
        optimizer: Over the module's parameters; the learning rates in its groups are the peaks of the schedule.
        key: Hash of everything that decides the run. Another key than the checkpoint's starts from the beginning.

    Raises:
        TrainingError: no rows, or too many steps in a row without a finite loss.
        UsageError: a batch smaller than the number of processes, or layers to shard that are not there.
        KeyboardInterrupt: the run was asked to stop (Ctrl-C, SIGTERM), after writing a checkpoint.
    """
    run = _Run(module, optimizer, rows, folder=folder, key=key, config=config, validate=validate)
    state = run.restore()
    resumed_at = state.step
    with StopRequest() as stop:
        saved = time.monotonic()
        if state.step == 0:
            state = run.end_epoch(state)  # a start that no epoch improves on is kept, as epoch 0
        batches = prefetch(run.load, range(0 if state.done else state.step, 0 if state.done else run.steps))
        for step, batch in batches:
            state = run.advance(state, step, batch)
            if (step + 1) % run.epoch_steps == 0:
                state = run.end_epoch(state)
            if run.exhausted(state):
                break
            if run.any_process(stop.requested or time.monotonic() - saved > config.checkpoint_seconds):
                run.save(state)
                saved = time.monotonic()
            stop.raise_if_requested()
            if progress is not None:
                progress(state.step, run.steps, "steps of training")
    if not state.done:
        state = replace(state, done=True)
        run.save(state)
    return run.finish(state, resumed_at)


class _Run:
    """One run: the module on its device, and where its files are."""

    def __init__(
        self,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        rows: Rows,
        *,
        folder: Path,
        key: str,
        config: LoopConfig,
        validate: Callable[[], Validation] | None,
    ) -> None:
        from accelerate import Accelerator, DistributedDataParallelKwargs

        self.accelerator = Accelerator(
            cpu=not torch.accelerator.is_available(),  # without it processes on CPUs would not find each other
            # A process whose share of a batch lacks a modality leaves that modality's weights without gradient.
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        self.world, self.rank = self.accelerator.num_processes, self.accelerator.process_index
        if not len(rows):
            raise TrainingError("expected rows to train on, got none; check the corpus, its split and its modalities")
        if config.batch < self.world:
            msg = f"a batch must hold a row for each of {self.world} processes, got {config.batch}; raise it"
            raise UsageError(msg)
        self.module, self.optimizer, self.rows, self.config, self.key = module, optimizer, rows, config, key
        self.validate = validate
        self.sharding = Sharding(module, optimizer, blocks=config.shard) if config.shard else None
        self.wrapped = module if self.sharding else self.accelerator.prepare(module)
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.peaks = [group["lr"] for group in optimizer.param_groups]
        self.epoch_steps = max(1, len(rows) // config.batch)
        self.steps = self.epoch_steps * config.epochs
        self.average = WeightAverage(optimizer, span=config.average * self.steps) if config.average else None
        self.checkpoint, self.best = folder / "checkpoint.safetensors", folder / "best.safetensors"
        folder.mkdir(parents=True, exist_ok=True)
        self.log = MetricsLog(folder / "metrics.jsonl", active=self.accelerator.is_main_process)

    def restore(self) -> RunPosition:
        position = load_checkpoint(self.checkpoint, self.module, self.optimizer, key=self.key)
        self.accelerator.wait_for_everyone()  # nobody may replace the checkpoint while another still reads it
        self.log.cut(position.step if position else -1)  # a fresh run writes the line of step 0 again
        return position or RunPosition(self.key)

    def load(self, step: int) -> Any:
        return self.rows.batch(self._share(step), epoch=step // self.epoch_steps)

    def advance(self, state: RunPosition, step: int, batch: Any) -> RunPosition:
        """One step: forward, backward, clip, update; without the update when anything is not finite."""
        torch.manual_seed(_seed(self.config.seed, step, self.rank))
        factor = self._schedule(step)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        self.wrapped.train()
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.config.bf16):
            losses = self.wrapped(to_device(batch, self.accelerator.device))
        loss = torch.stack([named.value for named in losses.values()]).sum()
        self.accelerator.backward(loss)
        # Averaged over the processes by now, as the loss is global: all processes decide alike.
        norm = whole(torch.nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm))
        line = {"step": step + 1, "epoch": step // self.epoch_steps + 1, "lr": self.peaks[0] * factor}
        finite = bool(torch.isfinite(loss) & torch.isfinite(norm))
        if finite:
            self.optimizer.step()
        if finite and self.average is not None:
            self.average.update(step)
        self.optimizer.zero_grad(set_to_none=True)
        if not finite:
            self.log.add({**line, "loss": None, "skipped": self._names(self._batch(step), step)})
            self._keep(step, batch)
            return self._skip(state, step)
        chance = sum(named.chance.item() for named in losses.values())
        named = {name: value.value.item() for name, value in losses.items()}
        self.log.add({**line, "loss": loss.item(), "chance": chance, "grad_norm": norm.item(), "losses": named})
        return replace(state, step=step + 1, skipped=0)

    def end_epoch(self, state: RunPosition) -> RunPosition:
        """Judge an epoch and keep it where it is to be kept, by the average of its weights where there is one."""
        with nullcontext() if self.average is None else self.average.in_place():
            state = self._judge(state)
            self._keep_epoch(state)
        return state

    def _judge(self, state: RunPosition) -> RunPosition:
        """Validate, where there is something to validate on, and keep the weights if they are the best so far."""
        if self.validate is None:
            return state
        with self._together(state.step):
            validation = self.validate()
        epoch = state.step // self.epoch_steps
        score = from_main(validation.score)
        self.log.add({"step": state.step, "epoch": epoch, "score": score, "validation": dict(validation.metrics)})
        if state.best is not None and score <= state.best:
            return state
        if self.saves:
            save_weights(self.best, self.module, key=self.key, writes=self.accelerator.is_main_process)
        return replace(state, best=score, best_epoch=epoch)

    def _keep_epoch(self, state: RunPosition) -> None:
        """Write the weights of an epoch that is to be kept, whether or not it is the best."""
        epoch, every = state.step // self.epoch_steps, self.config.keep_checkpoints
        if every is not None and epoch % every == 0 and self.saves:
            path = epoch_path(self.checkpoint.parent, epoch)
            save_weights(path, self.module, key=self.key, writes=self.accelerator.is_main_process)

    def exhausted(self, state: RunPosition) -> bool:
        """True where validation has stood still for longer than patience allows."""
        if self.config.patience is None or state.best_epoch is None:
            return False
        return state.step // self.epoch_steps - state.best_epoch >= self.config.patience

    def save(self, state: RunPosition) -> None:
        if self.saves:
            main = self.accelerator.is_main_process
            save_checkpoint(self.checkpoint, self.module, self.optimizer, state, writes=main)

    @property
    def saves(self) -> bool:
        """True where this process takes part in saving: the first, and all that hold parts of the weights."""
        return self.accelerator.is_main_process or self.sharding is not None

    def any_process(self, wanted: bool) -> bool:
        """True where a process that takes part in saving wants something; all of them learn of it at the same step."""
        if self.sharding is None:
            return wanted
        from accelerate.utils import reduce

        return bool(reduce(torch.tensor(float(wanted), device=self.accelerator.device)))

    def finish(self, state: RunPosition, resumed_at: int) -> Trained:
        self.accelerator.wait_for_everyone()
        if state.best_epoch is not None:
            load_weights(self.best, self.module, key=self.key)
        elif self.average is not None:
            self.average.exchange()
        if self.sharding:
            self.sharding.undo()
        last = (state.step - 1) // self.epoch_steps + 1
        lines = [line for line in read_metrics(self.checkpoint.with_name("metrics.jsonl")) if line["epoch"] == last]
        steps = [line for line in lines if line.get("loss") is not None]
        return Trained(
            steps=state.step,
            loss=float(np.mean([line["loss"] for line in steps])) if steps else None,
            chance=float(np.mean([line["chance"] for line in steps])) if steps else None,
            best_epoch=state.best_epoch,
            resumed_at=resumed_at,
        )

    def _together(self, step: int) -> AbstractContextManager[None]:
        """The module as validation needs it: it calls parts of it by themselves."""
        if self.sharding is None:
            return nullcontext()
        if step == 0:  # a part that is called before the whole would take itself for the whole
            with torch.no_grad():
                self.wrapped.eval()(to_device(self.load(0), self.accelerator.device))
        return self.sharding.together()

    def _keep(self, step: int, batch: Any) -> None:
        """Save this process's share of a batch that was skipped, with what replays it."""
        facts = {
            "step": step + 1,
            "epoch": step // self.epoch_steps + 1,
            "seed": _seed(self.config.seed, step, self.rank),
            "cases": self._names(self._share(step), step),
        }
        save_skipped(self.checkpoint.parent, step=step + 1, rank=self.rank, batch=batch, facts=facts)

    def _skip(self, state: RunPosition, step: int) -> RunPosition:
        state = replace(state, step=step + 1, skipped=state.skipped + 1)
        if state.skipped < self.config.max_skipped:
            return state
        msg = (
            f"the loss was not finite for {state.skipped} steps in a row, the last of them step {step + 1}; their "
            "cases are in metrics.jsonl under 'skipped', their batches in skipped/ beside it. Look at them, lower the "
            "learning rate, or train without bf16"
        )
        raise TrainingError(msg)

    def _batch(self, step: int) -> Int64[np.ndarray, " b"]:
        """The rows of a step, of all processes: a part of the epoch's own order."""
        epoch, part = divmod(step, self.epoch_steps)
        order = np.random.default_rng((self.config.seed, epoch)).permutation(len(self.rows))
        return np.array_split(order, self.epoch_steps)[part]

    def _names(self, rows: Int64[np.ndarray, " b"], step: int) -> list[str]:
        return self.rows.names(rows, epoch=step // self.epoch_steps)

    def _share(self, step: int) -> Int64[np.ndarray, " b"]:
        return np.array_split(self._batch(step), self.world)[self.rank]

    def _schedule(self, step: int) -> float:
        """Learning rate of a step as a part of the peak."""
        rising = min(1.0, (step + 1) / max(1.0, self.config.warmup * self.steps))
        return rising * 0.5 * (1 + math.cos(math.pi * step / self.steps))


def _seed(*parts: int) -> int:
    return int(sha256_json(parts)[:15], 16)
