"""Texts of strangers on a report page, in a model card and in a benchmark's card are text, in a real browser too."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from lxml import html
from markdown_it import MarkdownIt

from lexiscope.core import Case, Image, Provenance
from lexiscope.core.turn import Turn
from lexiscope.evaluate.benchmark.card import data_card
from lexiscope.evaluate.benchmark.spec import Benchmark, BenchmarkTask
from lexiscope.evaluate.report.charts import Curve
from lexiscope.evaluate.report.interpreted import ShownChart, ShownResult, ShownSubject
from lexiscope.evaluate.report.page import (
    AnsweredQuestion,
    Check,
    Gallery,
    Page,
    ShownCase,
    Step,
    Tile,
    render_page,
)
from lexiscope.evaluate.report.pictures import Picture
from lexiscope.evaluate.report.tables import Table
from lexiscope.evaluate.statistics import Estimate
from lexiscope.models.card import CardSection, model_card

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--virtual-time-budget=3000",
    "--dump-dom",
)
_RUN = "document.documentElement.dataset.owned=1"
_ATTACKS = (
    "'\"><script>{run}</script>",
    '"><img src="{url}/image" onerror="{run}">',
    "' autofocus onfocus='{run}' x='",
    "</title></style></textarea></code></svg><svg/onload={run}>",
    "<iframe src={url}/frame srcdoc='<script>parent.{run}</script>'></iframe>",
    "<style>@import '{url}/style'</style><link rel=stylesheet href={url}/link>",
    "`</code><script>{run}</script>`",
    "| a | <script>{run}</script> |\n\n<script>{run}</script>\n\n    <b>",
    "[click](javascript:{run}) ![picture]({url}/picture) <{url}/auto>",
    "&lt;script&gt;{run}&lt;/script&gt; {{{{7*7}}}} {{% raw %}}",
    "]]><!-- --!> <script>{run}</script> \u202e",
)
_ESTIMATE = Estimate(0.5, 0.4, 0.6, 0.1)
Make = Callable[[str], str]


def hostile(url: str) -> str:
    """All attacks in one text, with the address that they would ask."""
    return " ".join(attack.format(run=_RUN, url=url) for attack in _ATTACKS)


def report_page(text: str) -> str:
    """A page with the text wherever a page has texts."""
    shown = ShownCase(text, text, text, (Picture(text, None), Picture(text, "data:,")), 0.5, (Check(text, text, True),))
    chart = ShownChart(text, "data:,")
    result = ShownResult(text, text, text, text, (text,), (chart,), (text,), ((text,),), 3, {text: text})
    return render_page(
        Page(
            title=text,
            lead=text,
            tiles=(Tile(text, text),),
            steps=(Step(text, text, 1.0),),
            examples=(shown,),
            galleries=(Gallery(text, (shown,), chance=0.5),),
            answers=(AnsweredQuestion(text, text, text, True, 0.5, False, shown, (shown,)),),
            captions=(shown,),
            tables=(replace(Table.of(text, {"recall@10": _ESTIMATE, text: _ESTIMATE}), note=text),),
            subjects=(ShownSubject(text, text, (result,), ((text, text),)),),
            curves=(Curve(text, text, {text: [(0, 1.0), (1, 2.0)]}, chance=1.0),),
            provenance={text: text},
            notes=(text,),
        )
    )


def card_of_a_model(text: str) -> str:
    """A card with the text wherever weights, corpora and errors put one, as a web page."""
    weights = ({"name": text, "origin": text, "place": text, "licence": text},)
    record = {"verb": text, "corpus": text, "started": text, "versions": {text: text}, "metrics": {text: text}}
    sections = [
        CardSection("Joint space", "joint", "Reads.", weights, {}, (text,), record),
        CardSection(text, "text", fault=text),
    ]
    return _rendered(model_card(sections))


def card_of_a_benchmark(text: str) -> str:
    """A card with the text as split, licence, modality, author and judge, as a web page."""
    image = Image("0" * 64, text, "png", (4, 4))
    turns = (Turn("Q?", "A", author=text),)
    case = Case("a", "g", Provenance("s", licence=text), images={text: image}, turns=turns)
    task = BenchmarkTask("test", "assistant", {"judge": text, "wordings": [], "limit": 3})
    made_from = {"split": text, "corpus": "0" * 16, "left_out_cases": 0}
    return _rendered(data_card(Benchmark("0" * 16, "1" * 16, made_from, {text: 1}, task), [case]))


def _rendered(markdown: str) -> str:
    """As the most trusting of programs show it: HTML in it counts."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    return f"<!doctype html><html><head><title>card</title></head><body>{body}</body></html>"


MAKES = pytest.mark.parametrize("make", [report_page, card_of_a_model, card_of_a_benchmark])


@MAKES
def test_texts_of_strangers_are_text(make: Make) -> None:
    text, plain = hostile("http://127.0.0.1:9"), "a plain text"
    page, model = html.document_fromstring(make(text)), html.document_fromstring(make(plain))
    assert _kinds(page) == _kinds(model), "the text made elements of its own"
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on"), f"{name} of <{element.tag}>"
            if name in ("href", "src"):
                assert value.startswith("data:"), f"{name}={value}"
    assert "<script>" in page.text_content()


def _kinds(page: html.HtmlElement) -> list[str]:
    return sorted(str(element.tag) for element in page.iter())


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@MAKES
def test_a_browser_runs_and_asks_nothing(make: Make, tmp_path: Path) -> None:
    with _Listener() as listener:
        ran = _dom(make(hostile(listener.url)), tmp_path)
        assert "data-owned" not in ran
        assert listener.asked == []
        bait = f"<!doctype html><img src='{listener.url}/bait' onerror='{_RUN}'>"
        assert "data-owned" in _dom(bait, tmp_path), "the browser runs nothing at all, so it shows nothing"
        assert listener.asked == ["/bait"]


def _dom(page: str, folder: Path) -> str:
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={folder / 'profile'}", (folder / "page.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, timeout=300, check=True).stdout.decode()
    assert "</html>" in shown
    return shown.partition(">")[2].partition(">")[0] if shown.startswith("<!") else shown.partition(">")[0]


class _Listener:
    """A server on this machine that notes what it is asked."""

    def __enter__(self) -> "_Listener":
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
