import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.papers.pmc.client import Client


class Handler(BaseHTTPRequestHandler):
    """Answers with the path, or sends on to the address after `/to/`."""

    def do_GET(self):
        self.server.paths.append(self.path)
        target = self.path.partition("/to/")[2]
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths = []
    server.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client():
    return Client(1000.0, lambda _: None)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "http://ftp.ncbi.nlm.nih.gov/a",
        "http://localhost.evil.org/a",
        "http://127.0.0.1.evil.org/a",
        "http://localhost@evil.org/a",
        "https://",
        "a.xml",
    ],
)
def test_addresses_that_are_neither_encrypted_nor_here_are_refused(client, url):
    with pytest.raises(UsageError, match="expected an https address, got"):
        client.get(url)


def test_a_redirect_on_the_same_host_is_followed(client, server):
    assert client.get(f"{server.address}/to//there") == b"/there"
    assert client.get(f"{server.address}/to/{server.address}/there") == b"/there"


@pytest.mark.parametrize(
    "target", ["http://localhost:{port}/x", "https://127.0.0.1:{port}/x", "http://evil.org/x", "//evil.org/x"]
)
def test_a_redirect_to_another_host_or_scheme_is_refused(client, server, target):
    target = target.format(port=server.server_port)
    with pytest.raises(SourceError, match=f"redirects to (http:)?{target}; expected an answer from {server.address}"):
        client.get(f"{server.address}/to/{target}")
    assert len(server.paths) == 1


def test_a_file_is_saved_up_to_a_length(client, server, tmp_path):
    client.save(f"{server.address}/12345", tmp_path / "a", most=6)
    assert (tmp_path / "a").read_bytes() == b"/12345"
    with pytest.raises(SourceError, match="is longer than 5 bytes"):
        client.save(f"{server.address}/12345", tmp_path / "b", most=5)


def test_requests_are_paced(server):
    waits = []
    client = Client(0.05, waits.append)  # so slow that a busy machine's own delays do not count
    for _ in range(3):
        client.get(f"{server.address}/a")
    assert len(waits) == 2
    assert sum(waits) == pytest.approx(20 + 40, rel=0.2)


def test_a_server_that_stays_away_is_a_reason(client):
    with pytest.raises(SourceError, match="cannot be had"):
        client.get("http://127.0.0.1:9/")
