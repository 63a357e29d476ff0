"""Captions searched by alternative texts: `lexiscope search` beside ten lines of a public library.

    python bench/captions_search.py --model MODEL --work FOLDER [--split val]

The figures of OpenStax textbooks are indexed with their captions; each figure with a caption is looked for by its
alternative text among the figures of the split. MODEL is one that `bench/retrieval.py` aligned (on both texts of the
split "train"). Choose on val; look at test once. One JSON line; exit 1 when a target of test is missed.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import lexiscope
from lexiscope.models.directory import ModelDirectory
from lexiscope.sources.tables.table import TableSource
from lexiscope.tasks.search.indexing import index_corpus

TARGETS = {
    "search": {"recall@1": 0.68, "recall@10": 0.97, "mrr": 0.77},
    "reranked": {"recall@1": 0.72, "recall@10": 0.98, "mrr": 0.80},
}
ALONE = 0.01  # by how much a leg alone may be better


def main() -> int:
    """Build, index, measure; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--work", type=Path, required=True, help="keeps the corpus of captions")
    options.add_argument("--split", default="test")
    chosen = options.parse_args()
    table = chosen.data / "openstax_figures" / "pairs.jsonl"
    source = TableSource(
        table, image_columns=("image",), text_columns=("caption",), group_column="module", split_column="split"
    )
    lexiscope.build_corpus(chosen.work / "captions", source)
    index_corpus(chosen.model, chosen.work / "captions")
    rows = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["split"] == chosen.split and row["caption"] and row["alt_text"]]
    queries = chosen.work / "queries.jsonl"
    queries.write_text("\n".join(json.dumps({"query": row["alt_text"], "cases": [row["id"]]}) for row in rows))
    report = lexiscope.evaluate_model(
        chosen.model, chosen.work / "captions", task="search", split=chosen.split, queries=queries
    ).to_dict()
    measured = {"search": report["metrics"]["search"], "reranked": report["reranked"], **report["legs"]}
    values = {name: {key: round(one["value"], 4) for key, one in part.items()} for name, part in measured.items()}
    values["ten lines"] = ten_lines(chosen.model, rows)
    good = all(values[name][key] >= least for name, part in TARGETS.items() for key, least in part.items())
    good = good and all(values["search"]["mrr"] + ALONE >= values[leg]["mrr"] for leg in report["legs"])
    print(json.dumps({"name": "captions_search", "split": chosen.split, "n": len(rows), **values, "target": TARGETS}))
    return 0 if good or chosen.split != "test" else 1


def ten_lines(model: Path, rows: Sequence[dict[str, str]]) -> dict[str, float]:
    """Sentence vectors as transformers' own recipe makes them, of the same text model, compared by cosine."""
    import torch

    text = ModelDirectory.of(model).joint().text

    def vectors(texts: Sequence[str]) -> np.ndarray:
        with torch.inference_mode():
            pooled = torch.stack([states.mean(dim=0) for states in text.token_states(texts)])
        return torch.nn.functional.normalize(pooled, dim=1).numpy()

    scores = vectors([row["alt_text"] for row in rows]) @ vectors([row["caption"] for row in rows]).T
    ranks = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    found = {"recall@1": (ranks <= 1).mean(), "recall@10": (ranks <= 10).mean(), "mrr": (1 / ranks).mean()}
    return {name: round(float(value), 4) for name, value in found.items()}


if __name__ == "__main__":
    raise SystemExit(main())
