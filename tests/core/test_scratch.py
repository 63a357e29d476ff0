import errno
import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from lexiscope.core import scratch
from lexiscope.core.scratch import part_beside

KINDS = pytest.mark.parametrize("folder", [False, True])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@KINDS
def test_each_of_several_has_a_part_of_its_own(tmp_path, folder):
    with ExitStack() as stack:
        parts = [stack.enter_context(part_beside(tmp_path / "a.bin", folder=folder)) for _ in range(3)]
        assert [part.name for part in parts] == [".a.bin.0.part", ".a.bin.1.part", ".a.bin.2.part"]
        assert {part.is_dir() for part in parts} == {folder}
        with part_beside(tmp_path / "b.bin") as other:
            assert other.name == ".b.bin.0.part"
    assert names(tmp_path) == []


@KINDS
def test_a_part_that_was_moved_is_free_for_the_next(tmp_path, folder):
    with part_beside(tmp_path / "a", folder=folder) as part:
        part.rename(tmp_path / "a")
        with part_beside(tmp_path / "a", folder=folder) as other:
            assert other == part
    assert names(tmp_path) == ["a"]


def test_the_end_of_one_leaves_the_part_of_the_next_alone(tmp_path):
    first = part_beside(tmp_path / "a")
    first.__enter__().rename(tmp_path / "a")
    with part_beside(tmp_path / "a") as part:
        first.__exit__(None, None, None)
        assert part.exists()


_DIE = """
import os, sys
from contextlib import ExitStack
from pathlib import Path
from lexiscope.core.scratch import part_beside
stack, folder = ExitStack(), sys.argv[2] == "True"
for _ in range(3):
    part = stack.enter_context(part_beside(Path(sys.argv[1]), folder=folder))
    (part / "half" if folder else part).write_text("half")
os._exit(0)
"""


@KINDS
def test_what_killed_processes_left_goes_with_the_next_and_what_lives_stays(tmp_path, folder):
    with part_beside(tmp_path / "a", folder=folder) as living:
        (living / "mine" if folder else living).write_text("mine")
        command = [sys.executable, "-c", _DIE, str(tmp_path / "a"), str(folder)]
        subprocess.run(command, check=True, env=dict(os.environ))
        assert names(tmp_path) == [f".a.{number}.part" for number in range(4)]
        with part_beside(tmp_path / "a", folder=folder) as part:
            assert part.name == ".a.1.part"
            assert (names(part) if folder else part.read_text()) in ([], "")
            assert names(tmp_path) == [".a.0.part", ".a.1.part"]
        assert (living / "mine" if folder else living).read_text() == "mine"
    assert names(tmp_path) == []


@KINDS
def test_links_and_what_is_of_another_kind_are_left_alone(tmp_path, folder):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis").touch()
    (tmp_path / ".a.0.part").symlink_to(tmp_path / ("foreign" if folder else "foreign/thesis"))
    (tmp_path / ".a.1.part").touch() if folder else (tmp_path / ".a.1.part").mkdir()
    with part_beside(tmp_path / "a", folder=folder) as part:
        assert part.name == ".a.2.part"
    assert names(tmp_path) == [".a.0.part", ".a.1.part", "foreign"]
    assert names(tmp_path / "foreign") == ["thesis"]


@KINDS
def test_without_locks_every_part_has_a_name_of_its_own(tmp_path, monkeypatch, folder):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    for fault in ("module", "disk"):
        with monkeypatch.context() as patch:
            if fault == "module":
                patch.setattr(scratch, "fcntl", None)
            else:
                patch.setattr(scratch.fcntl, "flock", refuse)
            with part_beside(tmp_path / "a", folder=folder) as one, part_beside(tmp_path / "a", folder=folder) as other:
                assert names(tmp_path) == sorted([one.name, other.name])
        assert names(tmp_path) == []


@KINDS
def test_a_place_where_nothing_can_be_made_is_said(tmp_path, folder):
    with pytest.raises(FileNotFoundError), part_beside(tmp_path / "none" / "a", folder=folder):
        pass
