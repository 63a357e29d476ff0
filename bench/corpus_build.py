"""Time of `corpus build` over a folder of articles against pubmed_parser on the same XML files in the same run.

    python bench/corpus_build.py ../shared/data/papers_cc_by      # or LEXISCOPE_SHARED=../shared/data

Ours reads the articles, hashes, decodes, stores and hashes by look every figure, and commits the cases. The peer calls
parse_pubmed_xml, parse_pubmed_caption and parse_pubmed_paragraph and keeps nothing. Rounds alternate and medians are
compared, one thread each. Prints one JSON line; ratio is peer / ours; exit 1 when it misses the target.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pubmed_parser

from lexiscope.corpus.build import build_corpus
from lexiscope.sources import SOURCES

TARGET = 1.0


def main() -> int:
    """Time both in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("LEXISCOPE_SHARED", "../shared/data")
    parser.add_argument("papers", nargs="?", type=Path, default=Path(shared) / "papers_cc_by")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    articles = sorted(options.papers.rglob("*.xml"))
    if not articles:
        sys.exit(f"no article XML under {options.papers}; name the folder of the papers")
    ours, peer = [], []
    for _ in range(options.rounds):
        peer.append(_seconds(lambda: _parse(articles)))
        with tempfile.TemporaryDirectory() as folder:
            ours.append(_seconds(lambda: _build(Path(folder) / "corpus", options.papers)))
    ours_s, peer_s = statistics.median(ours), statistics.median(peer)
    ratio = peer_s / ours_s
    line = {
        "name": "corpus build against pubmed_parser",
        "articles": len(articles),
        "ours_s": round(ours_s, 3),
        "peer_s": round(peer_s, 3),
        "ratio": round(ratio, 2),
        "target": TARGET,
    }
    print(json.dumps(line))
    return 0 if ratio >= TARGET else 1


def _build(path: Path, papers: Path) -> None:
    build_corpus(path, SOURCES.load("jats")(papers))


def _parse(articles: list[Path]) -> None:
    for article in articles:
        pubmed_parser.parse_pubmed_xml(str(article))
        pubmed_parser.parse_pubmed_caption(str(article))
        pubmed_parser.parse_pubmed_paragraph(str(article), all_paragraph=True)


def _seconds(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
