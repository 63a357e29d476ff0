"""`build_server`: tools as a server of the Model Context Protocol, over whatever carries its messages."""

import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.serve.mcp.results import NOTICE, RESULT_SCHEMA, refused, told
from lexiscope.serve.mcp.tool import Tool
from lexiscope.serve.places import Places

_logger = logging.getLogger(__name__)
_INSTRUCTIONS = f"""Tools over one corpus of cases (images with texts) and one model that was trained on such cases.
Find cases with search, read them with get_case, and name the ids of cases as evidence in what you say.
{NOTICE}"""


def build_server(tools: Sequence[Tool], *, places: Places) -> "Server[Any]":
    """A server of tools that change nothing.

    Args:
        tools: The tools.
        places: What is not said of this machine.
    """

    async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_listed(tool) for tool in tools])

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        return await answer(tools, params.name, params.arguments or {}, places=places)

    return Server(
        "lexiscope",
        version=version("lexiscope"),
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def answer(
    tools: Sequence[Tool], name: str, arguments: Mapping[str, Any], *, places: Places
) -> types.CallToolResult:
    """The result of one call; whatever goes wrong is a result, too, so that a model can ask again."""
    try:
        tool = _find(tools, name)
        return told(await tool.answer(tool.read(arguments)), places=places)
    except Exception as error:
        if not isinstance(error, LexiscopeError):
            _logger.exception("the tool %s failed", name)
        return refused(error, places=places)


def _find(tools: Sequence[Tool], name: str) -> Tool:
    named = {tool.name: tool for tool in tools}
    if name not in named:
        raise UsageError(f"expected the name of a tool, got {name}; name one of {', '.join(named)}")
    return named[name]


def _listed(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=RESULT_SCHEMA,
        annotations=types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
