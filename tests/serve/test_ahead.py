import asyncio
import os
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve import picture_process
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.gallery import Gallery
from lexiscope.serve.picture_process import PictureProcess
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.quiet import Quiet
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew
from lexiscope.testing import make_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Volumes with masks; for tests that change nothing."""
    return make_corpus(tmp_path_factory.mktemp("ahead") / "scans", 3, volumes=True, masks=True)


def test_pictures_of_the_grid_are_made_before_anybody_asks(corpus, tmp_path):
    site = Site({}, Crew({}, queue=1), corpus, ServeConfig(port=0), tmp_path / "site")
    shown = {image.content for case in corpus for image in case.images.values()}
    with TestClient(create_app(site, ahead=True), base_url="http://localhost"):
        while len(_made(site.gallery.folder, "json")) < len(shown):
            time.sleep(0.02)
        made = _made(site.gallery.folder, "png")
        assert {path.name[:64] for path in made} == shown
        assert site.gallery.thumbnail(made[0].name[:64], size=256) == made[0]  # the file that is asked for
    assert not site.folder.exists()


def test_pictures_wait_while_somebody_asks():
    async def run():
        quiet = Quiet()
        with quiet.asked():
            waiting = asyncio.create_task(quiet.wait())
            assert not (await asyncio.wait([waiting], timeout=0.3))[0]
        began = time.monotonic()
        await waiting
        return time.monotonic() - began

    assert asyncio.run(run()) > 0.2  # and a moment longer: the next request may come at once


def test_a_file_that_ends_the_process_is_passed_over_unless_many_do(corpus, tmp_path, monkeypatch):
    class Deadly(ShownFile):
        def to_json(self) -> str:
            return "no JSON"

    async def run():
        process = PictureProcess(tmp_path)
        assert process.is_of_use
        whole = Gallery(corpus, tmp_path).find(next(iter(corpus["case-0000"].images.values())).content)
        await process.make(Deadly(whole.content, whole.path, whole.known))
        await process.make(whole)
        pid, is_of_use = process.pid, process.is_of_use
        await process.end()
        return pid, is_of_use

    monkeypatch.setattr(picture_process, "_DEATHS", 1)
    pid, is_of_use = asyncio.run(run())
    assert len(_made(tmp_path, "png")) == 1
    assert not is_of_use
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _made(folder: Path, suffix: str) -> list[Path]:
    return [path for path in folder.rglob(f"*.{suffix}") if not path.name.startswith(".")]
