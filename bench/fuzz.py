"""Coverage-guided fuzzing of readers and importers with atheris, which whoever runs this installs by hand.

    python bench/fuzz.py --seconds 60                 # every reader for a minute of processor time
    python bench/fuzz.py nifti table --seconds 600    # two of them
    python bench/fuzz.py nifti --again FILE           # one input once more, with its traceback

Each reader runs in processes of its own; what ends a process (a crash, a hang of 30 s, 3 GB of memory) is a find like
an exception, and another process goes on. Inputs that found new code and finds stay in the folder `--keep`. Prints one
JSON line for each reader; exit 1 when anything was found.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import argparse
import hashlib
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HANG, _MEMORY = 30, 3072  # seconds, megabytes
_LONGEST = 1 << 14  # bytes of an input
_STATUS = re.compile(r"cov: (\d+)")
_LIBRARIES = ("lexiscope", "nibabel", "pydicom", "tifffile", "yaml")


def main() -> int:
    """Try the readers one after another, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help="all of fuzz_readers.READERS when none is named")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time of each")
    parser.add_argument("--keep", type=Path, help="folder of inputs and finds; a temporary one by default")
    parser.add_argument("--again", type=Path, help="file of one input that is tried once more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.readers[0], options)
    from fuzz_readers import READERS

    names = options.readers or list(READERS)
    if options.again is not None:
        with tempfile.TemporaryDirectory() as folder:
            READERS[names[0]].read(options.again.read_bytes(), Path(folder))
        return 0
    keep = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    lines = [fuzz(name, keep / name, options) for name in names]
    return 1 if any(line["finds"] for line in lines) else 0


def fuzz(name: str, keep: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Processes of one reader until its time is spent, and what they found."""
    (keep / "finds").mkdir(parents=True, exist_ok=True)
    left, executions, coverage, processes = options.seconds, 0, 0, 0
    while left > 1 and processes < 100:
        command = [sys.executable, __file__, name, "--inside", f"--keep={keep}", f"--seconds={left}"]
        command.append(f"--seed={options.seed + processes}")
        before = os.times()
        ended = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False)
        after = os.times()
        left -= max(1.0, after.children_user + after.children_system - before.children_user - before.children_system)
        said = ended.stderr.decode(errors="replace")
        (keep / "last.log").write_text(said[-20_000:])
        coverage = max([coverage, *map(int, _STATUS.findall(said))])
        executions += int((keep / "executions").read_text()) if (keep / "executions").is_file() else 0
        processes += 1
        if ended.returncode == 2:
            raise SystemExit(said[-2000:])
    names = sorted(path.name for path in (keep / "finds").iterdir() if path.suffix != ".txt")
    finds = [name for name in names if not name.startswith("slow-unit-")]  # slow on a busy machine is no find
    line = {
        "name": f"fuzz {name}",
        "seconds": round(options.seconds - left),
        "executions": executions,
        "coverage": coverage,
        "processes": processes,
        "finds": finds,
    }
    print(json.dumps(line), flush=True)
    return line


def inside(name: str, options: argparse.Namespace) -> int:
    """One process: mutate, read, note what is raised, until its time is spent or something ends it."""
    import atheris

    with atheris.instrument_imports(include=list(_LIBRARIES)):
        from fuzz_readers import READERS
    reader, keep = READERS[name], options.keep
    (keep / "corpus").mkdir(exist_ok=True)
    for seed in reader.seeds():
        (keep / "corpus" / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    (keep / "executions").write_text("0")
    arguments = [f"-timeout={_HANG}", f"-rss_limit_mb={_MEMORY}", f"-max_len={_LONGEST}", f"-seed={options.seed}"]
    arguments.append(f"-artifact_prefix={keep / 'finds'}/")
    if reader.words:
        words = ("".join(f"\\x{byte:02x}" for byte in word) for word in reader.words)
        (keep / "words").write_text("".join(f'"{word}"\n' for word in words))
        arguments.append(f"-dict={keep / 'words'}")
    atheris.Setup([sys.argv[0], *arguments, str(keep / "corpus")], trial(reader.read, keep, seconds=options.seconds))
    atheris.Fuzz()
    return 0


def trial(read: Callable[[bytes, Path], object], keep: Path, *, seconds: float) -> Callable[[bytes], None]:
    """What is done with one input; the process ends when its time is spent."""
    from fuzz_readers import refused

    count = itertools.count(1)
    end = time.process_time() + seconds  # without the imports, which take ten seconds under atheris
    folder = Path(tempfile.mkdtemp(prefix="fuzz-")) / "one"

    def one(data: bytes) -> None:
        number = next(count)
        if number % 50 == 0:
            (keep / "executions").write_text(str(number))
            if time.process_time() > end:
                os._exit(0)
        folder.mkdir()
        try:
            read(data, folder)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # panics of engines are no Exception
            if not refused(error):
                note(error, data, keep / "finds")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return one


def note(error: BaseException, data: bytes, finds: Path) -> None:
    """Keep the first input of each place that raises, with its traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "lexiscope" in frame.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
    path = finds / place
    if not path.exists():
        path.write_bytes(data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error))[-5000:])


if __name__ == "__main__":
    sys.exit(main())
