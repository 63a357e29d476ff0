"""Freed memory that is used again: it stays with the process."""

import subprocess
import sys

import pytest

from lexiscope.core.heap import keep_freed_memory

_BLOCK = """
import sys
from pathlib import Path
import numpy as np
from lexiscope.core.heap import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

if sys.argv[1] == "kept" and not keep_freed_memory():
    raise SystemExit(3)
before = resident()
block = np.ones(8_000_000)  # 64 MB
held = resident() - before
del block
print((resident() - before) / held)
"""


def _left_after_freeing(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", _BLOCK, how], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip("another C library than GNU's decides for itself")
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_freed_block_stays_with_the_process() -> None:
    assert _left_after_freeing("given back") < 0.1
    assert _left_after_freeing("kept") > 0.9


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not keep_freed_memory()
