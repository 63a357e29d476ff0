"""The folder of a server that was killed goes with the next start; that of a running one never."""

import os
import subprocess
import sys
from pathlib import Path

from lexiscope.serve.own_folder import own_folder, remove_own

_DIES = "import os, sys; from pathlib import Path; from lexiscope.serve.own_folder import own_folder;"


def test_a_folder_of_a_killed_server_is_removed_and_others_are_not(tmp_path: Path) -> None:
    code = f"{_DIES} print(own_folder(Path(sys.argv[1]))); sys.stdout.flush(); os._exit(9)"
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    left = Path(died.stdout.strip())
    (left / "scan.png").write_bytes(b"x")
    running = own_folder(tmp_path)
    foreign = tmp_path / "lexiscope-serve-notes"
    foreign.mkdir()
    for folder in (left, running, foreign):
        os.utime(folder, (0, 0))
    assert left.is_dir()
    mine = own_folder(tmp_path)
    assert not left.exists()
    assert running.is_dir()
    assert foreign.is_dir()
    assert mine.stat().st_mode & 0o077 == 0
    for folder in (running, mine):
        remove_own(folder)
        assert not folder.exists()
