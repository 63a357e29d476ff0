"""Time of `lexiscope --help` beside that of Python itself, and that it loads no arrays. Target: 6 times.

python bench/help.py
"""

import json
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
TARGET = 6.0
HEAVY = ("torch", "numpy", "pydantic", "typer", "rich")


def main() -> None:
    """Time the command in turns with a bare Python, as whole processes; print one JSON line."""
    bare, module = [sys.executable, "-c", "pass"], [sys.executable, "-m", "lexiscope", "--help"]
    script = [str(Path(sys.executable).with_name("lexiscope")), "--help"]
    commands = {"bare": bare, "module": module, "script": script}
    for command in commands.values():
        subprocess.run(command, check=True, capture_output=True)  # the first run may compile bytecode
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(_timed(command))
    median = {name: sorted(taken)[RUNS // 2] for name, taken in times.items()}
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", *module[1:]], check=True, capture_output=True, text=True
    ).stderr
    result = {
        "name": "help",
        **{f"{name}_s": round(taken, 4) for name, taken in median.items()},
        **{f"{name}_times_bare": round(median[name] / median["bare"], 2) for name in ("module", "script")},
        "loads": sorted(set(HEAVY) & {line.rpartition("|")[2].strip() for line in imported.splitlines()}),
        "target_times_bare": TARGET,
    }
    print(json.dumps(result))


def _timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
