import os
import subprocess
import sys
from contextlib import ExitStack

from lexiscope.core import scratch
from lexiscope.core.scratch import scratch_beside


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_of_several_has_a_folder_of_its_own(tmp_path):
    with ExitStack() as stack:
        folders = [stack.enter_context(scratch_beside(tmp_path / "a.bin")) for _ in range(3)]
        assert [folder.name for folder in folders] == [".a.bin.0.part", ".a.bin.1.part", ".a.bin.2.part"]
        (folders[1] / "half").touch()
        with scratch_beside(tmp_path / "b.bin") as other:
            assert other.name == ".b.bin.0.part"
    assert names(tmp_path) == []


def test_what_killed_processes_left_goes_with_the_next_and_what_lives_stays(tmp_path):
    code = """
import os, sys
from contextlib import ExitStack
from pathlib import Path
from lexiscope.core.scratch import scratch_beside
stack = ExitStack()
for _ in range(3):
    (stack.enter_context(scratch_beside(Path(sys.argv[1]))) / "half").write_text("half")
os._exit(0)
"""
    with scratch_beside(tmp_path / "a") as living:
        (living / "mine").touch()
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=True, env=dict(os.environ))
        assert names(tmp_path) == [f".a.{number}.part" for number in range(4)]
        with scratch_beside(tmp_path / "a") as folder:
            assert folder.name == ".a.1.part"
            assert names(folder) == []
            assert names(tmp_path) == [".a.0.part", ".a.1.part"]
        assert names(living) == ["mine"]
    assert names(tmp_path) == []


def test_links_and_files_of_others_are_left_alone(tmp_path):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis").touch()
    (tmp_path / ".a.0.part").symlink_to(tmp_path / "foreign")
    (tmp_path / ".a.1.part").touch()
    with scratch_beside(tmp_path / "a") as folder:
        assert folder.name == ".a.2.part"
    assert names(tmp_path) == [".a.0.part", ".a.1.part", "foreign"]
    assert names(tmp_path / "foreign") == ["thesis"]


def test_without_locks_every_folder_has_a_name_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "fcntl", None)
    with scratch_beside(tmp_path / "a") as one, scratch_beside(tmp_path / "a") as other:
        assert one != other
    assert names(tmp_path) == []
