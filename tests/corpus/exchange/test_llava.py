"""A file of conversations is imported in memory that does not grow with it."""

import json
import subprocess
import sys

import pytest

from lexiscope.testing.drafts import picture, png

_IMPORT = """
import resource, sys
from lexiscope.corpus.exchange import import_corpus
report = import_corpus(sys.argv[1], sys.argv[2], form="llava")
print(report.added, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


def imported(folder, entries):
    said = [{"from": "human", "value": "<image>What?"}, {"from": "gpt", "value": ""}]
    (folder / "a.png").write_bytes(png(picture(1)).origin.data)
    with (folder / f"{entries}.json").open("w") as stream:
        stream.write("[")
        for number in range(entries):
            said[1]["value"] = f"{number} " + "word " * 4000
            entry = {"id": str(number), "image": "a.png", "conversations": said}
            stream.write("," * bool(number) + json.dumps(entry))
        stream.write("]")
    command = [sys.executable, "-c", _IMPORT, str(folder / f"c{entries}"), str(folder / f"{entries}.json")]
    added, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(added) == entries
    return int(megabytes)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    small, large = imported(tmp_path, 50), imported(tmp_path, 2500)  # 1 MB and 50 MB
    assert large - small < 120  # Lance merges pieces in memory; without streaming it would be 50 MB times several
