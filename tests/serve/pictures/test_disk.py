import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lexiscope.serve.pictures.disk import Disk

_HASHES = [digit * 64 for digit in "0123456789"]


def test_what_nobody_asked_for_the_longest_goes_first(tmp_path):
    disk = Disk(tmp_path, most_bytes=1000)
    for age, content in enumerate(_HASHES[:9]):
        os.utime(disk.file(content, ".png", lambda: bytes([1] * 100)), (age, age))
    assert disk.file(_HASHES[0], ".png", lambda: b"again").stat().st_size == 100  # asked for now
    last = disk.file(_HASHES[9], ".png", lambda: bytes([1] * 300))
    left = {path.name[0] for path in tmp_path.rglob("*.png")}
    assert left == {"9", "0", "8"}
    assert last.stat().st_size == 300
    assert disk.file(_HASHES[3], ".png", lambda: b"made again").read_bytes() == b"made again"


def test_an_empty_file_is_made_again_and_a_failure_leaves_none(tmp_path):
    disk = Disk(tmp_path)
    disk.file(_HASHES[0], ".png", lambda: b"x").write_bytes(b"")
    assert disk.file(_HASHES[0], ".png", lambda: b"whole").read_bytes() == b"whole"

    def fail():
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        disk.file(_HASHES[1], ".png", fail)
    assert len(list(tmp_path.rglob("*.*"))) == 1
    with pytest.raises(ValueError, match="64 hex digits"):
        disk.file("../../etc/passwd", "", lambda: b"x")


def test_many_who_ask_at_a_time_wait_for_one(tmp_path):
    disk, made = Disk(tmp_path), []

    def make():
        time.sleep(0.05)
        made.append(1)
        return b"x"

    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: disk.file(_HASHES[0], ".png", make), range(8)))
    assert (len(paths), made) == (1, [1])
