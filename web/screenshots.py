"""Pictures of the page for the documentation: `python web/screenshots.py MODEL CORPUS --out docs/pictures`.

Serves a model, such as the demo's, and photographs each view once it shows what it is for; that of reports shows the
first evaluation in the folder `--reports`, and is left out without one. `--only VIEW` takes one again. Needs the built
page (`make page`), Debian's Chromium and Playwright for Python (both of the extra "dev").
"""

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
_SIZE = {"width": 1280, "height": 1080}
_PATIENCE_MS = 180_000  # a model may have to be opened first
_QUESTION = "Is there a mass?"
_COLOURS = 256  # of a picture in the documentation


def search(page: Page) -> None:
    """Cases found by words."""
    page.goto("/?q=mass+with+oedema+in+the+left+frontal+lobe")
    page.get_by_text("Score").first.wait_for()


def case(page: Page) -> None:
    """All sequences of a case side by side, at the region that a citation of it names."""
    asked = {"input": {"case": _case_of(page)}, "request": {"question": _QUESTION}}
    evidence = page.request.post("/api/v1/ask", data=asked).json()["evidence"]
    cited = next(one for one in evidence if one["region"])
    region, structure = ",".join(map(str, cited["region"])), cited["details"]["structure"]
    page.goto(f"/case/{cited['case']}?region={region}&structure={structure}")
    page.locator("rect.box").first.wait_for()


def ask(page: Page) -> None:
    """A question, its answer, and the cases that it rests on."""
    page.goto(f"/ask/{_case_of(page)}")
    page.get_by_label("Question", exact=True).fill(_QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_label("Citation 1").wait_for()


def segment(page: Page) -> None:
    """Outlines of what the model knows, on every sequence."""
    page.goto(f"/segment/{_case_of(page)}")
    page.get_by_role("button", name="Outline", exact=True).click()
    page.get_by_role("heading", name="Found").wait_for()


def why(page: Page) -> None:
    """What each input adds to a prediction, and where the model looks."""
    page.goto(f"/why/{_case_of(page)}")
    page.get_by_role("button", name="Explain").click()
    section = page.get_by_role("region", name="What each input adds")
    section.get_by_role("button", name="Stop").wait_for()
    section.get_by_role("button", name="Stop").wait_for(state="detached", timeout=4 * _PATIENCE_MS)
    section.scroll_into_view_if_needed()
    section.evaluate("section => section.scrollIntoView()")


def correct(page: Page) -> None:
    """A mask under the brush, and texts, attributes and answers beside it."""
    page.goto(f"/correct/{_case_of(page)}")
    page.get_by_role("button", name="Edit", exact=False).first.click()
    page.get_by_role("button", name="Brush").click()


def corpus(page: Page) -> None:
    """What the corpus holds and lacks."""
    page.goto("/corpus")
    page.get_by_text("Licences").first.wait_for()


def reports(page: Page) -> None:
    """An evaluation with its baselines and intervals."""
    page.goto("/reports")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("link", name="All reports").wait_for()


VIEWS: dict[str, Callable[[Page], None]] = {
    one.__name__: one for one in (search, case, ask, segment, why, correct, corpus, reports)
}


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--reports", type=Path)
    parser.add_argument("--only", choices=VIEWS, action="append")
    chosen = parser.parse_args()
    names = chosen.only or [name for name in VIEWS if name != "reports" or chosen.reports]
    chosen.out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "lexiscope", "serve", str(chosen.model), "--corpus", str(chosen.corpus)]
    command += ["--reports", str(chosen.reports)] if chosen.reports else []
    with subprocess.Popen([*command, "--port", "0", "--look-at", "0"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(line.split()[-1] for line in server.stderr if line.startswith("ready: "))
        try:
            _photograph(address, chosen.out, names)
        finally:
            server.terminate()


def _photograph(address: str, out: Path, names: Iterable[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page(base_url=address, viewport=_SIZE, color_scheme="light")
        page.set_default_timeout(_PATIENCE_MS)
        for name in names:
            VIEWS[name](page)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1500)  # a volume is drawn once it has come
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS, kmeans=2)
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
