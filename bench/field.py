"""Inputs that labs have, made by code and varied: how many are read right, rejected with a reason, silently wrong.

    python bench/field.py [--kind WORDS]

Kinds follow public bug reports of other tools: series of DICOM whose UIDs were lost, voids in NIfTI headers, masks on
other grids, units and print settings of TIFF, text that no page of a PDF shows, groups and rights of figures in JATS,
encodings of tables, shards of other programs. Prints one JSON line a kind and one of the sums; ends with 1 when an
input is silently wrong, which is named on stderr.
"""

import argparse
import json
import logging
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

from lexiscope.testing.field import REJECTED, RIGHT, WRONG, all_variants, try_variant


def main() -> None:
    """Try all variants, and print the counts."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", default="", help="only kinds whose name holds these words")
    wanted = options.parse_args().kind
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for variant in all_variants():
        if wanted not in variant.kind:
            continue
        with tempfile.TemporaryDirectory() as folder:
            verdict = try_variant(variant, Path(folder))
        kinds[variant.kind][verdict.said] += 1
        if verdict.said == WRONG:
            print(f"{variant.kind}, {variant.name}: {verdict.why}", file=sys.stderr)
    for kind, counts in kinds.items():
        print(json.dumps(_line(kind, counts)))
    total = sum(kinds.values(), Counter[str]())
    print(json.dumps(_line(f"{len(kinds)} kinds", total)))
    sys.exit(int(bool(total[WRONG])))


def _line(kind: str, counts: Counter[str]) -> dict[str, object]:
    return {"kind": kind, "tried": counts.total(), **{said: counts[said] for said in (RIGHT, REJECTED, WRONG)}}


if __name__ == "__main__":
    main()
