"""`kill_verbs`: `kill -9` of verbs that write; after the same command once more, all is as if nobody had killed it."""

import gc
import importlib
import os
import pkgutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

import lexiscope
from lexiscope.testing.kill_trial import Ended, copy, fresh_copy, run_command, state_of
from lexiscope.testing.kill_workshop import VERBS, Verb, make_workshop

_SHOWN = 3  # differences in a line
_BY_EVENTS = 0.6  # share of kills that are placed by what the process does to files
_KILLED, _WRONG_USE = -9, 2  # exit codes
# Imported once, before the forks, as is all of lexiscope that commands use: it takes seconds, and opens nothing.
_HEAVY = (
    "PIL.PngImagePlugin",
    "lxml.etree",
    "nibabel",
    "peft",
    "pydicom.pixels",
    "sacrebleu",
    "scipy.stats",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "transformers.models.llama.modeling_llama",
)
_NOT_COMMANDS = ("lexiscope.__main__", "lexiscope.serve", "lexiscope.testing")


@dataclass(frozen=True, slots=True)
class Whole:
    """A run that nobody killed.

    Args:
        ended: End of the run.
        state: Contents of its folder afterwards.
    """

    ended: Ended
    state: dict[str, Any]


def kill_verbs(names: Iterable[str], *, kills: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Kill verbs at moments that the seed places, each time in a fresh folder, and compare.

    To be called in a process that has opened no corpus and no index, which do not survive forks.

    Args:
        names: Names in `VERBS`.
        kills: Kills of each verb.
        seed: Seed of the moments.

    Returns:
        For each verb the time and the events of a run that nobody killed, the runs that were killed (tried), those
        after which nothing was lost (held), and what the first of the others lost.
    """
    _import_all()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "scrap")
        (folder / "scrap").mkdir()
        try:
            for verb in names:
                _provide(folder, VERBS[verb].needs)
                yield _kill(verb, folder, kills=kills, rng=np.random.default_rng([seed, crc32(verb.encode())]))
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = None


def _import_all() -> None:
    for module in _HEAVY:
        importlib.import_module(module)
    for found in pkgutil.walk_packages(lexiscope.__path__, "lexiscope."):
        if not found.name.startswith(_NOT_COMMANDS):
            importlib.import_module(found.name)
    gc.freeze()  # a collection of garbage in a fork would copy every page of what was imported


def _provide(folder: Path, needs: Iterable[str]) -> None:
    """Make what is needed where the runs will find it, as models name the corpus that they learned from; keep it."""
    workshop, trial = folder / "workshop", folder / "trial"
    workshop.mkdir(exist_ok=True)
    fresh_copy(workshop, trial, only=[path.name for path in workshop.iterdir()])
    for need in needs:
        make_workshop(trial, need)
    for path in trial.iterdir():
        if not (workshop / path.name).exists():
            copy(path, workshop / path.name)


def _kill(name: str, folder: Path, *, kills: int, rng: np.random.Generator) -> dict[str, Any]:
    whole = _whole(VERBS[name], folder)
    lost: list[str] = []
    tried = 0
    while tried < kills:
        ended, wrong = _killed_run(VERBS[name], folder, whole, rng)
        if ended.code == _KILLED:  # and not faster than its moment
            tried += 1
            lost += [wrong] if wrong else []
    done = {"verb": name, "seconds": round(whole.ended.seconds, 2), "events": whole.ended.events}
    return {**done, "tried": tried, "held": tried - len(lost), "lost": lost[:_SHOWN]}


def _whole(verb: Verb, folder: Path) -> Whole:
    trial = _start(verb, folder)
    ended = run_command(verb.words, trial)
    if ended.code not in (0, 3):
        raise SystemExit(f"{' '.join(verb.words)} ended with {ended.code}: {ended.said}")
    return Whole(ended, state_of(trial))


def _killed_run(verb: Verb, folder: Path, whole: Whole, rng: np.random.Generator) -> tuple[Ended, str]:
    """A run that is killed by events or by time; with what is wrong after the same command once more."""
    trial = _start(verb, folder)
    if whole.ended.events and rng.random() < _BY_EVENTS:
        event = int(rng.integers(1, whole.ended.events, endpoint=True))
        ended, moment = run_command(verb.words, trial, after_events=event), f"killed at event {event}"
    else:
        seconds = rng.uniform(0.02, 1.0) * whole.ended.seconds
        ended, moment = run_command(verb.words, trial, after_seconds=seconds), f"killed after {seconds:.3f} s"
    again = run_command(verb.words, trial)
    wrong = differences(whole.state, state_of(trial))
    if again.code != whole.ended.code and not (again.code == _WRONG_USE and "exists already" in again.said):
        wrong = [f"exit code {again.code}: {again.said[-300:]}", *wrong]
    return ended, f"{moment}: {'; '.join(wrong[:_SHOWN])}" if wrong else ""


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What two states differ in, by name.

    Example:
        >>> differences({"a": 1, "b": 2}, {"b": 3, "c": 4})
        ['a is missing', 'c is left over', 'b differs: 2, now 3']
    """
    missing = [f"{name} is missing" for name in one.keys() - other.keys()]
    extra = [f"{name} is left over" for name in other.keys() - one.keys()]
    changed = [
        f"{name} differs: {str(one[name])[:200]}, now {str(other[name])[:200]}"
        for name in one.keys() & other.keys()
        if one[name] != other[name]
    ]
    return [*sorted(missing), *sorted(extra), *sorted(changed)]


def _start(verb: Verb, folder: Path) -> Path:
    """The folder of a trial, with what the verb reads; always at the same place."""
    trial = folder / "trial"
    fresh_copy(folder / "workshop", trial, only=verb.needs)
    return trial
