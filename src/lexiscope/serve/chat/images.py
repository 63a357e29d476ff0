"""`image_of`: an image that a message holds as data. Any other address is refused: nothing is ever fetched."""

import base64
import binascii
import io
import re

from lexiscope.core.errors import SourceError
from lexiscope.serve.uploads import Arrived

_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "application/dicom": ".dcm",
}
_HEAD = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+)(?:;[a-z-]+=[^;,]{0,200}){0,4};base64,", re.IGNORECASE)
_SHOWN = 40  # characters of an address in a message


def is_picture(url: str) -> bool:
    """True for a data address of a picture, which unlike DICOM never says what it shows.

    Example:
        >>> is_picture("data:image/png;base64,AAAA"), is_picture("data:application/dicom;base64,AAAA")
        (True, False)
    """
    head = _HEAD.match(url)
    return head is not None and _SUFFIXES.get(head["type"].lower(), ".dcm") != ".dcm"


def image_of(url: str, *, modality: str | None = None) -> Arrived:
    """The image of a data address, as a file that arrives.

    Args:
        url: Such as "data:image/png;base64,...".
        modality: What it shows, where somebody says so.

    Raises:
        SourceError: another address, another type, or data that is no base64.

    Example:
        >>> image_of("data:image/png;base64,iVBORw0KGgo=").data.read()[:4]
        b'\\x89PNG'
    """
    head = _HEAD.match(url)
    if head is None:
        msg = f"expected an image as data:image/...;base64,..., got {url[:_SHOWN]}"
        raise SourceError(msg, remedy="send the image itself: no address is fetched")
    suffix = _SUFFIXES.get(head["type"].lower())
    if suffix is None:
        known = ", ".join(sorted(set(_SUFFIXES)))
        raise SourceError(f"expected an image, got {head['type']}", remedy=f"send one of {known}")
    try:
        data = base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"expected an image in base64, got something else ({error})"
        raise SourceError(msg, remedy="encode the bytes of the file") from error
    return Arrived(f"{modality or 'image'}{suffix}", io.BytesIO(data), modality)
