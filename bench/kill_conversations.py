"""`kill -9` at random moments of `write conversations --with endpoint`: what was answered is not asked again.

    python bench/kill_conversations.py --cases 120 --seconds 4

A server on this machine answers after a short pause and counts what it is asked. Only requests that were under way when
the process died may come again, four for each kill. Prints one JSON line; exit 1 when more do, or a case is lost.
"""

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conversations import case
from lexiscope.corpus import Corpus
from lexiscope.testing.endpoint import completion, fake_endpoint

TOGETHER = 4  # requests that a door keeps under way
PAUSE = 0.4  # seconds of an answer


def main() -> int:
    """Make the cases, kill until a run ends by itself, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=4.0, help="longest life of a run that is killed")
    parser.add_argument("--kills", type=int, default=5, help="after so many, a run may live")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fake_endpoint(reply) as served:
        corpus = Corpus.create(Path(folder) / "corpus")
        corpus.upsert(case(place) for place in range(options.cases))
        command = [sys.executable, "-m", "lexiscope", "write", "conversations", str(corpus.path)]
        command += ["--with", "endpoint", "--model", "tiny", "--url", served.url, "--json"]
        kills, report = 0, None
        while report is None:
            life = random.uniform(options.seconds / 2, options.seconds) if kills < options.kills else None
            report = run(command, life)
            kills += report is None
        asked = [json.dumps(body, sort_keys=True) for body in served.asked]
    again = len(asked) - len(set(asked))
    reached = report["cases"] + report["silent"]
    line = {
        "name": "killed while writing with a model",
        "cases": reached,
        "kills": kills,
        "requests": len(asked),
        "asked_again": again,
        "target": TOGETHER * kills,
    }
    print(json.dumps(line))
    return 0 if again <= TOGETHER * kills and reached == options.cases and not report["failed"] else 1


def run(command: list[str], life: float | None) -> dict[str, Any] | None:
    """The report of a run; None when it was killed."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sys.stderr) as process:
        try:
            said, _ = process.communicate(timeout=life)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return None
    return json.loads(said)


def reply(number: int, body: dict[str, Any]) -> tuple[int, bytes]:
    """A question about the first sentence of what it is told; no idea when it is to guess."""
    time.sleep(PAUSE)
    if "JSON" not in body["messages"][0]["content"]:
        return 200, completion(f"No idea {number}.")
    words = body["messages"][-1]["content"].removeprefix("Caption: ").split(". ")[1]
    answer = re.sub(r" of \d+ mm", "", words) + "."
    turn = {"question": f"What is seen in view {number % 20}?", "answer": answer}
    return 200, completion(json.dumps({"turns": [turn]}))


if __name__ == "__main__":
    sys.exit(main())
