"""`to_json`: a value as plain JSON types, for all that is printed, served or written."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def to_json(value: Any) -> Any:
    """The value as None, bool, int, float, str, list or dict, all the way down.

    Paths become text, tuples lists, numbers of other libraries plain ones; a number that JSON cannot hold (NaN,
    infinity) becomes None. Anything with `to_dict` is asked for its own form.

    Raises:
        TypeError: something else, or a mapping whose keys are no text.

    Example:
        >>> to_json({"box": (0, 0, 4, 4), "path": Path("a.png"), "score": float("nan")})
        {'box': [0, 0, 4, 4], 'path': 'a.png', 'score': None}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return to_json(_own_form(value))


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"expected text as the key of a JSON object, got {key!r}; name it")
    return key


def _own_form(value: Any) -> Any:
    """A path as text, what has `to_dict` by that, and a number of numpy or torch (without axes) as one of Python."""
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return value.item()
    msg = f"expected a value with a JSON form, got {type(value).__name__}; make it numbers, text, lists or mappings"
    raise TypeError(f"{msg}, or give it a to_dict")
