"""`try_closed`: every verb on what an ordinary user may not read or write ends in a message, never in a traceback."""

import importlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lexiscope.testing.kill_trial import Ended, fresh_copy, run_command
from lexiscope.testing.kill_workshop import VERBS, Verb, make_workshop

_CLOSED, _READ_ONLY, _READ_ONLY_FOLDER = 0, 0o444, 0o555
_RIGHTS = ("denied", "not readable", "cannot be read", "cannot be written", "read-only", "writable")
_DONE, _WITH_REJECTIONS = 0, 3
# Imported before the forks, as in `kills`.
_HEAVY = ("lexiscope.evaluate.run", "lexiscope.training.instruct.instruct", "peft")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a verb said of a place that it may not use.

    Args:
        verb: Name in `VERBS`.
        closed: The place; ". for writing" where nothing may be written.
        code: Exit code.
        said: End of what it said.
    """

    verb: str
    closed: str
    code: int
    said: str

    @property
    def is_plain(self) -> bool:
        """True for what went on without the place, and for a message about rights without a traceback."""
        unforeseen = any(word in self.said for word in ("Traceback", "--debug", "panic"))
        return not unforeseen and (self.code in (_DONE, _WITH_REJECTIONS) or any(word in self.said for word in _RIGHTS))


def try_closed(names: Iterable[str]) -> Iterator[Refusal]:
    """Close, one after the other, what verbs read: inputs, a file of each kind in them, folders; then all for writing.

    To be called by an ordinary user, as root may read everything, and in a process that has opened no corpus and no
    index, which do not survive forks.

    Args:
        names: Names in `VERBS`.
    """
    for module in _HEAVY:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as name:
        workshop, trial = Path(name).resolve() / "workshop", Path(name).resolve() / "trial"
        for verb in names:
            for need in VERBS[verb].needs:
                make_workshop(workshop, need)
            fresh_copy(workshop, trial, only=VERBS[verb].needs)
            places = list(_places(VERBS[verb], trial))
            for place in places:
                ended = _closed(VERBS[verb], trial, place)
                yield Refusal(verb, str(place), ended.code, ended.said)
                fresh_copy(workshop, trial, only=VERBS[verb].needs)
            ended = _not_writable(VERBS[verb], trial)
            yield Refusal(verb, ". for writing", ended.code, ended.said)


def _places(verb: Verb, trial: Path) -> Iterator[Path]:
    """Inputs of a verb, and below each a file of each kind with its folder, relative to the trial's."""
    inputs = dict.fromkeys(word for word in verb.words if word.partition("/")[0] in verb.needs)
    for path in (trial / word for word in inputs):
        yield path.relative_to(trial)
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != ".lock")
        kinds = {file.suffix: file for file in files}
        yield from (file.relative_to(trial) for file in kinds.values())
        yield from sorted({file.parent.relative_to(trial) for file in kinds.values()} - {path.relative_to(trial)})


def _closed(verb: Verb, trial: Path, place: Path) -> Ended:
    mode = (trial / place).stat().st_mode
    (trial / place).chmod(_CLOSED)
    try:
        return run_command(verb.words, trial)
    finally:
        (trial / place).chmod(mode)


def _not_writable(verb: Verb, trial: Path) -> Ended:
    folders: Sequence[str] = [folder for folder, _, _ in os.walk(trial)]
    for folder in reversed(folders):
        for entry in Path(folder).iterdir():
            if entry.is_file():
                entry.chmod(_READ_ONLY)
        Path(folder).chmod(_READ_ONLY_FOLDER)
    try:
        return run_command(verb.words, trial)
    finally:
        for folder in folders:
            Path(folder).chmod(0o755)
