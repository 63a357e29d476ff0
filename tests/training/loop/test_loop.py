"""The loop: learns, resumes bit for bit, skips what is not finite, stops when asked, agrees over two processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.training.loop.checkpoint import kept_epochs, read_weights
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.loop.log import read_metrics
from lexiscope.training.loop.loop import Trained, Validation, train
from lexiscope.training.loop.skipped import load_skipped
from lexiscope.training.objectives import Loss

CONFIG = LoopConfig(epochs=4, batch=4, checkpoint_seconds=0.0)
AVERAGED = replace(CONFIG, average=0.5)


class Line(nn.Module):
    """Learns y = 2x through dropout, so that chance is part of every step."""

    def __init__(self, *, dropout: float = 0.2) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 1))

    def forward(self, batch: torch.Tensor) -> dict[str, Loss]:
        error = (self.layers(batch[:, None])[:, 0] - 2 * batch).square().mean()
        return {"square": Loss(error, (2 * batch).square().mean())}


class Points:
    """Sixteen numbers; one of them can be poisoned."""

    def __init__(self, *, poisoned: tuple[int, ...] = (), on_load: Callable[[int], None] | None = None) -> None:
        self.x = torch.linspace(-1, 1, 17)[:-1].clone()
        self.x[list(poisoned)] = torch.nan
        self.on_load = on_load
        self.loads = 0

    def __len__(self) -> int:
        return 16

    def batch(self, rows: np.ndarray, *, epoch: int) -> torch.Tensor:
        self.loads += 1
        if self.on_load is not None:
            self.on_load(self.loads)
        return self.x[torch.from_numpy(rows)]

    def names(self, rows: np.ndarray, *, epoch: int) -> list[str]:
        return [f"point-{row}" for row in rows]


def run(
    folder: Path,
    *,
    module: Line | None = None,
    points: Points | None = None,
    config: LoopConfig = CONFIG,
    **more: object,
) -> tuple[Line, Trained]:
    module = Line() if module is None else module
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.05)
    trained = train(
        module, optimizer, Points() if points is None else points, folder=folder, key="k", config=config, **more
    )
    return module, trained


def weights(module: nn.Module) -> list[list[float]]:
    return [parameter.flatten().tolist() for parameter in module.parameters()]


@pytest.mark.slow
def test_training_makes_the_loss_small_and_reports_chance(tmp_path: Path) -> None:
    _, trained = run(tmp_path, module=Line(dropout=0.0), config=replace(CONFIG, epochs=40))
    assert trained.steps == 160
    assert trained.loss is not None
    assert trained.chance is not None
    assert trained.loss < 0.1 * trained.chance


@pytest.mark.parametrize("config", [CONFIG, AVERAGED])
@pytest.mark.parametrize("stop_after", [1, 4, 7, 13])
def test_a_run_that_was_cut_off_ends_as_one_that_was_not(tmp_path: Path, stop_after: int, config: LoopConfig) -> None:
    whole, _ = run(tmp_path / "whole", config=config)
    points = Points(on_load=lambda n: _die_at(n, stop_after + 2))
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path / "cut", points=points, config=config)
    resumed, trained = run(tmp_path / "cut", config=config)
    assert 0 < trained.resumed_at <= stop_after + 2
    assert weights(resumed) == weights(whole)
    assert read_metrics(tmp_path / "cut" / "metrics.jsonl") == read_metrics(tmp_path / "whole" / "metrics.jsonl")


def _die_at(load: int, last: int) -> None:
    if load >= last:
        raise RuntimeError("power cut")


def test_the_average_of_the_weights_is_judged_and_kept(tmp_path: Path) -> None:
    judged: list[list[list[float]]] = []
    module = Line()

    def validate() -> Validation:
        judged.append(weights(module))
        return Validation(float(len(judged)), {})

    run(tmp_path / "averaged", module=module, config=AVERAGED, validate=validate)
    plain, _ = run(tmp_path / "plain")
    assert weights(module) == judged[-1]
    assert weights(module) != weights(plain)
    again, _ = run(tmp_path / "without held-out cases", config=AVERAGED)
    assert weights(again) == weights(module)
    resumed, _ = run(tmp_path / "without held-out cases", config=AVERAGED)
    assert weights(resumed) == weights(module)


def test_weights_come_back_when_judging_their_average_fails(tmp_path: Path) -> None:
    module, calls = Line(), []

    def validate() -> Validation:
        calls.append(1)
        if len(calls) == 3:
            raise TrainingError("the disk is full")
        return Validation(0.0, {})

    with pytest.raises(TrainingError, match="the disk is full"):
        run(tmp_path / "failed", module=module, config=AVERAGED, validate=validate)
    run(tmp_path / "plain", config=replace(CONFIG, keep_checkpoints=2))
    after_two = read_weights(kept_epochs(tmp_path / "plain")[2])
    assert all(torch.equal(after_two[name], value) for name, value in module.state_dict().items())


def test_steps_are_the_same_with_an_average(tmp_path: Path) -> None:
    run(tmp_path / "plain")
    run(tmp_path / "averaged", config=AVERAGED)
    logs = [read_metrics(tmp_path / name / "metrics.jsonl") for name in ("plain", "averaged")]
    assert logs[0] == logs[1]


@pytest.mark.parametrize(("every", "kept"), [(1, [0, 1, 2, 3, 4]), (3, [0, 3])])
def test_weights_of_epochs_are_kept_and_change_nothing_else(tmp_path: Path, every: int, kept: list[int]) -> None:
    plain, _ = run(tmp_path / "plain")
    module, _ = run(tmp_path / "kept", config=replace(CONFIG, keep_checkpoints=every))
    assert weights(module) == weights(plain)
    assert kept_epochs(tmp_path / "plain") == {}
    epochs = kept_epochs(tmp_path / "kept")
    assert list(epochs) == kept
    start = read_weights(epochs[0])
    assert all(torch.equal(start[name], value) for name, value in Line().state_dict().items())
    last = read_weights(epochs[kept[-1]])
    assert any(not torch.equal(start[name], last[name]) for name in start)


def test_epochs_that_are_kept_are_those_of_a_run_that_was_not_cut_off(tmp_path: Path) -> None:
    config = replace(CONFIG, keep_checkpoints=1)
    run(tmp_path / "whole", config=config)
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path / "cut", config=config, points=Points(on_load=lambda n: _die_at(n, 9)))
    run(tmp_path / "cut", config=config)
    whole, cut = kept_epochs(tmp_path / "whole"), kept_epochs(tmp_path / "cut")
    assert list(whole) == list(cut) == [0, 1, 2, 3, 4]
    for epoch, path in whole.items():
        ours, theirs = read_weights(cut[epoch]), read_weights(path)
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_epochs_of_an_earlier_run_with_another_key_are_left_out(tmp_path: Path) -> None:
    run(tmp_path, config=replace(CONFIG, keep_checkpoints=1))
    module = Line()
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.05)
    config = replace(CONFIG, epochs=2, keep_checkpoints=1)
    train(module, optimizer, Points(), folder=tmp_path, key="other", config=config)
    assert list(kept_epochs(tmp_path)) == [0, 1, 2]


def test_a_half_written_line_of_the_log_is_dropped(tmp_path: Path) -> None:
    run(tmp_path)
    log = tmp_path / "metrics.jsonl"
    lines = read_metrics(log)
    with log.open("a") as stream:
        stream.write('{"step": 99, "lo')
    run(tmp_path)
    assert read_metrics(log) == lines


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    first, trained = run(tmp_path)
    points = Points()
    again, repeated = run(tmp_path, points=points)
    assert points.loads == 0
    assert weights(again) == weights(first)
    assert repeated == replace(trained, resumed_at=trained.steps)


def test_another_key_starts_from_the_beginning(tmp_path: Path) -> None:
    run(tmp_path)
    module = Line()
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.05)
    trained = train(module, optimizer, Points(), folder=tmp_path, key="other", config=CONFIG)
    assert trained.resumed_at == 0
    assert [line["step"] for line in read_metrics(tmp_path / "metrics.jsonl")] == list(range(1, 17))


def test_ctrl_c_leaves_a_checkpoint_and_resumes(tmp_path: Path) -> None:
    whole, _ = run(tmp_path / "whole")
    config = replace(CONFIG, checkpoint_seconds=1e9)  # only the request itself can have written one

    def interrupt(done: int, total: int | None, what: str) -> None:
        if done == 6:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", config=config, progress=interrupt)
    resumed, trained = run(tmp_path / "cut", config=config)
    assert trained.resumed_at in (6, 7)
    assert weights(resumed) == weights(whole)


def test_a_step_without_a_finite_loss_is_skipped_and_its_cases_are_kept(tmp_path: Path) -> None:
    module, trained = run(tmp_path, points=Points(poisoned=(3,)))
    skipped = [line for line in read_metrics(tmp_path / "metrics.jsonl") if line["loss"] is None]
    assert len(skipped) == CONFIG.epochs
    assert all("point-3" in line["skipped"] for line in skipped)
    assert trained.loss is not None
    assert all(np.isfinite(values).all() for values in weights(module))


def test_a_skipped_batch_is_kept_and_replays_to_the_same_loss(tmp_path: Path) -> None:
    module, _ = run(tmp_path, points=Points(poisoned=(3,)))
    line = next(line for line in read_metrics(tmp_path / "metrics.jsonl") if line["loss"] is None)
    batch, facts = load_skipped(tmp_path / "skipped" / f"step-{line['step']}.safetensors")
    assert facts["cases"] == line["skipped"]
    assert (facts["step"], facts["epoch"]) == (line["step"], line["epoch"])
    torch.manual_seed(facts["seed"])
    assert torch.isnan(module.train()(batch)["square"].value)


def test_training_stops_when_nothing_is_finite(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"not finite for 10 steps in a row.*metrics\.jsonl"):
        run(tmp_path, points=Points(poisoned=tuple(range(16))))


def test_the_best_epoch_is_kept_and_patience_ends_the_run(tmp_path: Path) -> None:
    scores = iter([0.0, 0.1, 0.9, 0.5, 0.4, 0.3])  # of epochs 0, 1, ...
    kept: list[list[list[float]]] = []
    module = Line()

    def validate() -> Validation:
        kept.append(weights(module))
        return Validation(next(scores), {"recall": 1.0})

    _, trained = run(tmp_path, module=module, config=replace(CONFIG, epochs=5, patience=2), validate=validate)
    assert trained.best_epoch == 2
    assert trained.steps == 16
    assert weights(module) == kept[2]


def test_a_start_that_no_epoch_improves_on_is_kept(tmp_path: Path) -> None:
    module = Line()
    start = weights(module)
    scores = iter([0.9, *[0.1] * CONFIG.epochs])
    _, trained = run(tmp_path, module=module, validate=lambda: Validation(next(scores), {}))
    assert trained.best_epoch == 0
    assert weights(module) == start


def test_a_run_cut_off_before_its_first_checkpoint_logs_its_start_once(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path, points=Points(on_load=lambda n: _die_at(n, 1)), validate=lambda: Validation(0.5, {}))
    run(tmp_path, validate=lambda: Validation(0.5, {}))
    assert [line["step"] for line in read_metrics(tmp_path / "metrics.jsonl")].count(0) == 1


def test_a_damaged_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "checkpoint.safetensors").write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match="delete it to start again"):
        run(tmp_path)


def test_no_rows_is_refused(tmp_path: Path) -> None:
    class Nothing(Points):
        def __len__(self) -> int:
            return 0

    with pytest.raises(TrainingError, match="got none"):
        run(tmp_path, points=Nothing())


class FailingPoints(Points):
    """Points that fail at the same step in every process."""

    def batch(self, rows: np.ndarray, *, epoch: int) -> torch.Tensor:
        _die_at(epoch, 2)
        return super().batch(rows, epoch=epoch)


class Deep(Line):
    """Layers that follow one another, the first of them frozen; validation calls them one by one."""

    def __init__(self) -> None:
        super().__init__(dropout=0.0)
        self.layers = nn.Sequential(nn.Linear(1, 16), Layer(), Layer(), nn.Linear(16, 1))
        self.layers[0].requires_grad_(False)

    @torch.no_grad()
    def validate(self) -> Validation:
        self.eval()
        x = torch.linspace(-1, 1, 5)[:, None]
        inside = self.layers[2](self.layers[1](self.layers[0](x)))
        return Validation(-(self.layers[3](inside) - 2 * x).square().mean().item(), {})


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.linear(x)) + x


@pytest.mark.slow
def test_two_processes_make_the_steps_of_one(tmp_path: Path) -> None:
    """Each with all weights, and with a part of them; cut off there, they end bit for bit as those that were not."""
    line, _ = run(tmp_path / "one", module=Line(dropout=0.0))
    deep = Deep()
    run(tmp_path / "deep", module=deep, config=AVERAGED, validate=deep.validate)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={_free_port()}"]
    subprocess.run([*command, __file__, str(tmp_path / "two")], check=True, timeout=600)
    steps = [line["step"] for line in read_metrics(tmp_path / "one" / "metrics.jsonl")]
    assert [line["step"] for line in read_metrics(tmp_path / "two" / "line" / "metrics.jsonl")] == steps
    found = json.loads((tmp_path / "two" / "weights.json").read_text())
    assert found["sharded"] == found["resumed"]
    for module, name in ((line, "line"), (deep, "sharded"), (deep, "resumed")):
        for a, b in zip(weights(module), found[name], strict=True):
            assert a == pytest.approx(b, abs=1e-5)
    saved = [read_weights(tmp_path / name / "best.safetensors") for name in ("deep", "two/sharded")]
    assert saved[0].keys() == saved[1].keys()  # whole, and without what is frozen
    assert all(saved[1][name].shape == weight.shape for name, weight in saved[0].items())


def test_a_class_of_layers_that_no_part_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"class of layers of the model, got 'Block'; it has several of: Layer, Linear"
    ):
        run(tmp_path, module=Deep(), config=replace(CONFIG, shard=("Block",)))
    with pytest.raises(UsageError, match="expected several processes to share the weights, got one"):
        run(tmp_path, module=Deep(), config=replace(CONFIG, shard=("Layer",)))


def _free_port() -> int:
    import socket

    with socket.socket() as any_free:
        any_free.bind(("127.0.0.1", 0))
        return any_free.getsockname()[1]


def _train_as_one_of_two(folder: Path) -> dict[str, list[list[float]]]:
    line, _ = run(folder / "line", module=Line(dropout=0.0))
    sharded = replace(AVERAGED, shard=("Layer",))
    whole, cut, resumed = Deep(), Deep(), Deep()
    run(folder / "sharded", module=whole, config=sharded, validate=whole.validate)
    uncut = weights(whole)
    with pytest.raises(RuntimeError, match="power cut"):
        run(folder / "cut", module=cut, points=FailingPoints(), config=sharded, validate=cut.validate)
    torch.distributed.barrier()  # the first process may still write what the other would read
    _, trained = run(folder / "cut", module=resumed, config=sharded, validate=resumed.validate)
    assert trained.resumed_at > 0
    run(folder / "again", module=whole, config=sharded)  # a module that was whole again is sharded once more
    assert type(whole) is Deep
    return {"line": weights(line), "sharded": uncut, "resumed": weights(resumed)}


if __name__ == "__main__":  # one of the two processes
    torch.set_num_threads(1)
    found = _train_as_one_of_two(Path(sys.argv[1]))
    if os.environ["RANK"] == "0":
        (Path(sys.argv[1]) / "weights.json").write_text(json.dumps(found))
