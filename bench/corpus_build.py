"""Time of `corpus build` over a folder of articles against pubmed_parser on the same XML files in the same run.

    python bench/corpus_build.py ../shared/data/papers_cc_by      # or LEXISCOPE_SHARED=../shared/data

The peer calls parse_pubmed_xml, parse_pubmed_caption and parse_pubmed_paragraph and keeps nothing. Three of ours are
timed: reading the same XML to drafts (`ratio_reading`), the whole build, which also hashes, decodes and stores every
figure and commits the cases (`ratio`), and that whole build against the peer plus the same work on the figures done by
hand with hashlib, Pillow and shutil (`ratio_same_work`). Rounds alternate and medians are compared, one thread each.
Prints one JSON line; a ratio is peer / ours; exit 1 when `ratio` misses the target.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pubmed_parser
from PIL import Image as Picture

from lexiscope.corpus.build import build_corpus
from lexiscope.sources import SOURCES, Draft

TARGET = 1.0


def main() -> int:
    """Time all in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("LEXISCOPE_SHARED", "../shared/data")
    parser.add_argument("papers", nargs="?", type=Path, default=Path(shared) / "papers_cc_by")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    articles = sorted(options.papers.rglob("*.xml"))
    if not articles:
        sys.exit(f"no article XML under {options.papers}; name the folder of the papers")
    source = SOURCES.load("jats")(options.papers)
    drafts = [draft for draft in source.drafts() if isinstance(draft, Draft)]
    figures = [file.origin for draft in drafts for file in draft.images.values()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work: dict[str, Callable[[], object]] = {
            "peer": lambda: parse(articles),
            "by hand": lambda: store_by_hand(figures, folder / "by hand"),
            "reading": lambda: list(source.drafts()),
            "build": lambda: build_corpus(folder / "build", source),
        }
        seconds: dict[str, list[float]] = {what: [] for what in work}
        for _ in range(options.rounds):
            for what, run in work.items():
                shutil.rmtree(folder / what, ignore_errors=True)
                started = time.perf_counter()
                run()
                seconds[what].append(time.perf_counter() - started)
    median = {what: statistics.median(found) for what, found in seconds.items()}
    ratio = median["peer"] / median["build"]
    line = {
        "name": "corpus build against pubmed_parser",
        "articles": len(articles),
        "figures": len(figures),
        "ours_s": round(median["build"], 3),
        "peer_s": round(median["peer"], 3),
        "ratio": round(ratio, 2),
        "ratio_reading": round(median["peer"] / median["reading"], 2),
        "ratio_same_work": round((median["peer"] + median["by hand"]) / median["build"], 2),
        "target": TARGET,
    }
    print(json.dumps(line))
    return 0 if ratio >= TARGET else 1


def parse(articles: list[Path]) -> None:
    """What pubmed_parser needs to read the articles, figures' captions and paragraphs."""
    for article in articles:
        pubmed_parser.parse_pubmed_xml(str(article))
        pubmed_parser.parse_pubmed_caption(str(article))
        pubmed_parser.parse_pubmed_paragraph(str(article), all_paragraph=True)


def store_by_hand(figures: list[Path], folder: Path) -> None:
    """Hash, decode and copy every figure under its hash, as a script would."""
    folder.mkdir()
    for figure in figures:
        content = hashlib.sha256(figure.read_bytes()).hexdigest()
        with Picture.open(figure) as picture:
            picture.load()
        place = folder / content[:2] / f"{content}{figure.suffix}"
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(figure, place)


if __name__ == "__main__":
    sys.exit(main())
