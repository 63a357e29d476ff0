import contextlib
import os
import subprocess
import sys
import threading

import pytest

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.files import exclusive, new_directory, sha256_file, sha256_json, write_beside, write_json


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    _fail_while_writing(path)
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert [child.name for child in tmp_path.iterdir()] == ["a.json"]


def _fail_while_writing(path):
    with contextlib.suppress(RuntimeError), write_beside(path) as part:
        part.write_text("half")
        raise RuntimeError


def test_hashes(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    assert sha256_file(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_json({"b": 1, "a": 2}) == sha256_json({"a": 2, "b": 1})


def test_one_writer_at_a_time(tmp_path):
    lock = tmp_path / ".lock"
    with exclusive(lock, what="corpus x"):
        second = exclusive(lock, what="corpus x")
        with pytest.raises(LexiscopeError, match="corpus x is being written by another process"):
            second.__enter__()
    with exclusive(lock, what="corpus x"):
        pass


def test_a_lock_dies_with_its_process(tmp_path):
    lock = tmp_path / ".lock"
    _python(f"{_TAKE_LOCK}import os; os._exit(0)", lock)
    with exclusive(lock, what="corpus x"):
        held = _python(_TAKE_LOCK, lock, check=False)
    assert "LexiscopeError: corpus x is being written by another process" in held.stderr


def test_locks_where_there_is_no_fcntl(tmp_path):
    """As on Windows: the module imports, takes the lock, refuses a second writer, and gives it back."""
    hide = 'import sys; sys.modules["fcntl"] = None; '
    code = f"""{hide}
from lexiscope.core.errors import LexiscopeError
{_TAKE_LOCK}
try:
    exclusive(Path(sys.argv[1]), what="corpus x").__enter__()
except LexiscopeError as error:
    print(error)
held.__exit__(None, None, None)
with exclusive(Path(sys.argv[1]), what="corpus x"):
    print("again")
"""
    printed = _python(code, tmp_path / ".lock").stdout.splitlines()
    assert printed == [
        "corpus x is being written by another process; wait for it to end, or stop it, then run again",
        "again",
    ]


_TAKE_LOCK = """
import sys
from pathlib import Path
from lexiscope.core.files import exclusive
held = exclusive(Path(sys.argv[1]), what="corpus x")
held.__enter__()
"""


def _python(code, lock, *, check=True):
    command = [sys.executable, "-W", "ignore", "-c", code, str(lock)]
    return subprocess.run(command, capture_output=True, text=True, check=check, env=dict(os.environ))


def test_a_new_directory_is_whole_or_absent(tmp_path):
    with pytest.raises(ZeroDivisionError), new_directory(tmp_path / "out") as folder:
        (folder / "half").write_text(str(1 / 0))
    assert list(tmp_path.iterdir()) == []
    with new_directory(tmp_path / "out") as folder:
        (folder / "whole").touch()
        assert not (tmp_path / "out").exists()
    assert [file.name for file in tmp_path.rglob("*")] == ["out", "whole"]


def test_of_two_that_make_one_directory_the_second_is_refused_and_the_first_is_whole(tmp_path):
    with new_directory(tmp_path / "out") as folder:
        (folder / "first").touch()
        with pytest.raises(LexiscopeError, match="out is being written by another process"):
            _make(tmp_path / "out", "second")
        assert (folder / "first").exists()
        (folder / "last").touch()
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["first", "last", "out"]


def test_a_directory_that_came_into_being_meanwhile_is_kept(tmp_path):
    making = new_directory(tmp_path / "out")
    (making.__enter__() / "mine").touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs").touch()
    with pytest.raises(LexiscopeError, match="came into being"):
        making.__exit__(None, None, None)
    assert [file.name for file in tmp_path.rglob("*")] == ["out", "theirs"]


def test_what_a_killed_process_left_goes_when_the_same_is_made_again(tmp_path):
    _python(_DIE_MAKING, tmp_path / "out")
    _python(_DIE_WRITING, tmp_path / "file")
    assert sorted(path.name for path in tmp_path.glob(".*.part")) == [".file.0.part", ".out.0.part"]
    _make(tmp_path / "out", "whole")
    write_json(tmp_path / "file", {})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "out", "whole"]


def _make(out, name):
    with new_directory(out) as folder:
        (folder / name).touch()


_DIE_MAKING = """
import os, sys
from pathlib import Path
from lexiscope.core.files import new_directory
with new_directory(Path(sys.argv[1])) as folder:
    (folder / "half").touch()
    os._exit(0)
"""
_DIE_WRITING = _DIE_MAKING.replace("new_directory", "write_beside").replace('(folder / "half").touch()', "")


def test_a_lock_is_waited_for(tmp_path):
    lock, order = tmp_path / ".lock", []

    def second():
        with exclusive(lock, what="corpus", wait=30):
            order.append("second")

    with exclusive(lock, what="corpus"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
