"""`fake_endpoint`: a server with the OpenAI interface that misbehaves as told; it answers on this machine only."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[int, dict[str, Any]], tuple[int, bytes | None]]


@dataclass
class FakeEndpoint:
    """Server that keeps what it is asked.

    Args:
        url: Address under which it answers.
        requests: JSON of every request, in the order of their arrival.
        keys: Authorization header of every request.
    """

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def completion(text: str) -> bytes:
    """Body of a well-formed answer, of seven tokens read and three written.

    Example:
        >>> json.loads(completion("Yes"))["choices"][0]["message"]["content"]
        'Yes'
    """
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage}).encode()


@contextmanager
def fake_endpoint(reply: Reply, *, retry_after: float | None = None) -> Iterator[FakeEndpoint]:
    """Server that answers with `reply(number of the request, its JSON) -> (status, body)`.

    A body of None hangs until the client left.

    Args:
        reply: Answers each request.
        retry_after: Seconds that a client is told to wait before it tries again; nothing is told when None.
    """
    endpoint, lock, closing = FakeEndpoint(), threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(endpoint.requests)
                endpoint.requests.append(body)
                endpoint.keys.append(self.headers.get("Authorization"))
            status, answer = reply(number, body)
            if answer is None:
                closing.wait(5)
                return
            with suppress(OSError):  # the client may be gone: killed, or out of patience
                self.send_response(status)
                if status in (301, 307):
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                if retry_after is not None:
                    self.send_header("Retry-After", f"{retry_after:g}")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
