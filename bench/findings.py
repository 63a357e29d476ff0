"""What is published of multimodal models, looked for in models of real data: what holds, and what does not.

    python bench/findings.py --data FOLDER --work build/findings
    python bench/findings.py --data FOLDER --work build/findings --set av_digits --split val
    python bench/findings.py --data FOLDER --work build/findings --page docs/reference/findings.md

Trains small models on each set (digits with sound, glioma sequences outlined and classified, chest X-rays with notes,
questions about radiology images), and interprets them. Corpora, models and every result are kept in WORK, results by
the content of model, data and rules, so the same command goes on where it stopped. Prints a JSON line for each finding;
WORK/findings.json holds all of them, and --page writes what it says as a page. `--segmenter` takes a segmenter of
gliomas with a structure "tumour" that was trained longer. Choose on val; look at test once. Some twenty minutes of one
processor.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from findings_page import findings_page
from findings_parts import kept
from findings_sets import SETS, Settings
from lexiscope.core.files import write_json, write_text


def main() -> None:
    """Train, interpret, judge; a JSON line for each finding, and a page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--work", type=Path, required=True, help="keeps corpora, models and results between runs")
    options.add_argument("--set", action="append", dest="sets", choices=SETS, help="all when none is named")
    options.add_argument("--split", default="test")
    options.add_argument("--seeds", type=int, default=3, help="trainings of what trains in seconds")
    options.add_argument("--limit", type=int, default=64, help="most questions that an assistant is asked")
    options.add_argument("--segmenter", type=Path, default=None, help="a segmenter of gliomas that was trained longer")
    options.add_argument("--page", type=Path, default=None, help="writes what was found as Markdown")
    chosen = options.parse_args()
    settings = Settings(chosen.data, chosen.work, chosen.split, chosen.seeds, chosen.limit, chosen.segmenter)
    runs: list[dict[str, Any]] = []
    for name in chosen.sets or SETS:
        for run in _runs(name, settings):
            runs.append(run)
            for finding in run["findings"]:
                print(json.dumps({"set": name, **finding}), flush=True)
    write_json(settings.work / "findings.json", runs)
    if chosen.page is not None:
        write_text(chosen.page, findings_page(runs))


def _runs(name: str, settings: Settings) -> Iterator[dict[str, Any]]:
    for part in SETS[name](settings):
        yield kept(name, part, settings.work / "runs")


if __name__ == "__main__":
    main()
