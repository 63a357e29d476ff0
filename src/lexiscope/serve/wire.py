"""Bodies of requests, made from the settings and the request of a task.

What the command line offers, the API offers: a new option of a task needs nothing here. Three kinds of fields differ:
a file that is read comes as an upload, a folder that is written is the server's own, and what only who runs the server
may choose (`Deployment`) is left out.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from lexiscope.core.docstrings import inherited_texts
from lexiscope.core.settings import Deployment, Settings, Written

_TEXT = 20_000  # characters; a language model reads no more of a question or of what is known beside it
_ITEMS = 1000  # sentences, conditions and places of one request
MOST_RESULTS = 2000
"""Hits or pieces of evidence of one answer: people scroll no further, and programs ask more narrowly."""

_LARGEST = {"k": MOST_RESULTS, "max_tokens": 1024, "overlap": 0.75}
"""Name of a number -> its largest value, where answers or work grow with it: a model works for everybody in turn."""
_CASE = {"case": "sim-00003-1"}
_EXAMPLES: dict[str, dict[str, Any]] = {  # by the name of a task; a task from outside has none
    "search": {"request": {"query": "lesion in the left temporal lobe", "k": 5, "where": ["split=test"]}},
    "answer": {"input": _CASE, "request": {"question": "Is there a lesion?"}},
    "segment": {"input": _CASE, "request": {"instruction": ["Segment the bright lesion."]}},
    "classify": {"input": _CASE, "settings": {"attribute": "grade"}},
    "caption": {"input": _CASE, "request": {"k": 3}},
}


_Text: TypeAlias = Annotated[str, StringConstraints(max_length=_TEXT)]


class GivenBody(BaseModel):
    """What a task looks at: a case of the corpus, or an upload."""

    model_config = ConfigDict(extra="forbid")
    case: Annotated[str | None, Field(description="Id of a case of the corpus.", examples=["sim-00003-1"])] = None
    upload: Annotated[str | None, Field(description="Id of an upload.")] = None
    modality: Annotated[str | None, Field(description="What an uploaded image shows.")] = None
    without: Annotated[
        tuple[str, ...], Field(max_length=64, description="Modalities of which it is taken to have no image.")
    ] = ()


@cache
def body_of(task: Any) -> type[BaseModel]:
    """Body of the route of a task: the model, the input where it reads one, settings, request."""
    fields: dict[str, Any] = {
        "model": (Annotated[str | None, Field(description="Name of a model; the only one when left out.")], None)
    }
    if task.reads_image:
        fields["input"] = (GivenBody, ...)
    for name, kind in (("settings", task.Settings), ("request", task.Request)):
        made = _asked(kind, is_request=name == "request")
        required = any(item.is_required() for item in made.model_fields.values())
        fields[name] = (made, ...) if required else (made, Field(default_factory=made))
    shown: Any = {"examples": [_EXAMPLES[task.name]]} if task.name in _EXAMPLES else None
    config = ConfigDict(extra="forbid", json_schema_extra=shown)
    return create_model(f"{task.__name__}Body", __config__=config, **fields)


@cache
def files_of(kind: type[Settings]) -> tuple[str, ...]:
    """Fields of a request that name a file to read: they come as uploads."""
    return tuple(name for name, item in _paths(kind) if not _is_written(item))


@cache
def folders_of(kind: type[Settings]) -> tuple[str, ...]:
    """Fields of a request that name a folder to write into: the server chooses it."""
    return tuple(name for name, item in _paths(kind) if _is_written(item))


def _asked(kind: type[Settings], *, is_request: bool) -> type[BaseModel]:
    """The fields that a visitor may choose, as they are declared."""
    texts = inherited_texts(kind)
    paths = dict(_paths(kind))
    fields: dict[str, Any] = {}
    for name in kind.option_names():
        item = kind.model_fields[name]
        hidden = any(isinstance(note, Deployment) for note in item.metadata)
        if hidden or (name in paths and (not is_request or _is_written(item))):
            continue
        annotation: Any = str | None if name in paths else _bounded(item.annotation)
        largest = _LARGEST.get(name)
        text = "Id of an upload." if name in paths else texts.get(name)
        default = ... if item.is_required() else item.get_default(call_default_factory=True)
        fields[name] = (Annotated[annotation, Field(description=text, le=largest)], default)
    return create_model(f"{kind.__name__}Body", __config__=ConfigDict(extra="forbid"), **fields)


def _bounded(annotation: Any) -> Any:
    """A type of texts whose length has an end: what comes over the network may be as long as its body."""
    if annotation == tuple[str, ...]:
        return Annotated[tuple[_Text, ...], Field(max_length=_ITEMS)]
    if annotation is str:
        return _Text
    return _Text | None if annotation == (str | None) else annotation


def _paths(kind: type[Settings]) -> Iterator[tuple[str, Any]]:
    for name, item in kind.model_fields.items():
        if Path in _kinds(item.annotation):
            yield name, item


def _kinds(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return get_args(annotation)
    return (annotation,)


def _is_written(item: Any) -> bool:
    return any(isinstance(note, Written) for note in item.metadata)
