"""Pictures of the page for the documentation: `python web/screenshots.py MODEL CORPUS --out docs/pictures`.

Serves a model, such as the demo's, and photographs each view once it shows what it is for. Needs the built page
(`make page`), Debian's Chromium and Playwright for Python (both of the extra "dev").
"""

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
_SIZE = {"width": 1280, "height": 1080}
_PATIENCE_MS = 180_000  # a model may have to be opened first
_COLOURS = 200  # of a picture in the documentation


def search(page: Page) -> None:
    """Cases found by words."""
    page.goto("/?q=mass+with+oedema+in+the+left+frontal+lobe")
    page.get_by_text("Score").first.wait_for()


def ask(page: Page) -> None:
    """A question, its answer, and the cases that it rests on."""
    page.goto(f"/ask/{_case_of(page)}")
    page.get_by_label("Question", exact=True).fill("Is there a mass?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_label("Citation 1").wait_for()


def segment(page: Page) -> None:
    """Outlines of what the model knows, on every sequence."""
    page.goto(f"/segment/{_case_of(page)}")
    page.get_by_role("button", name="Outline", exact=True).click()
    page.get_by_role("heading", name="Found").wait_for()


def corpus(page: Page) -> None:
    """What the corpus holds and lacks."""
    page.goto("/corpus")
    page.get_by_text("Licences").first.wait_for()


VIEWS: dict[str, Callable[[Page], None]] = {"search": search, "ask": ask, "segment": segment, "corpus": corpus}


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "lexiscope", "serve", str(chosen.model), "--corpus", str(chosen.corpus)]
    with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(line.split()[-1] for line in server.stderr if line.startswith("ready: "))
        try:
            _photograph(address, chosen.out)
        finally:
            server.terminate()


def _photograph(address: str, out: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page(base_url=address, viewport=_SIZE, color_scheme="light")
        page.set_default_timeout(_PATIENCE_MS)
        for name, show in VIEWS.items():
            show(page)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1500)  # a volume is drawn once it has come
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS)
            picture.save(out / f"{name}.png", optimize=True)
            print(f"{out / name}.png")
        browser.close()


def _case_of(page: Page) -> str:
    """A case of the split "test" with every sequence and something to outline."""
    found = page.request.get("/api/v1/cases?where=split=test&limit=100").json()["cases"]
    full = [row for row in found if row["structures"] and all(row["images"].values())]
    return str((full or found)[0]["id"])


if __name__ == "__main__":
    main()
