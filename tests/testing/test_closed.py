"""Verbs as an ordinary user, on what that user may not read or write: a message with a remedy, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.testing.closed import Refusal

_NOBODY = 65534
_VERBS = ("build", "build more", "split", "index", "segment", "write captions", "train align", "export webdataset")
# A process of its own, which has opened nothing when it forks.
_ALL = """
import json, sys
from dataclasses import asdict
from lexiscope.testing.closed import try_closed
for refusal in try_closed(sys.argv[1:]):
    print(json.dumps(asdict(refusal)), flush=True)
"""


@pytest.mark.slow
def test_what_an_ordinary_user_may_not_use_ends_in_a_message(tmp_path: Path) -> None:
    user = _NOBODY if os.geteuid() == 0 else None
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TMPDIR": "/tmp" if user else str(tmp_path)}
    try:
        subprocess.run([sys.executable, "-c", "import lexiscope, torch"], check=True, user=user, env=environment)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("this Python is for root alone, so nobody else can run it")
    command = [sys.executable, "-c", _ALL, *_VERBS]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, user=user, env=environment, timeout=1700).stdout
    refusals = [Refusal(**json.loads(line)) for line in said.splitlines()]
    assert {refusal.verb for refusal in refusals} == set(_VERBS)
    assert [refusal for refusal in refusals if not refusal.is_plain] == []
    assert sum(refusal.code not in (0, 3) for refusal in refusals) > len(_VERBS), "nothing was closed"


@pytest.mark.parametrize(
    ("code", "said", "plain"),
    [
        (0, "", True),
        (3, "1 input was rejected", True),
        (1, "lexiscope: Permission denied at corpus; make it readable and writable for you", True),
        (1, "lexiscope: KeyError: 'a'; run again with `lexiscope --debug ...` for the traceback", False),
        (1, "Traceback (most recent call last): PermissionError: denied", False),
        (1, "lexiscope: expected a corpus at corpus, found none", False),
    ],
)
def test_a_message_about_rights_is_told_from_others(code: int, said: str, *, plain: bool) -> None:
    assert Refusal("build", "corpus", code, said).is_plain is plain
