"""A server in a process of its own: two models, and SIGTERM while a request is under way."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow  # two models are opened


def test_two_models_are_told_apart_and_what_is_in_flight_is_answered_before_the_end(made: Any, tmp_path: Path) -> None:
    corpus, model = made
    other = shutil.copytree(model.path, tmp_path / "other")
    command = [sys.executable, "-m", "lexiscope", "serve", str(model.path), str(other), "--corpus", str(corpus.path)]
    with subprocess.Popen([*command, "--port", "0", "--look-at", "0"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(line for line in server.stderr if line.startswith("ready: ")).removeprefix("ready: ").strip()
        body = {"request": {"query": "a mass", "k": 2}}
        unnamed = httpx.post(f"{address}/api/v1/search", json=body)
        assert unnamed.status_code == 400
        assert "expected one of the models model, other, got no name" in unnamed.json()["detail"]
        assert {one["name"] for one in httpx.get(f"{address}/api/v1/models").json()} == {"model", "other"}
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as asking:
            sent = json.dumps({"model": "other", **body}).encode()
            asking.sendall(_head(len(sent)))
            assert asking.recv(4096).startswith(b"HTTP/1.1 100")  # the request is under way, and its body is waited for
            server.send_signal(signal.SIGTERM)
            while _listens(port):
                time.sleep(0.05)
            asking.sendall(sent)
            answer = b"".join(iter(lambda: asking.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["value"]
        server.stderr.read()
        assert server.wait() in (0, -signal.SIGTERM)  # the end that was asked for


def _head(length: int) -> bytes:
    lines = ["POST /api/v1/search HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "Expect: 100-continue", "", ""]).encode()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
