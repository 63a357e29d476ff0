"""`Trial`: a command run in a process of its own, killed at a placed moment, and what its folder holds afterwards.

Commands run in forks of this process, which has imported torch once and opened nothing, so that hundreds of runs cost
seconds and not hours. A kill is placed by counting what the process does to files, so that one seed gives the same
kills on every machine, or by a share of the time that the whole run took, for work that no Python code sees.
"""

import hashlib
import json
import os
import re
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EVENTS = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "shutil.rmtree", "os.link"})
_HANGS = 300.0  # seconds; no run here takes a tenth of it
_VOLATILE = frozenset(
    {"seconds", "started", "resumed_at", "time"}
)  # keys of JSON that say when a run was, and how long
_DURATION = re.compile(rb"\d+\.\d (s|min)\b")  # in the page of a demo
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[T ][\d:]+Z?")


@dataclass(frozen=True, slots=True)
class Ended:
    """End of a run.

    Args:
        code: Exit code; -9 for a run that was killed.
        seconds: Wall-clock time.
        events: Times that it opened a file for writing, made, renamed or removed one.
        said: End of what it wrote on stderr.
    """

    code: int
    seconds: float
    events: int
    said: str


def run_command(
    words: Sequence[str], folder: Path, *, after_events: int | None = None, after_seconds: float | None = None
) -> Ended:
    """Run `lexiscope WORDS` in a folder.

    Args:
        words: Arguments of the command, with paths below the folder.
        folder: Working directory.
        after_events: Kill it just before this one of its events, counted from 1.
        after_seconds: Kill it, with all that it started, after so many seconds.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as counted:
        child = _fork(lambda: _command(words, folder, said.fileno(), counted.fileno(), after_events))
        code = _wait(child, after_seconds)
        said.seek(0)
        counted.seek(0)
        text = said.read().decode(errors="replace")
        return Ended(code, time.monotonic() - started, len(counted.read()), text[-2000:])


def in_fork(work: Callable[[], Any]) -> Any:
    """Result of work that opens engines, which do not survive a fork: it is done in one. JSON types."""
    read, write = os.pipe()
    child = _fork(lambda: _answer(work, write))
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        data = stream.read()
    code = _wait(child, None)
    if code:
        raise RuntimeError(f"work in a fork ended with {code}: {data.decode(errors='replace')}")
    return json.loads(data)


def state_of(folder: Path) -> dict[str, Any]:
    """All that a folder holds: files by their bytes, JSON without what times a run, corpora and indexes by content."""
    state: dict[str, Any] = in_fork(lambda: dict(_entries(folder, folder)))
    return state


def _entries(folder: Path, root: Path) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for path in sorted(folder.iterdir()):
        name = str(path.relative_to(root))
        if path.name == "cases.lance":
            found.append((name, _rows(path.parent)))
        elif path.name.startswith("lexiscope-") and path.parent.name == "index":
            found.append((name, _answers(path.parents[1])))
        elif path.parent.name == ".features" and path.is_dir():
            found.append((name, _rows_of_features(path)))
        elif path.is_dir():
            found += [(f"{name}/", None), *_entries(path, root)]
        elif not path.name.endswith(".lock"):
            found.append((name, _content(path)))
    return found


def _rows(corpus: Path) -> Any:
    from lexiscope.corpus.store import Corpus

    opened = Corpus.open(corpus) if Corpus.exists(corpus) else None
    return None if opened is None else [opened.version, [case.id for case in opened]]


def _answers(model: Path) -> Any:
    """What a search gives; an index that cannot be searched says why."""
    from lexiscope.core.errors import LexiscopeError
    from lexiscope.tasks.search.search import search

    try:
        return [[hit["case"], round(hit["score"], 6)] for hit in search(model, "red disc specimen", k=20)[0].value]
    except LexiscopeError as error:
        return str(error)


def _rows_of_features(folder: Path) -> Any:
    """Rows by their keys, however a killed run and the next one shared them among files; and what else is there."""
    rows: dict[str, str] = {}
    other = []
    for path in sorted(folder.iterdir()):
        if path.suffix != ".npy":
            other.append(path.name)
            continue
        table = np.load(path)
        rows |= {row["key"].decode(): hashlib.sha256(row["row"].tobytes()).hexdigest() for row in table}
    return [dict(sorted(rows.items())), other]


def _content(path: Path) -> Any:
    if path.suffix == ".json":
        return _timeless(json.loads(path.read_bytes()))
    if path.suffix == ".jsonl":
        return [_timeless(json.loads(line)) for line in path.read_bytes().splitlines()]
    data = path.read_bytes()
    if path.suffix == ".html":
        data = _DURATION.sub(b"", data)
    return hashlib.sha256(_MOMENT.sub(b"", data) if path.suffix == ".md" else data).hexdigest()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(item) for name, item in value.items() if name not in _VOLATILE}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _fork(work: Callable[[], None]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lance warns of forks; this process has opened nothing of it
        child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(99)
    os._exit(0)


def _wait(child: int, after: float | None) -> int:
    """Exit code of a child, which is killed after so many seconds."""
    end = time.monotonic() + (_HANGS if after is None else after)
    handle = os.pidfd_open(child)
    try:
        ready, _, _ = select.select([handle], [], [], max(0.0, end - time.monotonic()))
    finally:
        os.close(handle)
    if not ready:
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:  # it has not come to have a group of its own yet
            os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not ready and after is None:
        raise TimeoutError(f"a run hangs: it was killed after {_HANGS:g} seconds")
    return code


def _answer(work: Callable[[], Any], write: int) -> None:
    try:
        data = json.dumps(work())
    except BaseException as error:
        os.write(write, f"{type(error).__name__}: {error}".encode()[:4000])
        os._exit(1)
    with os.fdopen(write, "w") as stream:
        stream.write(data)


def _command(words: Sequence[str], folder: Path, said: int, counted: int, after: int | None) -> None:
    from lexiscope.cli.main import main

    os.chdir(folder)
    silence = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, silence), (1, silence), (2, said)):
        os.dup2(source, target)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    sys.argv = ["lexiscope", *words]
    _count_events(folder, counted, after)
    try:
        main()
    except SystemExit as end:
        sys.stderr.flush()
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        os._exit(code)


def _count_events(folder: Path, counted: int, after: int | None) -> None:
    """Write a byte for each event below the folder, and end the process before one of them, as `kill -9` does."""
    done = [0]

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not (isinstance(flags, int) and flags & _WRITES):
                return
        elif event in _EVENTS:
            path = arguments[0]
        else:
            return
        if not isinstance(path, str | os.PathLike) or not Path(path).absolute().is_relative_to(folder):
            return
        done[0] += 1
        if done[0] == after:
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(counted, b".")

    sys.addaudithook(note)


def fresh_copy(source: Path, target: Path, *, only: Sequence[str]) -> Path:
    """A folder in the place of an older one, with copies of what is named of another."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in only:
        copy(source / name, target / name)
    return target


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all that is in it."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
