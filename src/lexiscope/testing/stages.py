"""Tiny settings of the stages of training, and the contract that every stage keeps."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lexiscope.core.docstrings import inherited_texts
from lexiscope.core.files import sha256_file
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.training import STAGES
from lexiscope.training.loop.log import read_metrics
from lexiscope.training.result import StageResult
from lexiscope.training.run import run_stage
from lexiscope.training.settings import StageSettings

_TINY: Mapping[str, Mapping[str, Any]] = {
    "pretrain-image": {
        "objective": "simclr",
        "tower": "cnn",
        "tower_settings": {"stages": [8, 16]},
        "size": 32,
        "width": 16,
    },
    "align": {"image": "cnn", "text": "bert", "size": 32, "unfreeze": False},
    "instruct": {"evidence": 0, "side": 2, "batch": 12},
    "segment": {"windows": 16, "width": 4},
}
_STEPS = "steps of training"


class _PowerCutError(RuntimeError):
    """Stop of a run in the middle."""


def tiny_stage_settings(name: str, **more: Any) -> StageSettings:
    """Settings of a stage for a run of seconds: one epoch of few steps, small towers.

    Args:
        name: Name of the stage in `STAGES`.
        more: Settings that go before the tiny ones.
    """
    config: type[StageSettings] = STAGES.load(name).Config
    tiny = {"epochs": 1, "batch": 4, "checkpoint_seconds": 0.0, **_TINY.get(name, {})}
    return config.of({setting: value for setting, value in {**tiny, **more}.items() if setting in config.model_fields})


def check_stage(name: str, corpus: Corpus, model: ModelDirectory) -> None:
    """Check what every stage of training promises.

    Its settings are documented one by one and hold a seed; a run writes the part, the resolved settings and the record
    of the run; a run that was cut off and started again leaves the very part that one leaves which was not; the same
    run again does nothing; and another seed is another run, which starts from the beginning.

    Args:
        name: Name of the stage in `STAGES`.
        corpus: Corpus with what the stage learns from and with splits, such as `make_speaking_corpus` makes.
        model: Model that the stage may build on, such as `tiny_model` makes; copies beside it are trained.

    Raises:
        AssertionError: a promise is broken.
    """
    stage, config = STAGES.load(name), tiny_stage_settings(name)
    _check_entry(name)
    whole, cut = (_copied(model, name) for name in ("whole", "cut"))
    steps: list[int] = []
    result = run_stage(stage(), corpus, whole, config, progress=_counting(steps))
    _check_written(stage, whole, corpus, result, config)
    with suppress(_PowerCutError):
        run_stage(stage(), corpus, cut, config, progress=_counting([], until=len(steps) // 2))
    assert "run" not in (cut.record(stage.part) if cut.has(stage.part) else {}), (
        "the run ended before it could be cut off; give it more steps"
    )
    run_stage(stage(), corpus, cut, config)
    _check_resumed(stage, whole, cut)
    again = run_stage(stage(), corpus, whole, config)
    assert "already trained" in again.notes[-1], f"a finished run is not known again: {again.notes}"
    assert {**again.to_dict(), "seconds": 0, "notes": ()} == {**result.to_dict(), "seconds": 0, "notes": ()}
    other = run_stage(stage(), corpus, whole, tiny_stage_settings(name, seed=1))
    assert "started from the beginning" in " ".join(other.notes), f"another seed goes on with a run: {other.notes}"
    assert whole.record(stage.part)["seed"] == 1


def _copied(model: ModelDirectory, name: str) -> ModelDirectory:
    return ModelDirectory(shutil.copytree(model.path, model.path.with_name(name)))


def _check_entry(name: str) -> None:
    stage = STAGES.load(name)
    assert stage.name == name, f"the stage {name!r} calls itself {stage.name!r}"
    assert stage.summary.strip() == stage.summary.splitlines()[0], "the summary must be one line"
    assert "seed" in stage.Config.model_fields, f"{stage.Config.__name__} needs a field seed"
    missing = sorted(stage.Config.model_fields.keys() - inherited_texts(stage.Config).keys())
    assert not missing, f"{stage.Config.__name__} documents nothing of {', '.join(missing)}"


def _check_written(
    stage: Any, model: ModelDirectory, corpus: Corpus, result: StageResult, config: StageSettings
) -> None:
    assert isinstance(result, stage.Result)
    assert model.has(stage.part), f"no part {stage.part!r} was written"
    run = model.path / "training" / stage.name
    assert (run / "config.json").is_file(), f"no resolved settings in {run}"
    record = model.record(stage.part)
    assert record["result"] == stage.Result(**record["result"]).to_dict() | {"notes": list(result.notes)}
    assert record["trained_on"] == {"path": str(corpus.path.resolve()), "version": corpus.version, "split": "train"}
    assert record["verb"] == f"train {stage.name.replace('-', ' ')}"
    given = config.model_dump(mode="json", exclude_unset=True)
    assert {setting: record["config"][setting] for setting in given} == given, "the record holds other settings"


def _check_resumed(stage: Any, whole: ModelDirectory, cut: ModelDirectory) -> None:
    assert _files(cut, stage.part) == _files(whole, stage.part), "a run that was cut off leaves another part"
    logs = [sorted((model.path / "training" / stage.name).rglob("metrics.jsonl")) for model in (whole, cut)]
    assert [read_metrics(log) for log in logs[0]] == [read_metrics(log) for log in logs[1]], "the logs differ"


def _counting(steps: list[int], *, until: int | None = None) -> Progress:
    """Progress that notes each step of training, and cuts the power after some of them."""

    def progress(done: int, total: int | None, what: str) -> None:  # noqa: ARG001 - the interface's
        if what == _STEPS:
            steps.append(done)
            if len(steps) == until:
                raise _PowerCutError

    return progress


def _files(model: ModelDirectory, part: str) -> dict[str, str]:
    folder = model.part(part)
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != "record.json")
    return {file.relative_to(folder).as_posix(): sha256_file(file) for file in files}
