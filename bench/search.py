"""Time per search of our embedded index against FAISS HNSW, same vectors, same queries, same run, one thread each.

    python bench/search.py                 # 100,000 x 384: builds two graphs, minutes
    python bench/search.py --rows 10000

Vectors are unit length and clustered (100 to a cluster), queries are new draws around the same centres. Truth is exact
brute force. Ours runs as shipped, through the public `VectorIndex.search`, which also fetches the payload. FAISS runs
at the lowest efSearch that finds as many true neighbours as ours does, the usual way to compare approximate searches;
`peer_ms_at_0.95` is its time at the lowest efSearch with recall 0.95. One JSON line per case; exit 1 when a target is
missed.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np

from lexiscope.index import Entry, IndexSpec, Query, VectorIndex, parse_filter
from lexiscope.index.edge import EdgeStore

Search = Callable[[np.ndarray], list[int]]

SIZE, K, SHARDS = 384, 10, 10
TARGET_RATIO, TARGET_RECALL = 1.5, 0.95
WIDTHS = (16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128, 160, 192, 256, 320, 400, 512, 640, 800, 1024)
ROUNDS = 5
NOISE = 0.05  # per number: as long as the cluster's centre itself


def main() -> int:
    """Build both, time both, print one line per case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    vectors, queries = clustered(options.rows, options.queries, seed=options.seed)
    kept = np.flatnonzero(np.arange(options.rows) % SHARDS == 3)
    peer = build_peer(vectors)
    with tempfile.TemporaryDirectory() as folder:
        ours = build_ours(Path(folder), vectors)
        good = [
            compare("search p50", ours, peer, vectors, queries, allowed=None),
            compare("search p50, filter keeps 10 %", ours, peer, vectors, queries, allowed=kept),
        ]
        ours.close()
    return 0 if all(good) else 1


def clustered(rows: int, queries: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (rows, 384) around rows / 100 centres, and new draws (queries, 384) around the same centres."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.standard_normal((max(rows // 100, 10), SIZE), dtype=np.float32))

    def draw(n: int) -> np.ndarray:
        return unit(
            centres[rng.integers(len(centres), size=n)] + NOISE * rng.standard_normal((n, SIZE), dtype=np.float32)
        )

    return draw(rows), draw(queries)


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def build_ours(folder: Path, vectors: np.ndarray) -> VectorIndex:
    """Our index as shipped, with a payload like a case's and a filterable field."""
    store, spec = EdgeStore(folder), IndexSpec(size=SIZE, average_length=1.0, fields={"split": "word"})
    started = time.perf_counter()
    index = store.create("lexiscope-bench", spec)
    index.upsert(
        Entry(str(i), vector, payload={"split": f"s{i % SHARDS}", "group": str(i // 7)})
        for i, vector in enumerate(vectors)
    )
    index.finish()
    index.close()
    report(name="build", ours_s=round(time.perf_counter() - started, 1), rows=len(vectors))
    return store.open("lexiscope-bench", spec)


def build_peer(vectors: np.ndarray) -> "faiss.IndexHNSWFlat":
    """FAISS HNSW with its usual M = 16."""
    started = time.perf_counter()
    index = faiss.IndexHNSWFlat(SIZE, 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.add(vectors)
    report(name="build FAISS HNSW", peer_s=round(time.perf_counter() - started, 1), rows=len(vectors))
    return index


def compare(
    name: str,
    ours: VectorIndex,
    peer: "faiss.IndexHNSWFlat",
    vectors: np.ndarray,
    queries: np.ndarray,
    *,
    allowed: np.ndarray | None,
) -> bool:
    """Find FAISS's settings, time all, print the line."""
    truth = nearest(vectors, queries, allowed)
    where = None if allowed is None else parse_filter([f"split=s{allowed[0] % SHARDS}"])
    chosen = {} if allowed is None else {"sel": faiss.IDSelectorBatch(allowed)}

    def search_ours(query: np.ndarray) -> list[int]:
        return [int(hit.id) for hit in ours.search(Query(query, k=K, where=where))]

    def peer_at(ef: int) -> Search:
        settings = faiss.SearchParametersHNSW(efSearch=ef, **chosen)
        return lambda query: peer.search(query[None], K, params=settings)[1][0].tolist()

    recall = recall_of(search_ours, queries, truth)
    matched = lowest_width(peer_at, queries, truth, recall=recall)
    target = lowest_width(peer_at, queries, truth, recall=TARGET_RECALL)
    ours_ms, peer_ms, peer_target_ms = race([search_ours, peer_at(matched), peer_at(target)], queries)
    report(
        name=name,
        ours_ms=round(ours_ms, 3),
        peer_ms=round(peer_ms, 3),
        ratio=round(ours_ms / peer_ms, 2),
        recall=round(recall, 4),
        peer_recall=round(recall_of(peer_at(matched), queries, truth), 4),
        peer_ef=matched,
        target={"ratio": TARGET_RATIO, "recall": TARGET_RECALL},
        **{"peer_ms_at_0.95": round(peer_target_ms, 3), "peer_ef_at_0.95": target},
    )
    return ours_ms <= TARGET_RATIO * peer_ms and recall >= TARGET_RECALL


def nearest(vectors: np.ndarray, queries: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
    """The exact k best rows of every query (q, k), among the allowed ones."""
    rows = np.arange(len(vectors)) if allowed is None else allowed
    candidates = vectors[rows]
    return np.stack([rows[np.argpartition(-(candidates @ query), K)[:K]] for query in queries])


def lowest_width(peer_at: Callable[[int], Search], queries: np.ndarray, truth: np.ndarray, *, recall: float) -> int:
    """The lowest efSearch of a ladder at which FAISS reaches a recall, or the top of the ladder."""
    return next((ef for ef in WIDTHS if recall_of(peer_at(ef), queries, truth) >= recall), WIDTHS[-1])


def race(searches: list[Search], queries: np.ndarray) -> list[float]:
    """p50 of each in milliseconds over several rounds in turn, so that noise of the machine falls on all alike."""
    times: list[list[float]] = [[] for _ in searches]
    for _ in range(ROUNDS):
        for search, spent in zip(searches, times, strict=True):
            for query in queries:
                started = time.perf_counter()
                search(query)
                spent.append(time.perf_counter() - started)
    return [float(np.median(spent)) * 1e3 for spent in times]


def recall_of(search: Search, queries: np.ndarray, truth: np.ndarray) -> float:
    """Share of the true neighbours that a search finds."""
    found = [len(set(search(query)) & set(best.tolist())) for query, best in zip(queries, truth, strict=True)]
    return sum(found) / (K * len(queries))


def report(**line: object) -> None:
    """One JSON line."""
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
