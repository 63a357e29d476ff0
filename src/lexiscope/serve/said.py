"""`said`: a prediction as the API says it: places on this machine become names that the API knows."""

import re
from collections.abc import Mapping
from typing import Any

_CONTENT = re.compile(r"[0-9a-f]{64}")


def said(prediction: Mapping[str, Any], *, path: str | None = None, names: str = "upload") -> dict[str, Any]:
    """A prediction without a path in it.

    The "path" of a hit or of evidence becomes "image", the content hash that `/images/` and `/volumes/` take; the path
    of an upload becomes the name that it came with.

    Args:
        prediction: What `Prediction.to_dict` gives.
        path: The upload that it is about; None where it is about none.
        names: Name of the upload, for people.

    Example:
        >>> said({"value": [{"path": "/srv/corpus/objects/ab/" + "ab" * 32 + ".png"}]})["value"][0]["image"][:4]
        'abab'
    """
    return {name: _without_paths(value, path, names) for name, value in prediction.items()}


def _without_paths(value: Any, path: str | None, names: str) -> Any:
    if isinstance(value, dict):
        pairs = (("image", _content(item)) if key == "path" else (key, item) for key, item in value.items())
        return {key: _without_paths(item, path, names) for key, item in pairs}
    if isinstance(value, list):
        return [_without_paths(item, path, names) for item in value]
    if isinstance(value, str) and path is not None and path in value:
        return value.replace(path, names)
    return value


def _content(path: Any) -> str | None:
    """Content hash of an object of a corpus, by its name; None for a file that no route serves."""
    found = _CONTENT.match(path.rpartition("/")[2]) if isinstance(path, str) else None
    return found[0] if found else None
