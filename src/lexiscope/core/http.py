"""`ask` and `save`: one HTTP request whose answer has a bounded size and comes from the host that was named.

Nothing of it is compressed, so that a few bytes never become many. A deadline holds for the whole answer, since the
timeouts of sockets count from one word of a server to the next: one that sends a byte now and then is never done.
"""

import math
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from lexiscope.core.retries import NoAnswerError

_RETRIED = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_MOST_HOPS = 10
_SHOWN = 300  # bytes of a refusal in a message


def ask(
    url: str,
    *,
    most: int,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    silence: float = 60.0,
    deadline: float | None = None,
) -> bytes:
    """Whole answer to a GET, or to a POST where there is a body.

    A GET follows redirects on its host; nothing is sent to another one, and the body of a POST to none.

    Args:
        url: Address, http or https.
        most: Largest length of the answer in bytes.
        body: Body to post.
        headers: Headers of the request.
        silence: Seconds without a word after which the server is given up.
        deadline: Seconds in which the whole answer must have come; None sets none.

    Raises:
        NoAnswerError: no answer, a refusal, another host, or more than `most` bytes.
    """
    answer = bytearray()
    _request(url, body, headers or {}, most=most, silence=silence, deadline=deadline, write=answer.extend)
    return bytes(answer)


def save(url: str, path: Path, *, most: int, headers: Mapping[str, str] | None = None, silence: float = 60.0) -> None:
    """Write the answer to a GET into a file, which is half-written when an error comes; see `ask`.

    Raises:
        NoAnswerError: no answer, a refusal, another host, or more than `most` bytes.
    """
    with path.open("wb") as file:
        _request(url, None, headers or {}, most=most, silence=silence, deadline=None, write=file.write)


def _request(
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    most: int,
    silence: float,
    deadline: float | None,
    write: Callable[[bytes], object],
) -> None:
    async def exchange() -> None:
        with anyio.fail_after(deadline):
            async with httpx.AsyncClient(verify=_certificates(), timeout=silence) as client:
                sent = {"Accept-Encoding": "identity", **headers}
                request = client.build_request("GET" if body is None else "POST", url, content=body, headers=sent)
                await _receive(await _answer(client, request), most, write)

    try:
        # A loop of its own in a thread of its own: a notebook, whose thread has a loop already, may ask as well.
        with start_blocking_portal() as portal:
            portal.call(exchange)
    except TimeoutError:
        raise NoAnswerError(f"no whole answer within {deadline:g} seconds", again=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # no route, reset, an answer that breaks off
        raise NoAnswerError(f"{type(error).__name__}: {error}".rstrip(": "), again=True) from None


async def _answer(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Answer whose body is still to be read, after redirects on the same host."""
    for _ in range(_MOST_HOPS):
        response = await client.send(request, stream=True)
        if request.method != "GET" or response.next_request is None:
            return response
        await response.aclose()
        before, after = request.url, response.next_request.url
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            expected = f"{before.scheme}://{before.netloc.decode()}"
            raise NoAnswerError(f"it redirects to {after}; expected an answer from {expected}")
        request = response.next_request
    raise NoAnswerError(f"it redirects more than {_MOST_HOPS} times")


async def _receive(response: httpx.Response, most: int, write: Callable[[bytes], object]) -> None:
    if not response.is_success:
        raise await _refused(response)
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > most:
            raise NoAnswerError(f"it is longer than {most:,} bytes")
        write(chunk)


async def _refused(response: httpx.Response) -> NoAnswerError:
    start = bytearray()
    try:
        async for chunk in response.aiter_raw(_SHOWN):
            start.extend(chunk)
            if len(start) >= _SHOWN:
                break
    except httpx.HTTPError:
        pass  # the status says enough
    words = bytes(start[:_SHOWN]).decode(errors="replace").strip()
    return NoAnswerError(
        f"{response.status_code} {response.reason_phrase}: {words}".rstrip(": "),
        status=response.status_code,
        again=response.status_code in _RETRIED,
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


def _seconds(header: str) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None for what is neither.

    Example:
        >>> [_seconds(text) for text in ("7", "-1", "nan", "soon", "Sat, 01 Jan 2000 00:00:00 GMT")]
        [7.0, 0.0, None, None, 0.0]
    """
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


@cache
def _certificates() -> ssl.SSLContext:
    """Certificates that this machine trusts, those of a lab's own authority among them; reading them takes time."""
    return ssl.create_default_context()
