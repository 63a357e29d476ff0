"""Text-to-image recall@10 on the OpenStax figures, mean of three seeds, one recipe for captions and alternative texts.

    python bench/retrieval.py [--data FOLDER] [--work FOLDER] [--split val]

Choose on val; look at test once. Target on test: 0.54 from captions, 0.62 from alternative texts.
"""

import argparse
import json
import os
import time
from pathlib import Path
from tempfile import mkdtemp

import lexiscope
from lexiscope.sources.tables.table import TableSource

SEEDS = (0, 1, 2)
TARGETS = {"caption": 0.54, "alt_text": 0.62}


def main() -> None:
    """Build, align with each seed, evaluate; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--work", type=Path, default=None, help="keeps corpus and models between runs")
    options.add_argument("--split", default="test")
    chosen = options.parse_args()
    work = chosen.work or Path(mkdtemp(prefix="retrieval-"))
    source = TableSource(
        chosen.data / "openstax_figures" / "pairs.jsonl",
        image_columns=("image",),
        text_columns=("caption", "alt_text"),
        group_column="module",
        split_column="split",
    )
    lexiscope.build_corpus(work / "corpus", source)
    runs = [_run(work, seed, chosen.split) for seed in SEEDS]
    found = {column: [run["recall@10"][column] for run in runs] for column in TARGETS}
    result = {
        "name": "retrieval",
        "split": chosen.split,
        "corpus": lexiscope.Corpus.open(work / "corpus").version,
        "seeds": SEEDS,
        "recall@10": found,
        "mean": {column: round(sum(values) / len(values), 4) for column, values in found.items()},
        "target": TARGETS,
        "train_s": [run["train_s"] for run in runs],
    }
    print(json.dumps(result))


def _run(work: Path, seed: int, split: str) -> dict[str, object]:
    start = time.perf_counter()
    model = work / f"model-{seed}"
    lexiscope.align(work / "corpus", model, config=lexiscope.AlignConfig(seed=seed))
    seconds = time.perf_counter() - start
    result = lexiscope.evaluate_model(model, work / "corpus", task="search", split=split, seed=seed).to_dict()
    recall = {
        column: directions["text_to_image"]["recall@10"]["value"]
        for column, directions in result["by_text_column"].items()
    }
    return {"recall@10": recall, "train_s": round(seconds, 1)}


if __name__ == "__main__":
    main()
