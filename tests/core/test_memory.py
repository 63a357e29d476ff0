"""Free memory is what machine, container and limits of the process all leave."""

import subprocess
import sys

from lexiscope.core import memory
from lexiscope.core.memory import free_bytes


def test_the_least_of_all_limits_counts(monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 900 kB\nMemAvailable:   800 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert free_bytes() == 800 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert free_bytes() == 800 * 1024
    (tmp_path / "memory.max").write_text("105\n")
    assert free_bytes() == 100
    (tmp_path / "memory.max").write_text("1\n")
    assert free_bytes() == 0


def test_the_limit_of_the_process_counts():
    code = (
        "import resource; from lexiscope.core.memory import free_bytes\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); print(free_bytes())"
    )
    free = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
    assert 0 < free < 3 << 30
