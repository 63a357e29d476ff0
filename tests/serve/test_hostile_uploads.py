"""Files that nobody should send: the server says what is wrong with them, goes on, and keeps no more than it may."""

import io
import random
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.core.errors import SourceError
from lexiscope.serve.uploads import Arrived, Uploads
from lexiscope.testing.hostile_uploads import hostile_uploads, send_and_ask


@pytest.mark.slow  # a model is opened
def test_hostile_files_are_refused_one_by_one(client: TestClient, tmp_path: Path) -> None:
    site = client.app.state.site  # type: ignore[attr-defined]
    statuses: Counter[int] = Counter()
    worker = site.crew.worker(next(iter(site.models))).pid
    for number, file in enumerate(hostile_uploads(60, folder=tmp_path)):
        answers = send_and_ask(client, file, modality="flair")
        assert max(answers) < 500, (number, file.name[:50], answers)
        statuses.update(answers)
    assert statuses[422] > 20
    assert site.crew.worker(next(iter(site.models))).pid == worker
    kept = [folder for folder in (site.folder / "uploads").iterdir() if folder.is_dir()]
    assert len(kept) <= 64
    assert not list(site.folder.rglob("escaped*"))


def test_the_same_files_come_again(tmp_path: Path) -> None:
    names = [[file.name for file in hostile_uploads(80, folder=tmp_path)] for _ in range(2)]
    assert names[0] == names[1]


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_whose_bytes_are_damaged_are_refused_and_leave_nothing(tmp_path: Path, kind: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", kind) as archive:
        archive.writestr("a.dcm", bytes(range(256)) * 40)
    chance = random.Random(0)
    refused = 0
    uploads = Uploads(tmp_path / "uploads", most=1 << 20)
    for _ in range(60):
        data = bytearray(whole.getvalue())
        data[chance.randrange(40, len(data) - 120)] ^= 1 << chance.randrange(8)
        with suppress(SourceError):
            refused += 1
            uploads.keep([Arrived("a.zip", io.BytesIO(bytes(data)))])
            refused -= 1
    assert refused > 20
    assert len(list((tmp_path / "uploads").iterdir())) == 60 - refused
