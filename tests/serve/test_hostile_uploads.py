"""Files that nobody should send: the server says what is wrong with them, goes on, and keeps no more than it may."""

from collections import Counter
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.testing.hostile_uploads import hostile_uploads, send_and_ask

pytestmark = pytest.mark.slow  # a model is opened


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
    assert not list(site.folder.parent.rglob("escaped.dcm"))


def test_the_same_files_come_again(tmp_path: Path) -> None:
    names = [[file.name for file in hostile_uploads(80, folder=tmp_path)] for _ in range(2)]
    assert names[0] == names[1]
