import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.papers.pmc import PmcSource
from lexiscope.sources.papers.pmc.client import Client

XML = """<?xml version="1.0"?><article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="pmc">{number}</article-id></article-meta></front><body><p>See Fig. 1.</p>
<fig id="f1"><label>Fig. 1</label><caption><p>Grains {number}.</p></caption><graphic xlink:href="grains-g001"/></fig>
</body></article>"""


class Cloud:
    """A server with the layout of PMC's bucket and of the E-utilities; counts and can spoil answers."""

    def __init__(self, picture):
        self.files = {
            "PMC1.1/PMC1.1.xml": XML.format(number=1).replace("Grains", "Old").encode(),
            "PMC1.2/PMC1.2.xml": XML.format(number=1).encode(),
            "PMC1.2/grains-g001.jpg": picture,
            "PMC1.2/PMC1.2.pdf": b"%PDF-",
            "PMC11.1/PMC11.1.xml": XML.format(number=11).encode(),
        }
        self.asked, self.agents, self.fail, self.spoiled, self.short = [], set(), [], set(), 0

    def answer(self, url):
        path, asked = url.path, parse_qs(url.query)
        if path == "/esearch.fcgi":
            return json.dumps({"esearchresult": {"idlist": ["1", "3"]}}).encode()
        if path == "/efetch.fcgi":
            number = asked["id"][0]
            return (
                f"<pmc-articleset>{XML.format(number=3)[21:]}</pmc-articleset>".encode() if number == "3" else b"<x/>"
            )
        if path == "/":
            return self.listing(asked["prefix"][0], asked.get("continuation-token", ["0"])[0])
        data = self.files.get(path[1:])
        return data if data is None or path[1:] not in self.spoiled else data[:-1] + b"!"

    def listing(self, prefix, token):
        """Two keys a page."""
        keys = [key for key in sorted(self.files) if key.startswith(prefix)]
        first = int(token)
        rows = "".join(
            f"<Contents><Key>{key}</Key><ETag>&quot;{hashlib.md5(self.files[key]).hexdigest()}&quot;</ETag>"
            f"<Size>{len(self.files[key])}</Size></Contents>"
            for key in keys[first : first + 2]
        )
        more = f"<NextContinuationToken>{first + 2}</NextContinuationToken>" if first + 2 < len(keys) else ""
        return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{rows}{more}</ListBucketResult>'.encode()


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    Pillow.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "p.jpg")
    state = Cloud((tmp_path / "p.jpg").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked.append(self.path)
            state.agents.add(self.headers["User-Agent"])
            code = state.fail.pop(0) if state.fail else 200
            body = state.answer(urlparse(self.path)) if code == 200 else b"later"
            self.send_response(code if body is not None else 404)
            if state.short and body:
                state.short -= 1
                self.send_header("Content-Length", str(len(body) + 5))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("NCBI_API_KEY", "k")
    monkeypatch.setattr(
        "lexiscope.sources.papers.pmc.source.Client", lambda per_second: Client(per_second, lambda _: None)
    )
    yield state
    server.shutdown()


def source(cloud, folder, **options):
    options = {"allow_download": True, "cloud": cloud.address, "eutils": cloud.address, **options}
    return PmcSource(folder, **options)


def test_the_newest_version_with_its_figures_becomes_cases(cloud, tmp_path):
    (draft,) = source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()
    assert (draft.id, draft.group, draft.provenance.source) == ("PMC1-f1", "PMC1", "pmc")
    assert [text.text for text in draft.texts] == ["Grains 1.", "See Fig. 1."]
    assert draft.images["figure"].origin.read_bytes() == cloud.files["PMC1.2/grains-g001.jpg"]
    assert not any("pdf" in url or "PMC11" in url for url in cloud.asked)
    assert all(agent.startswith("lexiscope/") for agent in cloud.agents)


def test_what_is_there_is_not_asked_for_again_and_damage_is_mended(cloud, tmp_path):
    first = list(source(cloud, tmp_path / "down", ids=("PMC1",)).drafts())
    cloud.asked.clear()
    assert list(source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()) == first
    assert list(source(cloud, tmp_path / "down", ids=("PMC1",), allow_download=False).drafts()) == first
    assert cloud.asked == []
    (tmp_path / "down" / "PMC1" / "grains-g001.jpg").write_bytes(b"cut")
    assert list(source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()) == first
    assert [url for url in cloud.asked if url.startswith("/PMC")] == ["/PMC1.2/grains-g001.jpg"]


def test_queries_and_articles_outside_the_cloud(cloud, tmp_path):
    drafts = list(source(cloud, tmp_path / "down", query="glass", limit=7).drafts())
    assert [draft.id for draft in drafts] == ["PMC1-f1", "PMC3-f1"]
    search = parse_qs(urlparse(cloud.asked[0]).query)
    assert (search["retmax"], search["term"], search["api_key"], search["tool"]) == (
        ["7"], ["(glass) AND open access[filter]"], ["k"], ["lexiscope"]
    )  # fmt: skip
    assert not drafts[1].images


def test_lists_of_ids_are_read_from_files(cloud, tmp_path):
    (tmp_path / "ids.txt").write_text("PMC1\nPMC11\nPMC1\n")
    drafts = list(source(cloud, tmp_path / "down", ids=(str(tmp_path / "ids.txt"),)).drafts())
    assert [draft.id for draft in drafts] == ["PMC1-f1", "PMC11-f1"]


def test_a_busy_server_is_asked_again(cloud, tmp_path):
    cloud.fail = [429, 503, 500]
    assert [type(one) for one in source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()] == [Draft]


def test_an_article_that_cannot_be_had_is_rejected_and_the_rest_goes_on(cloud, tmp_path):
    cloud.spoiled = {"PMC1.2/grains-g001.jpg"}
    damaged, unknown, fine = source(cloud, tmp_path / "down", ids=("PMC1", "PMC9", "PMC11")).drafts()
    assert isinstance(damaged, Rejected)
    assert "arrived damaged" in damaged.reason
    assert "neither in PMC's cloud" in unknown.reason
    assert fine.id == "PMC11-f1"
    assert not (tmp_path / "down" / "PMC1" / "grains-g001.jpg").exists()


def test_an_answer_that_breaks_off_is_asked_for_again(cloud, tmp_path):
    cloud.short = 2
    (draft,) = source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()
    assert draft.images


def test_a_listing_that_is_no_listing_is_a_reason(cloud, tmp_path):
    cloud.listing = lambda *_: b"<html>"
    (rejected,) = source(cloud, tmp_path / "down", ids=("PMC1",)).drafts()
    assert "no XML" in rejected.reason


def test_nothing_is_downloaded_without_permission(cloud, tmp_path):
    with pytest.raises(UsageError, match="--allow-download"):
        source(cloud, tmp_path / "down", ids=("PMC1",), allow_download=False).drafts()
    with pytest.raises(UsageError, match="--allow-download"):
        source(cloud, tmp_path / "down", query="glass", allow_download=False).drafts()
    assert cloud.asked == []


@pytest.mark.parametrize("ids", [(), ("../x",), ("PMC",), ("12",)])
def test_wrong_ids_are_refused(ids, tmp_path):
    with pytest.raises(UsageError, match="PMC7198556"):
        PmcSource(tmp_path, ids=ids).drafts()
