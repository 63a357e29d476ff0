"""`kill -9` at random moments of every verb that writes: the same command once more, and nothing is lost.

    python bench/kills.py --kills 20 --seed 0
    python bench/kills.py index "train align" --kills 40

Six in ten kills are placed by what the process does to files, the others by time. Prints one JSON line for each verb:
killed runs (tried), those after which folder, rows and bytes are those of a run that nobody killed (held), and what
was lost; exit 1 when anything was.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import sys

from lexiscope.testing.kill_workshop import VERBS
from lexiscope.testing.kills import kill_verbs


def main() -> int:
    """Kill the verbs that are named, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verbs", nargs="*", help="all of them when none is named")
    parser.add_argument("--kills", type=int, default=20, help="of each verb")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lost = 0
    for line in kill_verbs(options.verbs or list(VERBS), kills=options.kills, seed=options.seed):
        print(json.dumps(line), flush=True)
        lost += len(line["lost"])
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
