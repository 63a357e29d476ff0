"""A client of the SDK itself, in the process, over the tools of one small model."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult

from lexiscope.serve.mcp.server import build_server
from lexiscope.serve.mcp.tools import open_tools
from lexiscope.serve.places import Places

if TYPE_CHECKING:
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory

Ask = Callable[..., CallToolResult]


@pytest.fixture(scope="session")
def server(made: "tuple[Corpus, ModelDirectory]") -> Any:
    corpus, model = made
    places = Places({model.path: "MODEL", corpus.path: "CORPUS"}, own=corpus.path)
    return build_server(open_tools(model.path, corpus.path), places=places)


@pytest.fixture
def ask(server: Any) -> Ask:
    """Call a tool as a chat client does."""

    def call(name: str, /, **arguments: Any) -> CallToolResult:
        async def over() -> CallToolResult:
            async with Client(server) as client:
                await client.list_tools()  # so that results are held against the schemas that were told
                return await client.call_tool(name, arguments)

        return anyio.run(over)

    return call
