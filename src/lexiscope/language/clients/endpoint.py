"""`EndpointClient`: a server with the OpenAI interface: vLLM, llama.cpp, Ollama, or a hosted one."""

import http.client
import json
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
from lexiscope.language.clients.settings import ClientSettings

_PATH = "/chat/completions"
_RETRIED = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_LONGEST_WAIT = 60.0  # seconds between two tries
_MAX_BYTES = 8 << 20  # of an answer


class EndpointClient:
    """Language model behind `POST {url}/chat/completions`.

    A server that is busy or broken, an answer that makes no sense, and no answer at all are tried again with growing
    pauses; then `complete` raises, and the caller goes on with the next case.

    Args:
        model: Name of the model on the server.
        url: Address of the server, http or https, with or without "/v1" and the path.
        key_env: Name of the environment variable that holds the key; the key itself is never written anywhere.
        timeout: Seconds without a word from the server before a try ends.
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
        # A redirect would send the texts to a server that nobody named.
        self._opener = urllib.request.build_opener(_NoRedirect)

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
        except (OSError, http.client.HTTPException) as error:
            raise _RetryableError(f"{type(error).__name__}: {error}") from error
        return _parsed(answer)

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        with error:
            explanation = _start(error)
        what = f"{error.code} {error.reason}: {explanation}".rstrip(": ")
        if error.code in _RETRIED:
            return _RetryableError(what, retry_after=_seconds(error.headers.get("Retry-After")))
        hint = "name the variable of the key with --key-env" if error.code in (401, 403) else "check --url and --model"
        return LanguageModelError(f"{self._url} refused the request with {what}; {hint}")


class _RetryableError(Exception):
    """One try failed in a way that another may not."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


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
    return key


def _parsed(answer: bytes) -> Completion:
    try:
        record = json.loads(answer)
        text = record["choices"][0]["message"]["content"]
        usage = record.get("usage") or {}
        tokens = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _RetryableError(f"no completion in the answer ({type(error).__name__}): {answer[:80]!r}") from error
    if not isinstance(text, str) or not text.strip():
        raise _RetryableError("an empty completion")
    return Completion(text.strip(), *tokens)


def _start(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(300).decode(errors="replace").strip()
    except OSError:
        return ""


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None  # a date: the growing pause does as well
