"""Memory of features that are kept: made-up levels of many cases, computed, kept, and compared.

    python bench/level_cache.py --cases 100000 --work FOLDER

Four modalities with four levels of 384 channels each; each level is compared between all modalities by the unbiased
linear CKA. Prints one JSON line: seconds of the processor to fill and to compare, and the largest memory of the process
beside its target.
"""

import argparse
import json
import resource
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexiscope.interpret.level_cache import KeptLevels
from lexiscope.interpret.similarity.cka import linear_cka
from lexiscope.interpret.subject import Cases, Level

TARGET_GIB = 2.0
_MODALITIES, _LEVELS, _CHANNELS, _PLACES = ("t1", "t2", "flair", "post"), 4, 384, 4


class MadeUp:
    """A model whose levels are drawn for each case anew, with something that modalities share."""

    fingerprint = "made up"

    def levels(self, cases: Cases[Any]) -> dict[str, list[Level]]:
        """Levels of some cases."""
        rng = np.random.default_rng(int(cases.ids[0]))
        shape = (len(cases), _PLACES, _CHANNELS)
        shared = rng.standard_normal(shape, np.float32)
        there = torch.ones(len(cases), dtype=torch.bool)
        return {
            name: [
                Level(f"level {depth}", torch.from_numpy(rng.standard_normal(shape, np.float32) + shared), None, there)
                for depth in range(_LEVELS)
            ]
            for name in _MODALITIES
        }


def main() -> None:
    """Fill, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--work", type=Path, required=True)
    given = parser.parse_args()
    ids = [str(number) for number in range(given.cases)]
    cases = Cases(items=ids, ids=ids, groups=ids, present={})
    started = time.process_time()
    kept = KeptLevels.fill(MadeUp(), cases, given.work / "levels")
    filled = time.process_time()
    values = [
        linear_cka(kept.read((first, f"level {depth}")), kept.read((second, f"level {depth}")))
        for depth in range(_LEVELS)
        for first, second in combinations(_MODALITIES, 2)
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    line = {
        "cases": given.cases,
        "fill_s": round(filled - started, 1),
        "compare_s": round(time.process_time() - filled, 1),
        "cka": round(float(np.mean(values)), 3),
        "peak_gib": round(peak, 2),
        "target_gib": TARGET_GIB,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
