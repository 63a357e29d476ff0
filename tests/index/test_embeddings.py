"""Vectors are kept by key, across builds, whatever happens to one file."""

from hashlib import sha256
from pathlib import Path

import numpy as np

from lexiscope.index.embeddings import EmbeddingLog


def key(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def test_vectors_come_back_in_another_session(tmp_path: Path) -> None:
    vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
    EmbeddingLog(tmp_path).append([key("a"), key("b")], vectors)
    log = EmbeddingLog(tmp_path)
    assert key("a") in log
    assert key("c") not in log
    np.testing.assert_array_equal(log[key("b")], vectors[1])


def test_damaged_chunk_costs_only_itself(tmp_path: Path) -> None:
    log = EmbeddingLog(tmp_path)
    log.append([key("a")], np.ones((1, 3), np.float32))
    first = next(tmp_path.glob("*.safetensors"))
    log.append([key("b")], np.ones((1, 3), np.float32))
    first.write_bytes(first.read_bytes()[:20])
    again = EmbeddingLog(tmp_path)
    assert key("a") not in again
    assert key("b") in again
