"""`kill -9` at placed moments of every verb that writes: the same command once more, and nothing is lost."""

import json
import os
import subprocess
import sys

import pytest

from lexiscope.testing.kill_trial import run_command, state_of
from lexiscope.testing.kill_workshop import VERBS
from lexiscope.testing.kills import differences

_KILLS = 2
_LONG = ("train instruct", "evaluate classify", "demo")  # a minute each and more: `bench/kills.py` kills them, too
_SHORT = [verb for verb in VERBS if verb not in _LONG]
# A process of its own for all of them: it has opened nothing when it forks, and imports torch once.
_ALL = """
import json, sys
from lexiscope.testing.kills import kill_verbs
for line in kill_verbs(sys.argv[2:], kills=int(sys.argv[1])):
    print(json.dumps(line), flush=True)
"""


@pytest.mark.slow
def test_a_killed_verb_and_the_same_once_more_are_one_that_was_left_alone() -> None:
    command = [sys.executable, "-c", _ALL, str(_KILLS), *_SHORT]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=dict(os.environ), timeout=1700).stdout
    lines = {line["verb"]: line for line in map(json.loads, said.splitlines())}
    assert sorted(lines) == sorted(_SHORT)
    assert {verb: line["lost"] for verb, line in lines.items() if line["lost"]} == {}
    assert {(line["tried"], line["held"]) for line in lines.values()} == {(_KILLS, _KILLS)}


def test_a_kill_is_placed_and_what_it_leaves_is_seen(tmp_path) -> None:
    words = ("corpus", "validate", "none.json", "--as", "llava")
    assert run_command(words, tmp_path).code == 2
    (tmp_path / "a.json").write_text('{"seconds": 3, "n": 1}')
    (tmp_path / "b.md").write_text("at 2026-11-28T08:00:00Z")
    before = state_of(tmp_path)
    (tmp_path / "a.json").write_text('{"seconds": 4, "n": 1}')
    (tmp_path / "b.md").write_text("at 2027-01-01T00:00:00Z")
    assert differences(before, state_of(tmp_path)) == []
    (tmp_path / "a.json").write_text('{"seconds": 4, "n": 2}')
    (tmp_path / ".b.md.0.part").touch()
    assert [text[:18] for text in differences(before, state_of(tmp_path))] == [
        ".b.md.0.part is le",
        "a.json differs: {'",
    ]
