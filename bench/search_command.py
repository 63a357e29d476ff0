"""Processor time of `lexiscope search MODEL WORDS` as a whole process, and what it loads. Target: 2 s.

    python bench/search_command.py --model MODEL [--words "a crack"]

MODEL holds an index of some corpus. The first run is not counted, the median of the others is. User and system time
together, so that a busy machine counts little. One JSON line; exit 1 when the target is missed.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

RUNS = 5
TARGET = 2.0
HEAVY = ("torch", "transformers", "scipy", "pandas", "PIL", "sympy", "lance", "pyarrow", "numpy")


def main() -> int:
    """Run the command several times; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--words", default="a crack")
    chosen = options.parse_args()
    search = ["-m", "lexiscope", "search", str(chosen.model), chosen.words]
    times = sorted([_seconds([sys.executable, *search]) for _ in range(RUNS + 1)][1:])
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", *search], check=True, capture_output=True, text=True
    ).stderr
    result = {
        "name": "search_command",
        "processor_s": round(times[RUNS // 2], 2),
        "from": round(times[0], 2),
        "to": round(times[-1], 2),
        "loads": sorted(set(HEAVY) & {line.rpartition("|")[2].strip() for line in loaded.splitlines()}),
        "target_s": TARGET,
    }
    print(json.dumps(result))
    return 0 if result["processor_s"] <= TARGET else 1


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
