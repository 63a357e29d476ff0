"""`EndpointClient`: a server with the OpenAI interface: vLLM, llama.cpp, Ollama, or a hosted one."""

import http.client
import json
import math
import os
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.language.clients.client import Completion, DecodingSettings, Message
from lexiscope.language.clients.deadline import opener_with_deadline
from lexiscope.language.clients.settings import ClientSettings

_PATH = "/chat/completions"
_RETRIED = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_LONGEST_WAIT = 60.0  # seconds between two tries
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
        self._tries = tries
        self._pause = pause
        self._opener = opener_with_deadline()

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
        return self._with_retries(lambda: self._post(body))

    def _with_retries(self, request: Callable[[], Completion]) -> Completion:
        reason = ""
        for attempt in range(self._tries):
            try:
                return request()
            except _RetryableError as error:
                reason = str(error)
                if attempt + 1 < self._tries:
                    time.sleep(self._wait(attempt, error.retry_after))
        msg = f"{self._url} gave no usable answer in {self._tries} tries, at last: {reason}"
        raise LanguageModelError(f"{msg}; see that the server runs and knows {self._model!r}, then run again")

    def _wait(self, attempt: int, retry_after: float | None) -> float:
        # A random share keeps requests that failed at the same time from coming back at the same time.
        grown = self._pause * 2**attempt * (1 + random.random())  # noqa: S311
        return min(_LONGEST_WAIT, grown if retry_after is None else max(retry_after, 0.0))

    def _post(self, body: Mapping[str, Any]) -> Completion:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers)  # noqa: S310 - checked
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                answer = response.read(_MAX_BYTES)
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _RetryableError(self._masked(f"{type(error).__name__}: {error}")) from None
        return self._parsed(answer)

    def _parsed(self, answer: bytes) -> Completion:
        try:
            record = json.loads(answer)
            text = record["choices"][0]["message"]["content"]
            usage = record.get("usage")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            start = self._masked(answer[:_SHOWN].decode(errors="replace"), cut=True)
            raise _RetryableError(f"no completion in the answer ({type(error).__name__}): {start!r}") from None
        if not isinstance(text, str) or not text.strip():
            raise _RetryableError("an empty completion")
        read, written = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
        return Completion(self._masked(_storable(text.strip())), read, written)

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        with error:
            explanation = _start(error)
        what = self._masked(f"{error.code} {error.reason}: {explanation}".rstrip(": "), cut=True)
        if error.code in _RETRIED:
            return _RetryableError(what, retry_after=_seconds(error.headers.get("Retry-After")))
        hint = "name the variable of the key with --key-env" if error.code in (401, 403) else "check --url and --model"
        return LanguageModelError(f"{self._url} refused the request with {what}; {hint}")

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


class _RetryableError(Exception):
    """One try failed in a way that another may not."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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


def _start(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(300).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return ""


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header) if header else math.nan
    except ValueError:
        return None  # a date: the growing pause does as well
    return seconds if math.isfinite(seconds) else None
