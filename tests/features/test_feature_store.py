"""The store of kept features: rows come back, files are whole or ignored."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from lexiscope.features.feature_store import FeatureStore


def names(n: int) -> list[str]:
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(n)]


def test_rows_come_back_in_any_order_and_in_another_process(tmp_path: Path) -> None:
    keys, rows = names(5), np.arange(15, dtype=np.float32).reshape(5, 3)
    store = FeatureStore(tmp_path, width=3)
    store.add(keys[:2], rows[:2])
    store.add(keys[2:], rows[2:])
    again = FeatureStore(tmp_path, width=3)
    order = [4, 0, 0, 3]
    np.testing.assert_array_equal(again.rows([keys[i] for i in order]), rows[order])
    assert again.missing([*names(7)]) == names(7)[5:]


def test_a_store_sees_what_another_added(tmp_path: Path) -> None:
    one, other = FeatureStore(tmp_path, width=2), FeatureStore(tmp_path, width=2)
    one.add(names(1), np.ones((1, 2), dtype=np.float32))
    assert other.missing(names(1))
    other.refresh()
    assert not other.missing(names(1))


def test_a_damaged_file_counts_as_missing(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, width=2)
    store.add(names(3), np.ones((3, 2), dtype=np.float32))
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(file.read_bytes()[:100])
    assert FeatureStore(tmp_path, width=2).missing(names(3)) == names(3)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        FeatureStore(tmp_path, width=2).rows(names(1))


def test_no_keys_give_no_rows(tmp_path: Path) -> None:
    assert FeatureStore(tmp_path, width=2).rows([]).shape == (0, 2)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how much of a process is files")
def test_mapped_rows_can_be_given_back(tmp_path: Path) -> None:
    keys, rows = names(1024), np.random.default_rng(0).random((1024, 4096), dtype=np.float32)
    store = FeatureStore(tmp_path, width=4096)
    store.add(keys, rows)
    assert np.array_equal(store.rows(keys), rows)
    before = _mapped_mib()
    store.release()
    assert _mapped_mib() < before - 12  # of 16
    assert np.array_equal(store.rows(keys), rows)


def _mapped_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssFile"))
