"""Uploads of malformed files, each asked about by three tasks: no failure, no dead worker, no growth beyond limits.

    python bench/hostile_uploads.py --work FOLDER            # 500 files
    python bench/hostile_uploads.py --work FOLDER --files 50

FOLDER is that of `bench/serve.py`; `--model` and `--corpus` name others. Prints one JSON line; exit 1 when an answer is
5xx, the worker is another one at the end, or memory or the folder of the server grew beyond what it may keep.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
from collections import Counter
from pathlib import Path

import httpx

from lexiscope.testing.hostile_uploads import hostile_uploads, send_and_ask
from serve import prepare
from serve_process import served

MOST_GROWTH_MB = 1024
MOST_KEPT_MB = 4096


def main() -> int:
    """Send them all, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--modality", default="flair")
    options = parser.parse_args()
    prepare(options)
    options.work.mkdir(parents=True, exist_ok=True)
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    with served(options) as server:
        worker, before = server.workers(), server.memory_mb()
        for file in hostile_uploads(options.files, folder=options.work / "dicom"):
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=600) as client:
                answers = send_and_ask(client, file, modality=options.modality)  # a refusal may close the connection
            statuses.update(answers)
            failures += [f"{file.name[:40]} {answers}"] if max(answers) >= 500 else []
        growth, kept, same = server.memory_mb() - before, server.folder_mb(), server.workers() == worker
    line = {"name": "hostile uploads", "files": options.files, "answers": dict(sorted(statuses.items()))}
    line |= {"failures": failures[:10], "same_worker": same, "memory_growth_mb": growth, "folder_mb": kept}
    good = not failures and same and growth <= MOST_GROWTH_MB and kept <= MOST_KEPT_MB
    print(json.dumps({**line, "met": good}))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
