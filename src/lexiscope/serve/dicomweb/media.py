"""Media types of DICOMweb: what a client accepts, and parts sent one after another (RFC 2387)."""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lexiscope.core.errors import UsageError
from lexiscope.serve.dicomweb.instance import EXPLICIT_LITTLE_ENDIAN

DICOM = "application/dicom"
DICOM_JSON = "application/dicom+json"
OCTETS = "application/octet-stream"
_RELATED = "multipart/related"
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("[^"]*"|[^;,]*)')


class NotAcceptableError(UsageError):
    """The client takes none of the media types that there are."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A media type that a client takes.

    Args:
        kind: Such as "multipart/related".
        parts: Media type of the parts; None where it is none or not stated.
        syntax: Transfer syntax; None for any.
    """

    kind: str
    parts: str | None
    syntax: str | None


def read_accept(header: str | None) -> tuple[Accepted, ...]:
    """What an Accept header takes, in its order; all of everything where there is none.

    Example:
        >>> read_accept('multipart/related; type="application/dicom"; transfer-syntax=*')
        (Accepted(kind='multipart/related', parts='application/dicom', syntax=None),)
    """
    pieces = re.findall(r'(?:[^,"]|"[^"]*")+', header or "*/*")
    return tuple(_accepted(piece) for piece in pieces)


def choose(header: str | None, *offered: str, parts: str) -> str:
    """The first media type that both sides take.

    Args:
        header: The client's Accept.
        offered: What there is, the usual one first: "multipart/related" or a type of its own.
        parts: Media type of the parts of "multipart/related".

    Raises:
        NotAcceptableError: none.

    Example:
        >>> choose("application/dicom", "multipart/related", "application/dicom", parts="application/dicom")
        'application/dicom'
    """
    for accepted in read_accept(header):
        for kind in offered:
            if _fits(accepted, kind, parts):
                return kind
    types = ", ".join(f'{kind}; type="{parts}"' if kind == _RELATED else kind for kind in offered)
    raise NotAcceptableError(
        f"expected a client that takes {types} in {EXPLICIT_LITTLE_ENDIAN}, got Accept: {(header or '')[:200]}; ask so"
    )


def new_boundary() -> str:
    """Text that stands between parts and in none of them."""
    return secrets.token_hex(16)


def related_type(boundary: str, parts: str) -> str:
    """Content type of parts that belong together."""
    return f'{_RELATED}; type="{parts}"; boundary={boundary}'


def in_parts(bodies: Iterable[bytes], *, boundary: str, content_type: str) -> Iterator[bytes]:
    """Bodies as parts, one at a time, so that memory holds one.

    Example:
        >>> b"".join(in_parts([b"one"], boundary="b", content_type="text/plain"))
        b'--b\\r\\nContent-Type: text/plain\\r\\nContent-Length: 3\\r\\n\\r\\none\\r\\n--b--\\r\\n'
    """
    for body in bodies:
        head = f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        yield head.encode() + body + b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _accepted(piece: str) -> Accepted:
    kind = piece.split(";", 1)[0].strip().lower()
    parameters = {name.lower(): value.strip().strip('"') for name, value in _PARAMETER.findall(piece)}
    syntax = parameters.get("transfer-syntax")
    return Accepted(kind, parameters.get("type", "").lower() or None, None if syntax in (None, "*") else syntax)


def _fits(accepted: Accepted, kind: str, parts: str) -> bool:
    if accepted.syntax not in (None, EXPLICIT_LITTLE_ENDIAN):
        return False
    if accepted.kind in ("*/*", f"{kind.split('/')[0]}/*"):
        return True
    return accepted.kind == kind and (kind != _RELATED or accepted.parts in (None, "*/*", parts))
