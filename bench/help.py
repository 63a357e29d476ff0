"""How long `lexiscope --help` takes, and that it loads no torch. Target: 0.4 s.

python bench/help.py
"""

import json
import subprocess
import sys
import time

RUNS = 9
TARGET_S = 0.4


def main() -> None:
    """Time the command as a whole process; print one JSON line."""
    command = [sys.executable, "-m", "lexiscope", "--help"]
    subprocess.run(command, check=True, capture_output=True)  # the first run may compile bytecode
    seconds = sorted(_timed(command) for _ in range(RUNS))
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", *command[1:]], check=True, capture_output=True, text=True
    ).stderr
    result = {
        "name": "help",
        "ours_s": round(seconds[RUNS // 2], 3),
        "bare_s": round(
            sorted(_timed([sys.executable, "-c", "import typer, rich"]) for _ in range(RUNS))[RUNS // 2], 3
        ),
        "torch": "| torch\n" in imported,
        "target_s": TARGET_S,
    }
    print(json.dumps(result))


def _timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
