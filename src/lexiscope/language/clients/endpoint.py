"""`EndpointClient`: a server with the OpenAI interface: vLLM, llama.cpp, Ollama, or a hosted one."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.core.http import ask
from lexiscope.core.retries import NoAnswerError, Retries
from lexiscope.language.clients.client import Completion, DecodingSettings, Message
from lexiscope.language.clients.settings import ClientSettings

_PATH = "/chat/completions"
_MAX_BYTES = 8 << 20  # of an answer
_SHOWN = 80  # bytes of an answer in a message
_MASK = "***"
_MOST_TOKENS = 1 << 53


class EndpointClient:
    """Language model behind `POST {url}/chat/completions`.

    A server that is busy or broken, an answer that makes no sense, and no answer at all are tried again with growing
    pauses; then `complete` raises, and the caller goes on with the next case.

    Args:
        model: Name of the model on the server.
        url: Address of the server, http or https, with or without "/v1" and the path.
        key_env: Name of the environment variable that holds the key; the key itself is never written anywhere.
        timeout: Seconds in which a whole answer must have come before a try ends.
        tries: Number of tries of one request.
        pause: Seconds before the second try; they double from try to try, up to a minute.
        max_concurrent: Number of requests that may be under way at once.

    Raises:
        UsageError: no URL, another scheme, or a variable that is not set.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str | None,
        key_env: str | None = None,
        timeout: float = 120.0,
        tries: int = 5,
        pause: float = 1.0,
        max_concurrent: int = 4,
    ) -> None:
        self.name = f"endpoint:{model}"
        self.max_concurrent = max_concurrent
        self._model = model
        self._url = _full_url(url)
        self._key = _key_from(key_env)
        self._timeout = timeout
        self._retries = Retries(tries, pause)

    @classmethod
    def open(cls, settings: ClientSettings) -> "EndpointClient":
        """Client of the server and model that the settings name.

        Raises:
            UsageError: no model, no URL, another scheme, or a variable that is not set.
        """
        if settings.model is None:
            raise UsageError("expected the name of a model behind endpoint, got none; pass --model NAME")
        return cls(settings.model, url=settings.url, key_env=settings.key_env)

    @property
    def identity(self) -> Mapping[str, Any]:
        """Address of the server and its name of the model; the key "door" is part of older caches."""
        return {"door": "endpoint", "url": self._url, "model": self._model}

    def complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """Answer of the server.

        Raises:
            LanguageModelError: it refuses, or every try failed.
        """
        body = {
            "model": self._model,
            "messages": [message.to_dict() for message in messages],
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": settings.seed,
        }
        try:
            return self._retries.call(lambda: self._parsed(self._post(body)))
        except NoAnswerError as error:
            raise self._failed(error) from None

    def _post(self, body: Mapping[str, Any]) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        sent = json.dumps(body).encode()
        return ask(
            self._url, most=_MAX_BYTES, body=sent, headers=headers, silence=self._timeout, deadline=self._timeout
        )

    def _parsed(self, answer: bytes) -> Completion:
        try:
            record = json.loads(answer)
            text = record["choices"][0]["message"]["content"]
            usage = record.get("usage")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            start = self._masked(answer[:_SHOWN].decode(errors="replace"), cut=True)
            msg = f"no completion in the answer ({type(error).__name__}): {start!r}"
            raise NoAnswerError(msg, again=True) from None
        if not isinstance(text, str) or not text.strip():
            raise NoAnswerError("an empty completion", again=True)
        read, written = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
        return Completion(self._masked(_storable(text.strip())), read, written)

    def _failed(self, error: NoAnswerError) -> LanguageModelError:
        reason = self._masked(str(error), cut=True)
        if error.again:
            msg = f"{self._url} gave no usable answer in {self._retries.tries} tries, at last: {reason}"
            return LanguageModelError(f"{msg}; see that the server runs and knows {self._model!r}, then run again")
        hint = (
            "name the variable of the key with --key-env" if error.status in (401, 403) else "check --url and --model"
        )
        return LanguageModelError(f"{self._url} refused the request with {reason}; {hint}")

    def _masked(self, text: str, *, cut: bool = False) -> str:
        """What a server said without the key, which some servers echo.

        Args:
            text: Words of the server.
            cut: The text was cut, so that it may end in the middle of a key.
        """
        if not self._key:
            return text
        masked = text.replace(self._key, _MASK)
        ends = (n for n in range(len(self._key) - 1, 3, -1) if cut and masked.endswith(self._key[:n]))
        n = next(ends, 0)
        return f"{masked[:-n]}{_MASK}" if n else masked


def _full_url(url: str | None) -> str:
    parts = urlsplit(url or "")
    if url is None or parts.scheme not in ("http", "https") or not parts.netloc:
        msg = f"expected the address of a server such as http://localhost:8000/v1, got {url!r}"
        raise UsageError(f"{msg}; name it with --url")
    bare = url.rstrip("/").removesuffix(_PATH)
    return f"{bare if urlsplit(bare).path.strip('/') else bare + '/v1'}{_PATH}"


def _key_from(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        msg = f"expected a key in the environment variable {variable}, found none"
        raise UsageError(f"{msg}; set it, or leave --key-env out for a server without keys")
    if not key.isascii() or not key.isprintable():
        msg = f"expected a key of plain characters in the environment variable {variable}, got others"
        raise UsageError(f"{msg} (a line end, perhaps); set it anew")
    return key


def _count(usage: object, name: str) -> int:
    """Tokens of a kind; 0 where the server tells none, or a figure that is no count."""
    count = usage.get(name) if isinstance(usage, Mapping) else None
    if isinstance(count, bool) or not isinstance(count, int | float) or not 0 <= count < _MOST_TOKENS:
        return 0
    return int(count)


def _storable(text: str) -> str:
    """A text without halves of characters, which no file can hold, and without NULs."""
    return text.encode(errors="replace").decode().replace("\0", "")
