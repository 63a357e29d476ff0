"""Time of writing questions and answers by rules: `write_conversations` over simulated cases with reports and facts.

    python bench/conversations.py --turns 10000

Target: 10,000 turns in 60 s or less, reading the corpus and committing the cases included. One thread. Prints one JSON
line; exit 1 when the target is missed.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from lexiscope.core.case import Case, Provenance
from lexiscope.core.image import Image
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.language.conversations.write import write_conversations

TARGET = 60.0
SIDES, LOBES, KINDS = (
    ("left", "right"),
    ("frontal lobe", "parietal lobe", "temporal lobe"),
    ("mass", "infarct", "lesion"),
)


def main() -> int:
    """Make the cases, time the writer, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus.create(Path(folder) / "corpus")
        corpus.upsert(case(place) for place in range(options.turns // 8))
        started = time.perf_counter()
        report = write_conversations(corpus)
        seconds = time.perf_counter() - started
    line = {
        "name": "questions and answers by rules",
        "cases": report.cases,
        "turns": report.turns,
        "seconds": round(seconds, 2),
        "seconds_for_10000": round(seconds * 10_000 / report.turns, 2),
        "target": TARGET,
    }
    print(json.dumps(line))
    return 0 if line["seconds_for_10000"] <= TARGET else 1


def case(place: int) -> Case:
    """A case with a caption, a mention of three sentences and facts; its image is never opened."""
    side, lobe, kind = SIDES[place % 2], LOBES[place % 3], KINDS[place // 6 % 3]
    there = place % 4 > 0
    seen = f"A {kind} of {5 + place % 20} mm lies in the {side} {lobe}." if there else "No lesion is seen."
    wide = "The ventricles are of normal size; no atrophy." if place % 5 else "Severe atrophy with enlarged ventricles."
    mention = (
        f"As shown in Fig. 1, the {kind} has a bright rim, suggesting a {kind} of recent origin (12 days). "
        "It was followed for 3 months [12]. Figure 1 shows that the cortex is spared."
    )
    return Case(
        f"case-{place:06d}",
        f"group-{place // 2:06d}",
        Provenance("bench", locator={"label": "Figure 1"}),
        images={"mri": Image(f"{place:064x}", "mri", "png", (64, 64))},
        texts=(Passage("caption", f"Axial MRI of the brain. {seen} {wide}"), Passage("mention", mention)),
        attributes={"side": side, "lobe": lobe, "kind": kind, "age": 20 + place % 60} if there else {"kind": "none"},
    )


if __name__ == "__main__":
    sys.exit(main())
