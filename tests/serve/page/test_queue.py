"""The queue in Chromium: what a model was unsure of, until a person has corrected it."""

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest

from lexiscope.corpus import Corpus

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect

QUESTION = "Is there a lesion?"


@pytest.fixture(scope="module")
def copy(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the served corpus, which may be changed."""
    return Path(copytree(made[0].path, tmp_path_factory.mktemp("correct") / "corpus"))


@pytest.fixture(scope="module")
def desk(browser: Any, made: Any, copy: Path) -> Iterator[str]:
    """A server in this process, with a worker of the served model, over that copy."""
    import uvicorn

    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.site import Site

    config, ready = ServeConfig(port=0, look_at=2), threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(Site.open([made[1].path], corpus=copy, config=config), on_ready=ready.set)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert ready.wait(300)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(60)
    listening.close()


@pytest.fixture(scope="module")
def case(copy: Path) -> str:
    """A case with images, a text, attributes and a lesion."""
    return next(one.id for one in Corpus.open(copy) if one.images and one.statements and "lesion" in one.masks)


def test_what_a_model_was_unsure_of_goes_from_the_queue_to_its_correction(look: Any, desk: str, case: str) -> None:
    asked = {"input": {"case": case}, "request": {"question": QUESTION}}
    answer = httpx.post(f"{desk}/api/v1/ask", json=asked, timeout=120).json()["value"]["answer"]
    page = look(f"{desk}/correct")
    card = page.get_by_role("list", name="Cases to correct").get_by_role("listitem").filter(has_text=QUESTION)
    expect(card).to_contain_text("unsure")
    card.get_by_role("link", name=case).click()
    said = page.get_by_role("region", name="What models said")
    expect(said).to_contain_text(answer)
    said.get_by_role("button", name=f"Edit {QUESTION}").click()
    said.get_by_role("textbox").fill("Nobody can tell")
    said.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status", name="Saved")).to_have_text("The answer is saved. The next training uses it.")
    expect(page.get_by_role("region", name="Corrections")).to_contain_text("Nobody can tell")
    expect(said).to_have_count(0)
    kept = httpx.get(f"{desk}/api/v1/corrections", params={"case": case}).json()[-1]
    assert kept["corrects"]["said"]["answer"] == answer
    page.goto(f"{desk}/correct")
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    page.get_by_role("button", name="Look at the cases").press("Enter")
    expect(page.get_by_role("group", name="Cases looked at")).to_contain_text("2 of 2 cases looked at by model")
    expect(page.get_by_role("button", name="Stop looking")).to_have_count(0)
    page.reload()
    card = page.get_by_role("list", name="Cases to correct").get_by_role("listitem").first
    expect(card).to_contain_text("of model, unsure")
    card.get_by_role("link").press("Enter")
    page.get_by_role("button", name=re.compile("is right$")).first.press("Enter")
    expect(page.get_by_role("status", name="Saved")).to_contain_text("is saved")
