"""Answers of language models in a form that was asked for: checked by a schema, asked again when they do not fit."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lexiscope.core.errors import LanguageModelError
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, LanguageClient, Message

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_Schema = TypeVar("_Schema", bound=BaseModel)

_PAIR = re.compile(
    r"^[\W\d]*(?:question|user|q)\b[^:\n]{0,6}:\s*(?P<question>.+?)\s*"
    r"^[\W\d]*(?:answer|assistant|a)\b[^:\n]{0,6}:\s*(?P<answer>.+?)\s*(?=^\s*$|^[\W\d]*(?:question|user|q)\b|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_OPENING = re.compile(r"[{\[]")
_MOST_TRIES = 64  # brackets at which JSON may start
_MOST_TURNS = 40
_ECHOED = 400  # characters of an unusable answer that the model is shown again
_SHOWN = 120  # characters of an answer in a message


class UnreadableError(LanguageModelError):
    """A model that answers, but never in the form that was asked for."""


class WrittenTurn(BaseModel):
    """One question and its answer, as a model wrote them."""

    model_config = ConfigDict(extra="ignore")

    question: _Words
    answer: _Words
    kind: Literal["open", "closed", "defect", "feature"] = "open"
    level: Literal["simple", "complex"] = "simple"


class WrittenConversation(BaseModel):
    """What a model wrote about one case."""

    model_config = ConfigDict(extra="ignore")

    turns: list[WrittenTurn] = Field(min_length=1, max_length=_MOST_TURNS)


def complete_as(
    schema: type[_Schema],
    client: LanguageClient,
    messages: Sequence[Message],
    *,
    cache: CompletionCache,
    settings: DecodingSettings,
    tries: int = 3,
) -> _Schema:
    """What a model answers, in the form of a schema; asked again with the fault named when it does not fit.

    Raises:
        DoorError: the door does not answer.
        UnreadableError: none of `tries` answers fits.
    """
    told, fault = list(messages), ""
    for attempt in range(tries):
        said = cache.complete(client, told, settings.again(attempt)).text
        try:
            return parse_as(schema, said)
        except ValueError as error:
            fault = str(error)
            wrong = "That could not be read: {fault}. Answer again, with nothing but the JSON."
            told = [*messages, Message("assistant", said[:_ECHOED]), Message("user", wrong.format(fault=fault))]
    msg = f"expected an answer in the form of {schema.__name__} from {client.name}, got none in {tries} tries"
    raise UnreadableError(f"{msg}, at last: {fault}; run again, or take a larger model")


def parse_as(schema: type[_Schema], said: str) -> _Schema:
    """The first JSON of an answer that fits the schema.

    Of a conversation also the whole turns of a list that was cut short, and lines of "Question:" and "Answer:".

    Raises:
        ValueError: nothing in it fits; says what is wrong with the first JSON, or that there is none.

    Example:
        >>> completion = 'Sure: {"turns": [{"question": "A crack?", "answer": "Yes"}]}'
        >>> parse_as(WrittenConversation, completion).turns[0].answer
        'Yes'
    """
    fault, loose = "", []
    for value in _values(said):
        try:
            return schema.model_validate({"turns": value} if isinstance(value, list) else value)
        except ValidationError as error:
            first = error.errors()[0]
            fault = fault or f"{'.'.join(map(str, first['loc'])) or 'the JSON'}: {first['msg']}"
            loose.append(value)
    if schema is WrittenConversation:
        with suppress(ValidationError):  # turns without a whole around them: the answer was cut short, or has no JSON
            return schema.model_validate({"turns": [*loose[:_MOST_TURNS], *(() if fault else _pairs(said))]})
    raise ValueError(fault or f"no JSON in {said[:_SHOWN]!r}")


def _pairs(said: str) -> list[dict[str, str]]:
    return [match.groupdict() for match in _PAIR.finditer(said)][:_MOST_TURNS]


def _values(said: str) -> Iterator[Any]:
    """Every JSON object or list that starts somewhere in a text and is not part of an earlier one."""
    decoder, end = json.JSONDecoder(), 0
    for match in islice(_OPENING.finditer(said), _MOST_TRIES):
        if match.start() < end:
            continue
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(said, match.start())
            yield value
