"""A server that speaks the OpenAI interface and misbehaves as told; it answers on this machine only."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[int, dict[str, Any]], tuple[int, bytes | None]]


@dataclass
class Served:
    """What the server was asked, and under which address it answers."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def completion(text: str) -> bytes:
    """A well-formed answer of seven tokens read and three written."""
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage}).encode()


@contextmanager
def serving(reply: Reply, *, retry_after: float | None = None) -> Iterator[Served]:
    """Serve `reply(number of the request, its JSON) -> (status, body)`; a body of None hangs until the client left.

    Args:
        reply: Answers each request.
        retry_after: Seconds that a client is told to wait before it tries again; nothing is told when None.
    """
    served, lock, closing = Served(), threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(served.asked)
                served.asked.append(body)
                served.keys.append(self.headers.get("Authorization"))
            status, said = reply(number, body)
            if said is None:
                closing.wait(5)
                return
            with suppress(OSError):  # the client may be gone: killed, or out of patience
                self.send_response(status)
                if status in (301, 307):
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                if retry_after is not None:
                    self.send_header("Retry-After", f"{retry_after:g}")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield served
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
