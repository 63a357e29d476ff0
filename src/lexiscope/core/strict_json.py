"""`read_object`: a JSON file from a stranger; an object of finite numbers, or an error that says what is wrong."""

import json
import math
from pathlib import Path
from typing import Any

from lexiscope.core.regular import read_regular


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ValueError: it is no JSON, no object, holds a number that is not finite, or is nested too deep.
        OSError: nothing is there, it may not be read, or it is no regular file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "config.json"
        >>> path.write_text('{"width": 8}')
        12
        >>> read_object(path)
        {'width': 8}
    """
    try:
        value = json.loads(read_regular(path), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected, got {type(value).__name__}")
    return value


def _refuse(word: str) -> float:
    raise ValueError(f"a finite number was expected, got {word}")


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        _refuse(word)
    return value
