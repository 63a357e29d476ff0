"""`complete_as`: completions in the form of a schema; a model whose answer does not fit is asked again."""

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
_MAX_OPENINGS = 64  # brackets at which JSON may start
_MAX_TURNS = 40
_ECHOED = 400  # characters of an unusable answer that the model is shown again
_SHOWN = 120  # characters of an answer in a message


class UnreadableError(LanguageModelError):
    """Language model that answers, but never in the form that was asked for."""


class WrittenTurn(BaseModel):
    """Question and answer, as a language model wrote them."""

    model_config = ConfigDict(extra="ignore")

    question: _Words
    answer: _Words
    kind: Literal["open", "closed", "defect", "feature"] = "open"
    level: Literal["simple", "complex"] = "simple"


class WrittenConversation(BaseModel):
    """Turns that a language model wrote about one case."""

    model_config = ConfigDict(extra="ignore")

    turns: list[WrittenTurn] = Field(min_length=1, max_length=_MAX_TURNS)


def complete_as(
    schema: type[_Schema],
    client: LanguageClient,
    messages: Sequence[Message],
    *,
    cache: CompletionCache,
    settings: DecodingSettings,
    tries: int = 3,
) -> _Schema:
    """Completion in the form of a schema; where it does not fit, the model is asked again with the fault named.

    Args:
        schema: Form of the answer.
        client: Language model that is asked.
        messages: Messages of the request.
        cache: Completions kept on disk.
        settings: Choices about how the completion is drawn.
        tries: Number of answers that may be asked for.

    Raises:
        LanguageModelError: the client does not answer.
        UnreadableError: none of `tries` answers fits.
    """
    request, fault = list(messages), ""
    for attempt in range(tries):
        text = cache.complete(client, request, settings.again(attempt)).text
        try:
            return parse_as(schema, text)
        except ValueError as error:
            fault = str(error)
            wrong = "That could not be read: {fault}. Answer again, with nothing but the JSON."
            request = [*messages, Message("assistant", text[:_ECHOED]), Message("user", wrong.format(fault=fault))]
    msg = f"expected an answer in the form of {schema.__name__} from {client.name}, got none in {tries} tries"
    raise UnreadableError(f"{msg}, at last: {fault}; run again, or take a larger model")


def parse_as(schema: type[_Schema], text: str) -> _Schema:
    """First JSON of an answer that fits the schema.

    Of a conversation also the whole turns of a list that was cut short, and lines of "Question:" and "Answer:".

    Args:
        schema: Form of the answer.
        text: Words of the answer.

    Raises:
        ValueError: nothing in it fits; says what is wrong with the first JSON, or that there is none.

    Example:
        >>> text = 'Sure: {"turns": [{"question": "A crack?", "answer": "Yes"}]}'
        >>> parse_as(WrittenConversation, text).turns[0].answer
        'Yes'
    """
    fault, loose = "", []
    for value in _json_values(text):
        try:
            return schema.model_validate({"turns": value} if isinstance(value, list) else value)
        except ValidationError as error:
            first = error.errors()[0]
            fault = fault or f"{'.'.join(map(str, first['loc'])) or 'the JSON'}: {first['msg']}"
            loose.append(value)
    if schema is WrittenConversation:
        with suppress(ValidationError):  # turns without a whole around them: the answer was cut short, or has no JSON
            return schema.model_validate({"turns": [*loose[:_MAX_TURNS], *(() if fault else _pairs(text))]})
    raise ValueError(fault or f"no JSON in {text[:_SHOWN]!r}")


def _pairs(text: str) -> list[dict[str, str]]:
    return [match.groupdict() for match in _PAIR.finditer(text)][:_MAX_TURNS]


def _json_values(text: str) -> Iterator[Any]:
    """Every JSON object or list that starts somewhere in a text and is not part of an earlier one."""
    decoder, end = json.JSONDecoder(), 0
    for match in islice(_OPENING.finditer(text), _MAX_OPENINGS):
        if match.start() < end:
            continue
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, match.start())
            yield value
