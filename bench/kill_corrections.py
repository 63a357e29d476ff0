"""`kill -9` at random moments of what saves corrections: none that was acknowledged is lost, and none is half there.

    python bench/kill_corrections.py --kills 60            # a process that calls save_correction
    python bench/kill_corrections.py --kills 30 --server   # a server that three clients send corrections to

Captions, answers, attributes and masks are corrected in turn. After every kill each correction that was acknowledged
must be whole, and the corpus, opened again, must say of every case what its newest correction says; its images and
masks must be whole. At the end the corpus is built again from its source, which must change nothing. Prints one JSON
line; exit 1 when anything is lost.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import io
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
from PIL import Image as Picture

from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import Correction
from lexiscope.corpus.corrections.ledger import Ledger
from lexiscope.corpus.corrections.mask import CorrectedMask
from lexiscope.corpus.corrections.mask_file import keep_mask
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.corpus.masks import read_mask
from lexiscope.corpus.verify import verify_corpus
from lexiscope.testing import make_corpus

CASES = 12
CLIENTS = 3
LIFE = 0.6  # seconds after the first acknowledgement within which a process is killed
_SIDE = 32


def main() -> int:
    """Make the corpus, kill, compare, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--server", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--victim", type=Path, help=argparse.SUPPRESS)  # the process that is killed
    options = parser.parse_args()
    if options.victim:
        return serve(options.victim) if options.server else save(options.victim, options.seed)
    kill = kill_server if options.server else kill_process
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        make_corpus(path, CASES, masks=True)
        acknowledged, faults, between = 0, [], 0
        for seed in range(options.kills):
            last = Ledger(path).last()
            numbers = kill(path, seed=seed, life=moments.uniform(0, LIFE))
            acknowledged += len(numbers)
            between += Ledger(path).last() - last > len(numbers)
            faults += faults_of(path, numbers)
        version = Corpus.open(path).version
        if make_corpus(path, CASES, masks=True).version != version:
            faults.append("the corpus is another one after a build")
        line = {
            "name": "kill the server that saves corrections" if options.server else "kill who saves corrections",
            "kills": options.kills,
            "acknowledged": acknowledged,
            "on_disk": Ledger(path).last(),
            "killed_before_acknowledgement": between,
            "faults": faults[:5],
        }
    print(json.dumps(line))
    return 1 if faults else 0


def kill_process(path: Path, *, seed: int, life: float) -> list[int]:
    """The numbers that a process said before it was killed, some time after the first."""
    with subprocess.Popen(command(path, seed), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(life)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def kill_server(path: Path, *, seed: int, life: float) -> list[int]:
    """The numbers that clients were told before their server was killed."""
    with subprocess.Popen([*command(path, seed), "--server"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        first = Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            told = [pool.submit(send, address, seed * CLIENTS + client, first) for client in range(CLIENTS)]
            first.wait()
            time.sleep(life)
            process.send_signal(signal.SIGKILL)
            return [number for numbers in told for number in numbers.result()]


def command(path: Path, seed: int) -> list[str]:
    """The process that is killed."""
    return [sys.executable, __file__, "--victim", str(path), "--seed", str(seed)]


def faults_of(path: Path, numbers: list[int]) -> list[str]:
    """What is wrong with a corpus after a kill."""
    corpus = Corpus.open(path)
    try:
        corrections = corpus.ledger.corrections()
    except LexiscopeError as error:
        return [str(error)]
    faults = [f"{number} is lost" for number in set(numbers) - {one.number for one in corrections}]
    newest = {(one.case, one.value.subject): one for one in corrections}
    faults += [f"{key} is not what was corrected" for key, one in newest.items() if not is_so(corpus, one)]
    return faults + [file.reason for file in verify_corpus(corpus).damaged]


def is_so(corpus: Corpus, correction: Correction) -> bool:
    """True when the case says what its correction says, and notes it."""
    case, value = corpus[correction.case], correction.value
    if correction.step not in case.provenance.steps:
        return False
    if isinstance(value, CorrectedCaption):
        return [text.text for text in case.texts].count(value.text) == 1
    if isinstance(value, CorrectedAnswer):
        return [turn.answer for turn in case.turns if turn.question == value.question] == [value.answer]
    if isinstance(value, CorrectedAttribute):
        return case.attributes[value.name] == value.value
    assert isinstance(value, CorrectedMask)
    return case.masks["shape"].content == value.mask.content and bool(read_mask(corpus, case, "shape").any())


def outline(chance: random.Random) -> bytes:
    """A PNG of noise."""
    noise = np.frombuffer(chance.randbytes(_SIDE**2), np.uint8).reshape(_SIDE, _SIDE)
    stream = io.BytesIO()
    Picture.fromarray(noise // 128).save(stream, format="PNG")
    return stream.getvalue()


def save(path: Path, seed: int) -> int:
    """Correct cases for ever, saying the number of each correction once it is saved."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mask.png"
        while True:
            case, word = f"case-{chance.randrange(CASES):04d}", f"{chance.getrandbits(64):x}"
            file.write_bytes(outline(chance))
            for value in (
                CorrectedCaption(f"Seen: {word}."),
                CorrectedAnswer("What is seen?", word),
                CorrectedAttribute("colour", word),
                keep_mask(path, case, "shape", file),
            ):
                print(save_correction(path, case, value).correction.number, flush=True)


def serve(path: Path) -> int:
    """Serve a corpus without models, saying the address first."""
    import socket

    import uvicorn

    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.site import Site
    from lexiscope.serve.workers.crew import Crew

    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listening:
        site = Site({}, Crew({}, queue=1), Corpus.open(path), ServeConfig(), Path(folder))
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(create_app(site), log_level="error")).run(sockets=[listening])
    return 0


def send(address: str, seed: int, first: Event) -> list[int]:
    """The numbers of the corrections that a client was told to be saved, until nobody answers any more."""
    import httpx

    chance, told = random.Random(seed), []
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30, trust_env=False) as client:
        try:
            while True:
                case, word = f"case-{chance.randrange(CASES):04d}", f"{chance.getrandbits(64):x}"
                upload = client.post("/uploads", files={"file": ("mask.png", outline(chance))}).json()["upload"]
                for kind, value in (
                    ("caption", {"text": f"Seen: {word}."}),
                    ("answer", {"question": "What is seen?", "answer": word}),
                    ("attribute", {"name": "colour", "value": word}),
                    ("mask", {"structure": "shape", "upload": upload}),
                ):
                    answer = client.post("/corrections", json={"case": case, "kind": kind, "value": value})
                    answer.raise_for_status()
                    told.append(int(answer.json()["number"]))
                    first.set()
        except httpx.TransportError:
            return told


if __name__ == "__main__":
    sys.exit(main())
