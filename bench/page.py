"""What a reader waits for on the page of `lexiscope serve`, in Chromium on loopback.

    python bench/page.py --work FOLDER     # targets: 1 s to the first cases, no gap at 50 cases a second, 3 s a volume
    python bench/page.py --work FOLDER --only scrolling

FOLDER keeps a corpus of 3000 cases over 300 pictures and one of 512 x 512 x 300 voxels, and a small model, all made
when they are not there. Scrolling meets every picture for the first time, on servers that have made none before: at
once, and some seconds after the server is ready. Needs the built page (`make page`), Chromium and Playwright. Wall
clock, so on a quiet machine; prints one JSON line each with its target, exit 1 when one is missed.
"""

import argparse
import hashlib
import io
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.corpus import Corpus
from lexiscope.sources.encode import volume_file
from serve import prepare
from serve_process import Served, served

TARGET_PAINT_MS, TARGET_CASES, TARGET_VOLUME_S = 1000.0, 50.0, 3.0
CASES, PICTURES, SHAPE = 3000, 300, (300, 512, 512)
VISITS, SECONDS = 5, 10.0
WAITS = (0.0, 10.0)  # seconds between a ready server and a reader who scrolls
_FLAGS = ("--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader")
_FIRST_CASE = """addEventListener("DOMContentLoaded", () => new MutationObserver((_, watcher) => {
  const image = document.querySelector(".card img");
  if (!image || !image.complete || !image.naturalWidth) return image?.addEventListener("load", () => {
    window.firstCase ??= performance.now();
  });
  window.firstCase ??= performance.now();
  watcher.disconnect();
}).observe(document, { subtree: true, childList: true }));"""
_SCROLL = """async ([rate, seconds]) => {
  const card = document.querySelector(".grid li").getBoundingClientRect();
  const across = Math.round(document.querySelector(".grid").clientWidth / card.width);
  const speed = (rate / across) * card.height; // pixels a second
  const isSeen = (one) => { const box = one.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; };
  const isGap = (one) => one.classList.contains("waiting") || [...one.querySelectorAll("img")].some((i) => !i.complete);
  const began = performance.now();
  let [frames, gaps, last, slowest] = [0, 0, began, 0];
  while (last - began < seconds * 1000) {
    const now = await new Promise(requestAnimationFrame);
    scrollTo(0, (speed * (now - began)) / 1000);
    const seen = [...document.querySelectorAll(".card")].filter(isSeen);
    frames += 1;
    gaps += seen.length === 0 || seen.some(isGap);
    slowest = Math.max(slowest, now - last);
    last = now;
  }
  return { frames, gaps, slowest_frame_ms: Math.round(slowest), cases_a_second: rate };
}"""


def main() -> int:
    """Make what is served, measure, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", choices=("first paint", "scrolling", "volume"))
    options = parser.parse_args()
    options.model = options.corpus = None
    options.rows = 0
    prepare(options)
    options.corpus = options.work / "many"
    if not (options.corpus / "done").is_file():
        _make(options.corpus, options.work)
    met = True
    measures = {"first paint": _paint, "scrolling": _scrolling, "volume": _volume}
    with _browser() as browser:
        for name, measure in measures.items():
            if options.only not in (None, name):
                continue
            for line, good in measure(options, browser):
                met &= good
                load = round(os.getloadavg()[0], 1)
                print(json.dumps({"name": f"page {name}", **line, "met": good, "load_average": load}), flush=True)
    return 0 if met else 1


def _paint(options: argparse.Namespace, browser: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """From the first request until cases with their pictures are seen, in a browser that knows nothing yet."""
    seen, painted = [], []
    with served(options) as server:
        for _ in range(VISITS):
            page = _page(browser)
            page.add_init_script(_FIRST_CASE)
            page.goto(_address(server))
            page.wait_for_function("() => window.firstCase")
            seen.append(page.evaluate("window.firstCase"))
            painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            page.context.close()
    first_case = statistics.median(seen)
    line = {"first_contentful_ms": round(statistics.median(painted)), "first_case_ms": round(first_case)}
    yield {**line, "slowest_ms": round(max(seen)), "target_ms": TARGET_PAINT_MS}, first_case <= TARGET_PAINT_MS


def _scrolling(options: argparse.Namespace, browser: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """Frames in which something that is seen has not come yet."""
    for wait_s in WAITS:
        with served(options) as server:
            time.sleep(wait_s)
            page = _page(browser)
            page.goto(_address(server))
            page.wait_for_function("() => document.querySelector('.card img')?.complete")
            line = page.evaluate(_SCROLL, [TARGET_CASES, SECONDS])
            page.context.close()
            spent = round(server.processor_s()["server"], 1)
        yield {"wait_s": wait_s, **line, "server_processor_s": spent, "target_gaps": 0}, line["gaps"] == 0


def _volume(options: argparse.Namespace, browser: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    """From the click until the slice is seen, made for the first time and asked for again."""
    waits = []
    with served(options) as server:
        for _ in range(2):
            page = _page(browser)
            page.goto(f"{_address(server)}/corpus")
            page.get_by_role("heading", level=1).wait_for()
            began = time.perf_counter()
            page.goto(f"{_address(server)}/case/volume")
            page.locator(".pane-film canvas.webgl, .pane-film img.server-slice").wait_for(timeout=120_000)
            while _brightness(page) < 20:
                page.wait_for_timeout(50)
            waits.append(round(time.perf_counter() - began, 2))
            page.context.close()
    yield {"first_s": waits[0], "again_s": waits[1], "target_s": TARGET_VOLUME_S}, waits[0] <= TARGET_VOLUME_S


def _address(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def _brightness(page: Any) -> float:
    """Brightness of the middle of the picture, in which a body lies."""
    grey = np.asarray(
        Picture.open(io.BytesIO(page.locator(".pane-film[data-index]").screenshot())).convert("L"), dtype=float
    )
    rows, columns = grey.shape
    return float(grey[rows // 3 : rows // 2, columns // 3 : columns // 2].mean())


def _page(browser: Any) -> Any:
    return browser.new_context(viewport={"width": 1280, "height": 900}).new_page()


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))


def _make(path: Path, work: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    corpus = Corpus.create(path)
    rng = np.random.default_rng(0)
    images = [_picture(corpus, work, rng) for _ in range(PICTURES)]
    provenance = Provenance("table", licence="CC0-1.0")
    cases = [
        Case(
            f"case-{n:04}",
            f"group-{n // 2}",
            provenance,
            images={"photo": images[n % PICTURES]},
            texts=(Passage("caption", f"Picture number {n}, one of many that a lab keeps."),),
            attributes={"number": n},
        )
        for n in range(CASES)
    ]
    corpus.upsert([*cases, Case("volume", "volume", provenance, images={"ct": _scan(corpus, work)})])
    (path / "done").touch()


def _picture(corpus: Corpus, work: Path, rng: np.random.Generator) -> Image:
    small = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    Picture.fromarray(small).resize((512, 384)).save(work / "one.png")
    return _kept(corpus, work / "one.png", "photo", "png", shape=(384, 512), channels=3)


def _scan(corpus: Corpus, work: Path) -> Image:
    z, y, x = np.ogrid[-1:1:300j, -1:1:512j, -1:1:512j]
    body = (z**2 / 2 + y**2 * 2 + x**2) < 0.8
    values = np.where(body, np.random.default_rng(0).normal(40, 25, SHAPE), -1000).astype(np.int16)
    path = work / "scan.nii.gz"
    path.write_bytes(volume_file(values, np.diag([0.7, 0.7, 1.0, 1.0])).origin.data)
    return _kept(corpus, path, "ct", "nifti", shape=SHAPE, spacing=(1.0, 0.7, 0.7), unit="mm", bits=16)


def _kept(corpus: Corpus, path: Path, modality: str, kind: str, **facts: Any) -> Image:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    corpus.keep_object(path, content=content, image_format=kind)
    path.unlink()
    return Image(content, modality, kind, **facts)


if __name__ == "__main__":
    sys.exit(main())
