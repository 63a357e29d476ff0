"""Values of a data set by name. The files of a series repeat most of them, so each distinct one is converted once."""

from functools import lru_cache
from typing import Any

_LONGEST = 256  # bytes of a value that is kept
_MOST = 4096  # values that are kept

_converted: dict[tuple[Any, ...], Any] = {}


def value_of(dataset: Any, name: str) -> Any:
    """The value of an element by its keyword, as `dataset.get(name)` gives it; None when there is none.

    What it gives is shared with other data sets and must not be changed.
    """
    tag = _tag(name)
    element = dataset.get_item(tag)
    if element is None or not getattr(element, "is_raw", False) or len(element.value or b"") > _LONGEST:
        return None if element is None else dataset[tag].value
    if element.VR == "SQ":
        return dataset[tag].value
    key = (tag, element.VR, element.value, str(dataset.original_character_set), element.is_little_endian)
    if key not in _converted:
        if len(_converted) >= _MOST:
            _converted.clear()
        _converted[key] = dataset[tag].value
    return _converted[key]


@lru_cache(maxsize=256)
def _tag(name: str) -> Any:
    from pydicom.tag import Tag

    return Tag(name)
