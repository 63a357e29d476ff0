"""Partial information decomposition of a 20 x 20 x 4 table under 200 permutations of its labels. Target: 60 s.

    python bench/information.py

1000 cases, one thread, one process; processor time counts, with what sets the problem up. Beside it the same problem
set up anew for each table, ten of them, which has no target. Prints one JSON line each; exit 1 when the target is
missed.
"""

import json
import sys
import time

import numpy as np

from lexiscope.interpret.interaction.pid import PidSolver, joint_table, pid

TARGET_S = 60.0
SHAPE, CASES, PERMUTATIONS, ANEW = (20, 20, 4), 1000, 200, 10


def main() -> int:
    """Measure, print the lines."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, SHAPE[0], (2, CASES))
    labels = (first + second + rng.integers(0, 10, CASES)) % SHAPE[2]  # a sum modulo 4: synergy under noise
    pid(np.ones((2, 2, 2)))  # the import of the solver is not counted

    start = time.process_time()
    solver = PidSolver(SHAPE)
    synergy = [
        solver.solve(joint_table(first, second, rng.permutation(labels), SHAPE)).synergy for _ in range(PERMUTATIONS)
    ]
    seconds = time.process_time() - start
    measured = solver.solve(joint_table(first, second, labels, SHAPE)).synergy
    line = {
        "what": f"{PERMUTATIONS} permutations, {' x '.join(map(str, SHAPE))}, {CASES} cases",
        "processor_s": round(seconds, 1),
        "target_s": TARGET_S,
        "synergy": round(measured, 3),
        "synergy_of_permuted_labels": [round(float(end), 3) for end in np.quantile(synergy, [0.025, 0.975])],
        "met": seconds <= TARGET_S,
    }
    print(json.dumps(line), flush=True)

    start = time.process_time()
    for _ in range(ANEW):
        pid(joint_table(first, second, rng.permutation(labels), SHAPE))
    anew = (time.process_time() - start) / ANEW
    print(json.dumps({"what": "set up anew for each table", "processor_s_each": round(anew, 3)}), flush=True)
    return 0 if line["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
