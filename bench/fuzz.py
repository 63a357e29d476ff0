"""Coverage-guided fuzzing of readers and importers with atheris, which whoever runs this installs by hand.

    python bench/fuzz.py --seconds 60                 # every reader for a minute of processor time
    python bench/fuzz.py nifti table --seconds 600    # two of them
    python bench/fuzz.py nifti --again FILE           # one input once more, with its traceback

Each reader of `lexiscope.testing.fuzz` runs in processes of its own; what ends a process (a crash, a hang of 30 s, 3 GB
of memory) is a find like an exception or 10 s of processor time, and another process goes on. Inputs that found new
code and finds stay in the folder `--keep`. Prints one JSON line for each reader, whose seconds are processor time
without that of imports; exit 1 when anything was found. Ctrl-C or SIGTERM ends the run, and the line of its last reader
says so.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import argparse
import hashlib
import json
import logging
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lexiscope.testing.fuzz.reader import Reader

_HANG, _SLOW, _MEMORY = 30, 10, 3072  # seconds, seconds of processor time, megabytes
_FULL = 2048  # megabytes after which a process makes room for another
_LONGEST = 1 << 15  # bytes of an input
_MOST_PROCESSES = 100
_NOTED_EVERY = 0.5  # seconds of processor time between two notes of how far a process is
_STATUS = re.compile(r"cov: (\d+)")
_LIBRARIES = ("lexiscope", "nibabel", "pydicom", "tifffile", "yaml")


def main() -> int:
    """Try the readers one after another, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help="all of them when none is named")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time of each")
    parser.add_argument("--keep", type=Path, help="folder of inputs and finds; a temporary one by default")
    parser.add_argument("--again", type=Path, help="file of one input that is tried once more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.readers[0], options)
    from lexiscope.testing.fuzz import READERS  # above, it would be imported before it can be instrumented

    names = options.readers or list(READERS)
    if options.again is not None:
        with tempfile.TemporaryDirectory() as folder:
            READERS.load(names[0]).read(options.again.read_bytes(), Path(folder) / "one")
        return 0
    keep = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines: list[dict[str, Any]] = []
    for name in names:
        lines.append(fuzz(name, keep / name, options))
        if "stopped" in lines[-1]:
            break
    return 1 if any(line["finds"] for line in lines) else 0


def fuzz(name: str, keep: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Processes of one reader until its time is spent, and what they found."""
    (keep / "finds").mkdir(parents=True, exist_ok=True)
    seconds, executions, coverage, processes, stopped = 0.0, 0, 0, 0, False
    while options.seconds - seconds > 1 and processes < _MOST_PROCESSES and not stopped:
        command = [sys.executable, __file__, name, "--inside", f"--keep={keep}"]
        command += [f"--seconds={options.seconds - seconds}", f"--seed={options.seed + processes}"]
        (keep / "done").write_text("0 0")
        stopped = _is_stopped(command, keep / "last.log")
        said = (keep / "last.log").read_text(errors="replace")
        tried, spent = (keep / "done").read_text().split()
        if not stopped and not int(tried):  # no input was tried: the reader or its seeds are broken
            raise SystemExit(said[-2000:])
        if not stopped and not _STATUS.search(said):  # libFuzzer never began
            raise SystemExit(f"{name} tried {tried} inputs without coverage:\n{said[-2000:]}")
        coverage = max([coverage, *map(int, _STATUS.findall(said))])
        executions, seconds, processes = executions + int(tried), seconds + float(spent), processes + 1
    names = sorted(path.name for path in (keep / "finds").iterdir() if path.suffix != ".txt")
    finds = [name for name in names if not name.startswith("slow-unit-")]  # slow on a busy machine is no find
    line: dict[str, Any] = {
        "name": f"fuzz {name}",
        "seconds": round(seconds),
        "executions": executions,
        "coverage": coverage,
        "processes": processes,
        "finds": finds,
    }
    if stopped:
        line["stopped"] = True
    print(json.dumps(line), flush=True)
    return line


def _is_stopped(command: list[str], log: Path) -> bool:
    """Run a process to its end, or end it when this one is told to stop: then true."""
    with log.open("wb") as stream, subprocess.Popen(command, stderr=stream, stdout=subprocess.DEVNULL) as process:
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
            return True
    return False


def inside(name: str, options: argparse.Namespace) -> int:
    """One process: mutate, read, note what is raised, until its time is spent or something ends it."""
    import atheris

    logging.disable(logging.CRITICAL)  # tifffile has a word for every odd tag
    warnings.simplefilter("ignore")
    keep = options.keep
    (keep / "corpus").mkdir(exist_ok=True)
    with atheris.instrument_imports(include=list(_LIBRARIES)):
        from lexiscope.testing.fuzz import READERS

        reader = READERS.load(name)
        trial = Trial(reader.read, keep, seconds=options.seconds)
        for seed in _seeds(reader, keep):  # modules that readers import when they need them are imported here
            (keep / "corpus" / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
            trial.try_one(seed)
    trial.begin()
    arguments = [f"-timeout={_HANG}", f"-rss_limit_mb={_MEMORY}", f"-max_len={_LONGEST}", f"-seed={options.seed}"]
    arguments.append(f"-artifact_prefix={keep / 'finds'}/")
    if reader.words:
        words = ("".join(f"\\x{byte:02x}" for byte in word) for word in reader.words)
        (keep / "words").write_text("".join(f'"{word}"\n' for word in words))
        arguments.append(f"-dict={keep / 'words'}")
    atheris.Setup([sys.argv[0], *arguments, str(keep / "corpus")], trial.one)
    atheris.Fuzz()
    return 0


def _seeds(reader: "Reader", keep: Path) -> list[bytes]:
    """Seeds of a reader; only the first process makes them, for which it imports what writes every other format."""
    folder = keep / "seeds"
    if not folder.exists():
        made = list(reader.seeds())
        folder.mkdir()
        for number, seed in enumerate(made):
            (folder / f"{number:04d}").write_bytes(seed)
    return [path.read_bytes() for path in sorted(folder.iterdir())]


class Trial:
    """What is done with one input after another; the process ends when its time is spent.

    Args:
        read: Reads an input, in a folder that is not there yet.
        keep: Folder of finds and of what was done so far.
        seconds: Processor time from `begin` on.
    """

    def __init__(self, read: Callable[[bytes, Path], object], keep: Path, *, seconds: float) -> None:
        self._read, self._keep, self._seconds = read, keep, seconds
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-")) / "one"

    def begin(self) -> None:
        """Count from here on."""
        self._tried, self._start, self._written = 0, time.process_time(), 0.0

    def one(self, data: bytes) -> None:
        """Try one input and count it, which ends the process when its time is spent."""
        self.try_one(data)
        self._count(time.process_time())

    def try_one(self, data: bytes) -> None:
        """Read one input; note what it raises, and that it took too long."""
        from lexiscope.testing.fuzz.reader import refused

        before = time.process_time()
        try:
            self._read(data, self._folder)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # panics of engines are no Exception
            if not refused(error):
                note(error, data, self._keep / "finds")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        spent = time.process_time() - before
        if spent > _SLOW:
            note(TimeoutError(f"{spent:.1f} s of processor time"), data, self._keep / "finds")

    def _count(self, now: float) -> None:
        self._tried += 1
        # What the fuzzer itself keeps grows with every input, and is no input's fault: the next process goes on.
        ends = now - self._start > self._seconds or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _FULL * 1024
        if ends or now - self._written > _NOTED_EVERY:
            self._written = now
            kept = self._keep / "done"
            kept.with_suffix(".part").write_text(f"{self._tried} {now - self._start}")
            kept.with_suffix(".part").replace(kept)  # the process may be ended at any moment
        if ends:
            os._exit(0)


def note(error: BaseException, data: bytes, finds: Path) -> None:
    """Keep the first input of each place that raises, with its traceback."""
    calls = traceback.extract_tb(error.__traceback__)
    frames = [call for call in calls if "lexiscope" in call.filename and "testing" not in call.filename] or calls
    place = f"{type(error).__name__}-{Path(frames[-1].filename).stem}-{frames[-1].lineno}" if frames else "slow"
    path = finds / place
    if not path.exists():
        path.write_bytes(data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error))[-5000:])


if __name__ == "__main__":
    sys.exit(main())
