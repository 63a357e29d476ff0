"""`task_tool`: a task as a tool, its arguments made from the settings and the request of the task.

Three things differ from the command line. What is looked at is a case of the corpus, and so is an image that is looked
for; files that a task writes are left out; and of the settings a client chooses only those that have no default, such
as the attribute to classify by: each choice opens the task once more.
"""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from lexiscope.core.docstrings import description_of
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.serve.mcp.async_desk import AsyncDesk
from lexiscope.serve.mcp.bounded import MOST_ITEMS
from lexiscope.serve.mcp.known_case import known_case
from lexiscope.serve.mcp.results import Answer
from lexiscope.serve.mcp.tool import Tool
from lexiscope.serve.wire import body_of, files_of
from lexiscope.serve.workers.call import Call, Given

_ABOUT_FILES = ("written_as", "uncertainty")  # say how files are written, and no tool writes any
_OF_CASE = "_of_case"


def task_tool(task: Any, desk: AsyncDesk, corpus: Corpus) -> Tool:
    """A task as a tool.

    Args:
        task: Class of the task.
        desk: Answers its calls.
        corpus: Corpus of the cases that a client may name.
    """
    name = task.verb or task.name
    return Tool(name, description_of(task.__doc__), arguments_of(task), partial(_answer, task, desk, corpus))


def arguments_of(task: Any) -> type[BaseModel]:
    """Arguments of a task's tool, all on one level."""
    fields: dict[str, Any] = {}
    if task.reads_image:
        fields["case"] = (Annotated[str, Field(description="Id of a case of the corpus.")], ...)
    body = body_of(task)
    for name, item in _fields(body, "settings"):
        if item.is_required():
            fields[name] = (item.annotation, item)
    for name, item in _fields(body, "request"):
        if name in files_of(task.Request):
            text = "Id of a case of the corpus: what its image looks like is looked for."
            fields[f"{name}{_OF_CASE}"] = (Annotated[str | None, Field(description=text)], None)
        elif name not in _ABOUT_FILES:
            fields[name] = _few(item) if name == "k" else (item.annotation, item)
    return create_model(f"{task.__name__}Arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _fields(body: type[BaseModel], part: str) -> Iterator[tuple[str, FieldInfo]]:
    made: Any = body.model_fields[part].annotation
    yield from made.model_fields.items()


def _few(item: FieldInfo) -> tuple[Any, Any]:
    """A number of results, no more than are told."""
    return Annotated[int, Field(description=item.description, ge=0, le=MOST_ITEMS)], item.default


async def _answer(task: Any, desk: AsyncDesk, corpus: Corpus, arguments: BaseModel) -> Answer:
    call, about = await to_thread.run_sync(_call, task, corpus, arguments)
    prediction = await desk.answer(call)
    return Answer(prediction if about is None else {**prediction, "case": about})


def _call(task: Any, corpus: Corpus, arguments: BaseModel) -> tuple[Call, str | None]:
    """The call of a worker, and the case that it is about.

    Raises:
        UsageError: a request that makes no sense.
        NotFoundError: no such case.
    """
    asked = arguments.model_dump(exclude_unset=True)
    case_id = asked.pop("case", None)
    settings = {name: asked.pop(name) for name in list(asked) if name in task.Settings.model_fields}
    about = case_id
    for name in files_of(task.Request):
        shown = asked.pop(f"{name}{_OF_CASE}", None)
        if shown is not None:
            about, asked = shown, {**asked, **_shown(corpus, shown, name, asked.get("modality"))}
    task.Settings.of(settings)
    task.Request.of(asked)
    given = None if case_id is None else Given(case=known_case(corpus, case_id).id)
    return Call("predict", task.name, settings, asked, given), about


def _shown(corpus: Corpus, case_id: str, name: str, modality: str | None) -> dict[str, str]:
    """The image file of a case, and what it shows."""
    images = known_case(corpus, case_id).images
    if modality is None and len(images) == 1:
        modality = next(iter(images))
    if modality is None or modality not in images:
        has = ", ".join(sorted(images)) or "none"
        msg = f"expected the modality of an image of {case_id}, got {modality or 'none'}; it has {has}"
        raise UsageError(msg)
    return {name: str(corpus.object_path(images[modality])), "modality": modality}
