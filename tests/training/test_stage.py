"""`run_stage`, with a stage from outside: what it does around a stage's own work, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core.errors import LexiscopeError, TrainingError, UsageError
from lexiscope.core.files import exclusive
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.models import tiny_text_tower
from lexiscope.training.loop.loop import train
from lexiscope.training.objectives import Loss
from lexiscope.training.result import StageResult
from lexiscope.training.run import run_stage
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import StageOutcome, StageRun


class LineConfig(StageSettings):
    """Settings of a line."""

    slope: float = 2.0
    epochs: int = 3
    batch: int = 4
    seed: int = 0
    checkpoint_seconds: float = 0.0
    allow_download: bool = False

    def check(self) -> None:
        """Refuse a level line."""
        if not self.slope:
            raise UsageError("a line must rise or fall")


@dataclass(frozen=True, kw_only=True)
class LineResult(StageResult):
    """With the slope that was learned."""

    slope: float


class Line(nn.Module):
    """y = weight x."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, batch: torch.Tensor) -> dict[str, Loss]:
        return {"square": Loss((self.weight * batch - 2 * batch).square().mean(), (2 * batch).square().mean().detach())}


class Points:
    def __len__(self) -> int:
        return 8

    def batch(self, rows: np.ndarray, *, epoch: int) -> torch.Tensor:
        return torch.linspace(0.5, 1, 8)[torch.from_numpy(rows)]

    def names(self, rows: np.ndarray, *, epoch: int) -> list[str]:
        return [str(row) for row in rows]


@dataclass
class LineJob:
    config: LineConfig
    part: CorpusPart
    done: list[str]
    notes: Sequence[str] = ("a line is a model, too",)
    record: Mapping[str, Any] = field(default_factory=lambda: {"origin": "0"})
    last_phase: None = None

    def identity(self) -> dict[str, str]:
        return {"weights": "zero"}

    def train(self, run: StageRun, /) -> StageOutcome:
        self.done.append("train")
        line = Line()
        trained = train(line, torch.optim.SGD(line.parameters(), lr=0.1), Points(), folder=run.folder, key=run.key,
                        config=self.config.loop(), progress=run.progress)  # fmt: skip
        counts = {"cases": 8, "epochs": self.config.epochs, "slope": line.weight.item()}
        return StageOutcome(trained, None, self._save, counts, ["it went well"])

    def _save(self, model: ModelDirectory, record: dict[str, Any]) -> None:
        self.done.append("save")
        model.save_text(tiny_text_tower(), record=record)


class FitLine:
    """A stage of another package."""

    name: ClassVar[str] = "fit-line"
    summary: ClassVar[str] = "Fit a line."
    part: ClassVar[str] = "text"
    Config: ClassVar[type[StageSettings]] = LineConfig
    Result: ClassVar[type[StageResult]] = LineResult

    def __init__(self) -> None:
        self.done: list[str] = []

    def make_prerequisites(self, corpus: Corpus, model: ModelDirectory, *, progress: Any) -> Sequence[str]:
        self.done.append("prerequisites")
        return ["nothing came first"]

    def prepare(self, corpus: Corpus, model: ModelDirectory, config: LineConfig) -> LineJob:
        self.done.append("prepare")
        if config.slope == 404:
            raise TrainingError("no such line")
        return LineJob(config, CorpusPart.to_learn_from(corpus), self.done)


def test_a_stage_from_outside_runs_like_any_other(shapes: Corpus, tmp_path: Path) -> None:
    stage = FitLine()
    result = run_stage(stage, shapes, tmp_path)
    assert stage.done == ["prerequisites", "prepare", "train", "save"]
    assert isinstance(result, LineResult)
    assert 0 < result.slope < 2
    assert (result.steps, result.cases, result.corpus) == (6, 8, shapes.version)
    assert result.loss is not None
    assert result.chance is not None
    assert 0 < result.loss < result.chance
    assert result.notes == ("nothing came first", "a line is a model, too", "it went well")
    record = ModelDirectory(tmp_path).record("text")
    assert record["verb"] == "train fit line"
    assert record["origin"] == "0"
    assert record["trained_on"]["split"] == "train"
    assert record["config"]["slope"] == 2.0
    assert (tmp_path / "training/fit-line/metrics.jsonl").is_file()


def test_a_run_that_died_before_its_card_was_written_gets_it_from_the_next(shapes: Corpus, tmp_path: Path) -> None:
    run_stage(FitLine(), shapes, tmp_path)
    card = (tmp_path / "README.md").read_text()
    (tmp_path / "README.md").rename(tmp_path / ".README.md.0.part")
    assert "already trained" in run_stage(FitLine(), shapes, tmp_path).notes[-1]
    assert (tmp_path / "README.md").read_text() == card
    assert not list(tmp_path.glob(".README.md.*"))


def test_the_same_run_again_trains_nothing_and_another_starts_again(shapes: Corpus, tmp_path: Path) -> None:
    first = run_stage(FitLine(), shapes, tmp_path)
    stage = FitLine()
    again = run_stage(stage, shapes, tmp_path, LineConfig(checkpoint_seconds=5))
    assert stage.done == ["prerequisites", "prepare"]
    assert again.notes[-1] == "this text part was already trained with these settings on this corpus"
    assert again.loss == first.loss
    other = run_stage(FitLine(), shapes, tmp_path, LineConfig(seed=1))
    assert other.notes[2].endswith("training started from the beginning")
    assert other.resumed_at == 0


def test_a_run_that_was_cut_off_goes_on(shapes: Corpus, tmp_path: Path) -> None:
    def stop(done: int, total: int | None, what: str) -> None:
        if done == 4:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        run_stage(FitLine(), shapes, tmp_path, progress=stop)
    assert not ModelDirectory(tmp_path).has("text")
    assert run_stage(FitLine(), shapes, tmp_path).resumed_at == 4


def test_settings_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    stage = FitLine()
    with pytest.raises(UsageError, match="must rise or fall"):
        run_stage(stage, tmp_path / "no corpus", tmp_path, LineConfig(slope=0))
    assert stage.done == []


def test_a_second_run_beside_the_first_is_refused_and_a_failed_one_leaves_no_lock(
    shapes: Corpus, tmp_path: Path
) -> None:
    with exclusive(tmp_path / "training/fit-line/.lock", what="x"), pytest.raises(LexiscopeError, match=r"another"):
        run_stage(FitLine(), shapes, tmp_path)
    with pytest.raises(TrainingError, match="no such line"):
        run_stage(FitLine(), shapes, tmp_path, LineConfig(slope=404))
    run_stage(FitLine(), shapes, tmp_path)


def test_a_phase_has_a_folder_and_a_key_of_its_own() -> None:
    run = StageRun(Path("training/instruct"), "abc")
    assert run.phase("projector") == StageRun(Path("training/instruct/projector"), "abc-projector")
