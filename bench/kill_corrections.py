"""`kill -9` at random moments of a process that saves corrections: none that was acknowledged is lost or half there.

    python bench/kill_corrections.py --kills 40

A process corrects captions, answers, attributes and masks in turn and says a number after each that is saved. It is
killed again and again. After every kill each number that was said must be a whole correction, and the corpus, opened
again, must say of every case what its newest correction says; its images and masks must be whole. At the end the corpus
is built again from its source, which must change nothing. Prints one JSON line; exit 1 when anything is lost.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image as Picture

from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import Correction
from lexiscope.corpus.corrections.ledger import Ledger
from lexiscope.corpus.corrections.mask_file import keep_mask
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.corpus.masks import read_mask
from lexiscope.corpus.verify import verify_corpus
from lexiscope.testing import make_corpus

CASES = 12
LIFE = 0.6  # seconds after the first acknowledgement within which a process is killed
_SIDE = 32


def main() -> int:
    """Make the corpus, kill, compare, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, help=argparse.SUPPRESS)  # the process that is killed
    options = parser.parse_args()
    if options.save:
        return save(options.save, options.seed)
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        make_corpus(path, CASES, masks=True)
        said, faults, late = 0, [], 0
        for kill in range(options.kills):
            numbers = killed(path, seed=kill, life=moments.uniform(0, LIFE))
            said += len(numbers)
            late += Ledger(path).last() > max(numbers)
            faults += faults_of(path, numbers)
        version = Corpus.open(path).version
        if make_corpus(path, CASES, masks=True).version != version:
            faults.append("the corpus is another one after a build")
        kept = Ledger(path).last()
    line = {
        "name": "kill corrections",
        "kills": options.kills,
        "acknowledged": said,
        "saved": kept,
        "killed_between_file_and_acknowledgement": late,
        "faults": faults[:5],
    }
    print(json.dumps(line))
    return 1 if faults else 0


def killed(path: Path, *, seed: int, life: float) -> list[int]:
    """The numbers that a process said before it was killed, some time after the first."""
    command = [sys.executable, __file__, "--save", str(path), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(life)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


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
    return case.masks["shape"].content == value.mask.content and bool(read_mask(corpus, case, "shape").any())


def save(path: Path, seed: int) -> int:
    """Correct cases for ever, saying the number of each correction once it is saved."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        while True:
            case, word = f"case-{chance.randrange(CASES):04d}", f"{chance.getrandbits(64):x}"
            outline = Path(folder) / "mask.png"
            Picture.fromarray(np.frombuffer(chance.randbytes(_SIDE**2), np.uint8).reshape(_SIDE, _SIDE) // 128).save(
                outline
            )
            for value in (
                CorrectedCaption(f"Seen: {word}."),
                CorrectedAnswer("What is seen?", word),
                CorrectedAttribute("colour", word),
                keep_mask(path, case, "shape", outline),
            ):
                print(save_correction(path, case, value).correction.number, flush=True)


if __name__ == "__main__":
    sys.exit(main())
