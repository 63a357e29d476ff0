"""The page in a real Chromium, over real servers: one with a model of every part, one with many cases and no model."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.corpus import Corpus

_ROOT = Path(__file__).parents[3]
_AXE = _ROOT / "web/node_modules/axe-core/axe.min.js"
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--enable-unsafe-swiftshader",
)
_DROP = """([name, bytes]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
  for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind,
    { bubbles: true, cancelable: true, dataTransfer }));
}"""
_PATIENCE = 180_000  # milliseconds; whatever the page shows, a busy machine may show it late
MANY = 600
HOSTILE = '<img src="x" onerror="document.title = \'owned\'"> & <b>bold</b>'


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium, found by its name, where the page is built."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on this machine")
    if not (_ROOT / "src/lexiscope/serve/page/index.html").is_file():
        pytest.skip("the page is not built; run: make page")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium, running for the tests of one file.

    Playwright keeps an event loop running in the thread of the tests for as long, in which no other may run.
    """
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev")
    with api.sync_playwright() as playwright:
        api.expect.set_options(timeout=_PATIENCE)
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def look(browser: Any) -> Iterator[Any]:
    """Open a page at an address: `look(address, width=..., height=..., dark=...)`.

    At the end of the test no script may have failed, the policy may have refused nothing, and no request may have gone
    to another host.
    """
    contexts, faults, strays = [], [], []

    def opened(
        address: str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        touch: bool = False,
        script: str = "",
    ) -> Any:
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=touch)
        contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        context.add_init_script(script)
        page = context.new_page()
        host = address.split("/")[2]
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda asked: strays.append(asked.url) if _is_stray(asked.url, host) else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
    assert strays == []


@pytest.fixture(scope="session")
def drop() -> Callable[[Any, str, bytes], None]:
    """Drop a file on a page: `drop(page, name, data)`."""
    return lambda page, name, data: page.evaluate(_DROP, [name, list(data)])


@pytest.fixture(scope="session")
def serious_faults() -> Callable[[Any, str], dict[str, list[str]]]:
    """What axe-core finds serious on a page: `serious_faults(page, view)` gives view and rule -> elements."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not installed; run: make page")

    def found(page: Any, view: str) -> dict[str, list[str]]:
        page.evaluate(_AXE.read_text())
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [one for one in violations if one["impact"] in ("serious", "critical")]
        return {f"{view}: {one['id']}": [node["html"][:200] for node in one["nodes"][:3]] for one in serious}

    return found


def _is_stray(url: str, host: str) -> bool:
    return not url.startswith(("data:", "blob:")) and url.split("/")[2] != host


@pytest.fixture(scope="session")
def address(chromium: str, made: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server started as people start it, with the served model, its corpus and some reports."""
    corpus, model = made
    reports = write_reports(tmp_path_factory.mktemp("reports"))
    rejected = {"path": "scans/p9.nii.gz", "reason": "no NIfTI", "remedy": "copy it again", "source": "bids"}
    (corpus.path / "rejected.jsonl").write_text(json.dumps(rejected) + "\n")
    with started(str(model.path), "--corpus", str(corpus.path), "--reports", str(reports)) as address:
        yield address


@pytest.fixture(scope="session")
def start_server(chromium: str) -> Callable[..., AbstractContextManager[str]]:
    """Start a server as people start it: `with start_server(model, "--corpus", corpus) as address`."""
    return started


@contextmanager
def started(*words: str) -> Iterator[str]:
    """Address of a server in a process of its own, as long as the context lasts."""
    command = [sys.executable, "-m", "lexiscope", "serve", *words, "--port", "0", "--look-at", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if line.startswith("ready: "):
                break
        else:
            pytest.fail("the server did not start: " + "".join(lines))
        drained = threading.Thread(target=server.stdout.read, daemon=True)  # so that it never waits for a reader
        drained.start()
        yield lines[-1].removeprefix("ready: ").strip()
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="session")
def many(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in this process over a corpus of many cases; no model."""
    folder = tmp_path_factory.mktemp("many")
    with serving(many_cases(folder), folder / "site") as address:
        yield address


@pytest.fixture(scope="session")
def serve_corpus(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[str]]:
    """Serve a corpus in this process, without a model: `with serve_corpus(corpus, token="...") as address`."""
    return lambda corpus, **options: serving(corpus, tmp_path_factory.mktemp("site"), **options)


@contextmanager
def serving(corpus: Corpus, folder: Path, **options: Any) -> Iterator[str]:
    """Address of a server over a corpus, as long as the context lasts; options are those of `ServeConfig`."""
    import uvicorn

    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.listening import listen
    from lexiscope.serve.site import Site
    from lexiscope.serve.workers.crew import Crew

    config = ServeConfig(port=0, **options)
    site = Site(models={}, crew=Crew({}, queue=1), corpus=corpus, config=config, folder=folder)
    socket = listen(config.host, config.port)
    server = uvicorn.Server(uvicorn.Config(create_app(site), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    socket.close()


def many_cases(folder: Path) -> Corpus:
    """Cases over a dozen images; the text of the first one tries to be a script."""
    corpus = Corpus.create(folder / "corpus")
    images = [_stored(corpus, folder, seed) for seed in range(12)]
    corpus.upsert(
        Case(
            f"case-{n}",
            f"group-{n // 2}",
            Provenance("table", licence="CC0-1.0"),
            images={"photo": images[n % 12]} if n % 10 else {},
            texts=(Passage("caption", HOSTILE if n == 0 else f"Picture number {n}."),),
            attributes={"number": n, "site": ("left, upper", 'left, "lower"', "right")[n % 3]},
            split=("train", "train", "test")[n // 2 % 3],
        )
        for n in range(MANY)
    )
    return corpus


def _stored(corpus: Corpus, folder: Path, seed: int) -> Image:
    written = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Picture.fromarray(pixels).save(written, "png")
    content = hashlib.sha256(written.getvalue()).hexdigest()
    (folder / "image.png").write_bytes(written.getvalue())
    corpus.keep_object(folder / "image.png", content=content, image_format="png")
    return Image(content, "photo", "png", (48, 64), channels=3)


def write_reports(folder: Path) -> Path:
    """Three evaluations, two of them of the same task, and an interpretation."""
    for name, task, value in (("first", "search", 0.4), ("second", "search", 0.8), ("outlines", "segment", 0.7)):
        (folder / f"{name}.json").write_text(json.dumps(_evaluation(task, value)))
    estimate = {"value": 0.25, "low": 0.1, "high": 0.4, "chance": 0.0}
    result = {
        "method": "contribution",
        "title": "What does each input add?",
        "findings": ["flair adds 0.25"],
        "rows": [{"input": "flair", "share": estimate}],
        "assumes": "That it holds.",
        "cannot_tell": "Anything else.",
        "sample": "4 of 9 cases were drawn",
    }
    subject = {"name": "joint space", "score": "accuracy", "cases": 4, "groups": 3, "inputs": ["flair"]}
    about = {"model": "brain", "corpus_version": "c1", "split": "test", "seed": 0}
    interpretation = {"about": about, "subjects": [{**subject, "results": [result]}], "left_out": [], "notes": []}
    (folder / "why.json").write_text(json.dumps(interpretation))
    return folder


def _evaluation(task: str, value: float) -> dict[str, Any]:
    estimate = {"value": value, "low": value - 0.1, "high": value + 0.1, "chance": 0.1, "n": 20, "groups": 9}
    least = {**estimate, "value": 0.1, "low": 0.0, "high": 0.2}
    rank = {**estimate, "value": 5.5, "low": 4.0, "high": 11.0, "chance": 10.5}
    return {
        "task": task,
        "split": "test",
        "n": 20,
        "cases": 20,
        "groups": 9,
        "metrics": {"recall@1": estimate, "median_rank": rank},
        "baselines": {"shuffled_images": {"recall@1": least}},
        "differences": {"shuffled_images": {"recall@1": {**estimate, "value": value - 0.1}}},
        "verdicts": [f"The model against shuffled images: better by {value - 0.1:.1f}"],
        "notes": [],
        "audit": {"checked": True},
        "rule": "A text finds its image.",
        "corpus": "c1",
        "model": "ab" * 32,
        "seed": 0,
        "resamples": 100,
        "versions": {"python": "3.11"},
    }
