"""`lexiscope mcp` as a process, driven by the SDK's own client: over stdin and stdout, and over HTTP with a token."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio
import httpx
import httpx2
import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from lexiscope.core.errors import UsageError
from lexiscope.serve.mcp.async_desk import AsyncDesk
from lexiscope.serve.mcp.run import serve_mcp
from lexiscope.serve.mcp.token_gate import TokenGate
from lexiscope.serve.workers.call import Call

_TOKEN = "a-token-of-this-very-test"


def _command(made) -> list[str]:
    corpus, model = made
    return ["-m", "lexiscope", "mcp", str(model.path), "--corpus", str(corpus.path)]


@pytest.mark.slow
def test_a_client_of_the_sdk_speaks_over_stdin_and_stdout(made, case_id, tmp_path):
    async def over():
        server = StdioServerParameters(command=sys.executable, args=_command(made), env=dict(os.environ))
        with (tmp_path / "log").open("w") as log:
            async with Client(stdio_client(server, errlog=log)) as client:
                tools = {tool.name for tool in (await client.list_tools()).tools}
                found = await client.call_tool("search", {"query": "a lesion", "k": 2})
                case = await client.call_tool("get_case", {"case": case_id})
                asked = await client.call_tool("ask", {"case": case_id, "question": "Is there a lesion?"})
                wrong = await client.call_tool("ask", {"case": "no-such", "question": "Is there a lesion?"})
        return tools, found, case, asked, wrong

    tools, found, case, asked, wrong = anyio.run(over)
    assert {"search", "get_case", "ask", "classify", "segment"} <= tools
    assert len(found.structured_content["result"]["value"]) == 2
    assert [block.type for block in case.content] == ["text", "image"]
    assert asked.structured_content["result"]["value"]["answer"]
    assert (wrong.is_error, wrong.structured_content["problem"]["came"]) == (True, "no-such")
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_client_that_lists_tools_waits_for_no_torch(made):
    corpus, model = made
    code = (
        "import sys; from pathlib import Path; from lexiscope.serve.mcp.tools import open_tools; "
        f"open_tools(Path({str(model.path)!r}), Path({str(corpus.path)!r})); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
def test_stdout_carries_the_protocol_and_nothing_else(made):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
    said = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "get_case", "arguments": {}}},
    ]
    process = subprocess.Popen(
        [sys.executable, *_command(made)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        for message in said:
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        heard = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.stdout.read() == b""  # and it ends when its client leaves
    assert process.returncode == 0
    assert [message["id"] for message in heard] == [1, 2]
    assert heard[0]["result"]["serverInfo"]["name"] == "lexiscope"
    assert heard[1]["result"]["isError"]


@contextmanager
def _over_http(made) -> Iterator[str]:
    environment = {**os.environ, "LEXISCOPE_TOKEN": _TOKEN}
    command = [sys.executable, *_command(made), "--http", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield process.stderr.readline().strip().removeprefix("ready: ")
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.slow
def test_http_needs_the_token(made, case_id):
    async def over(address: str):
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            return await client.call_tool("get_case", {"case": case_id})

    with _over_http(made) as address:
        assert address.startswith("http://127.0.0.1:")
        result = anyio.run(over, address)
        assert result.structured_content["result"]["id"] == case_id
        post = partial(httpx.post, address, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": _TOKEN}):
            refused = post(headers=headers)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            assert refused.json()["expected"] == "the token as Authorization: Bearer"
            assert _TOKEN not in refused.text
        elsewhere = post(headers={"Authorization": f"Bearer {_TOKEN}", "Host": "evil.example"})
        assert elsewhere.status_code == 421


@pytest.mark.parametrize("token", [None, "", "short"])
def test_http_without_a_token_is_refused_before_anything_is_opened(token):
    with pytest.raises(UsageError, match="a token of at least 16 characters in LEXISCOPE_TOKEN for HTTP, got"):
        serve_mcp("no-such-model", "no-such-corpus", port=0, token=token)


def test_the_gate_knows_the_token_alone():
    async def inside(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def status(*headers: tuple[bytes, bytes]) -> int:
        sent = []

        async def send(message):
            sent.append(message)

        await TokenGate(inside, token="schlüssel")({"type": "http", "headers": list(headers)}, None, send)
        return sent[0]["status"]

    right = "Bearer schlüssel".encode()
    assert anyio.run(status, (b"authorization", right)) == 204
    for wrong in (right[:-1], right + b"x", b"Basic schl", b"", b"\xff"):
        assert anyio.run(status, (b"authorization", wrong)) == 401
    assert anyio.run(status) == 401


def test_the_event_loop_goes_on_while_a_desk_computes_and_calls_wait_their_turn():
    class Slow:
        def __init__(self):
            self.answered, self.go = [], anyio.Event()

        def answer(self, calls):
            anyio.from_thread.run(self.go.wait)
            self.answered.append(calls[0].request["n"])
            return [{"n": calls[0].request["n"]}]

    async def over():
        slow = Slow()
        desk = AsyncDesk(slow)
        answers = []

        async def ask(n):
            answers.append(await desk.answer(Call("predict", "search", request={"n": n})))

        async with anyio.create_task_group() as group:
            group.start_soon(ask, 1)
            await anyio.sleep(0.05)
            with anyio.move_on_after(0.05):  # the loop runs on, and this one is given up before its turn
                await ask(2)
            group.start_soon(ask, 3)
            slow.go.set()
        await to_thread.run_sync(desk._turn.acquire)
        return slow.answered, answers

    assert anyio.run(over) == ([1, 3], [{"n": 1}, {"n": 3}])


def test_without_the_package_the_install_line_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ImportError, match=r"pip install 'lexiscope\[serve\]'"):
        serve_mcp("model", "corpus")


def test_a_corpus_that_is_not_there_is_told_on_stderr(tmp_path: Path, made):
    done = subprocess.run(
        [sys.executable, "-m", "lexiscope", "mcp", made[1].path, "--corpus", tmp_path], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "expected a corpus at" in done.stderr
