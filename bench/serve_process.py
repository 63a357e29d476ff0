"""`served`: a running `lexiscope serve` and its processor time; `Client`: one connection to it that stays open.

`bare` is a server of one route beside it, of what each request costs before anything is computed.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_WORKER = b"lexiscope.serve.workers.child"
OPEN_ALL = """
import sys; from pathlib import Path
from lexiscope.serve.workers.call import Opening
from lexiscope.serve.workers.desk import Desk
Desk.open(Opening(Path(sys.argv[1]), Path(sys.argv[2])))
"""


BARE = """
import json, sys
import uvicorn
from fastapi import FastAPI
from lexiscope.serve.listening import listen
app, answer = FastAPI(), json.loads(sys.argv[1])
@app.post("/api/v1/search")
async def search(body: dict[str, object]) -> dict[str, object]:
    return answer
with listen("127.0.0.1", 0) as listening:
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listening])
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Time that opening the tasks of a model takes in a process alone."""

    seconds: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and how long it took."""

    status: int
    text: str
    seconds: float


class Served:
    """A running server.

    Args:
        options: Model and corpus.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        began = time.monotonic()
        command = [sys.executable, "-m", "lexiscope", "serve", str(options.model), "--corpus", str(options.corpus)]
        options.work.mkdir(parents=True, exist_ok=True)
        log = options.work / "serve.log"  # a pipe that nobody reads would fill up
        with log.open("wb") as file:
            alone = ["--port", "0", "--look-at", "0"]  # a second process of each model would be measured, too
            self._process = subprocess.Popen([*command, *alone], stdout=file, stderr=subprocess.STDOUT)
        while b"ready: " not in (said := log.read_bytes()):
            if self._process.poll() is not None:
                raise SystemExit(f"the server did not start: {said.decode()}")
            time.sleep(0.02)
        self.port = int(said.split(b"ready: ")[1].split()[0].rsplit(b":", 1)[1])
        self.ready_s = round(time.monotonic() - began, 2)

    @classmethod
    def opening(cls, options: argparse.Namespace) -> Opened:
        """Open the tasks as a worker does, without a server."""
        began, before = time.monotonic(), os.times()
        subprocess.run([sys.executable, "-c", OPEN_ALL, str(options.model), str(options.corpus)], check=True)
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return Opened(round(time.monotonic() - began, 2), round(spent, 2))

    def workers(self) -> list[int]:
        """Process ids of the workers: not of the process that makes pictures, which comes and goes."""
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        children = [int(pid) for pid in listed.read_text().split()]
        return [pid for pid in children if _WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def processor_s(self) -> dict[str, float]:
        """Processor time of the server and of its workers so far."""
        return {"server": _spent(self._process.pid), "worker": sum(_spent(pid) for pid in self.workers())}

    def memory_mb(self) -> int:
        """Resident memory of the server and of its workers."""
        pids = [self._process.pid, *self.workers()]
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20

    def folder_mb(self) -> int:
        """Size of the folders that servers keep on this machine."""
        folders = Path(tempfile.gettempdir()).glob("lexiscope-serve-*")
        return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file()) >> 20

    def terminate(self) -> None:
        """Tell it to stop."""
        self._process.terminate()

    def wait(self) -> int:
        """Wait until it has ended."""
        return self._process.wait(timeout=120)


@contextmanager
def served(options: argparse.Namespace) -> Iterator[Served]:
    """A server that ends with the block."""
    server = Served(options)
    try:
        yield server
    finally:
        server.terminate()
        server.wait()


@contextmanager
def bare(answer: str) -> Iterator[int]:
    """Port of a server of FastAPI and uvicorn that gives one answer to every search, which ends with the block."""
    with subprocess.Popen([sys.executable, "-c", BARE, answer], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


class Client:
    """One connection.

    Args:
        port: Port of a server on loopback.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def post(self, verb: str, body: object) -> Answer:
        """Ask a task."""
        data = json.dumps(body).encode()
        head = f"POST /api/v1/{verb} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return await self._ask(head.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data)

    async def get(self, path: str) -> Answer:
        """Get a document."""
        return await self._ask(f"GET /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    async def _ask(self, request: bytes) -> Answer:
        began = time.perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        text = await self._reader.readexactly(length)
        return Answer(int(head.split()[1]), text.decode(), time.perf_counter() - began)


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S
