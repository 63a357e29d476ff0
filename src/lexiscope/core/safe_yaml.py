"""`load_yaml`: YAML from a stranger; plain values of bearable size, or an error that says what is wrong."""

from typing import Any

_MOST = 100_000  # values, each counted as often as it is referred to


def load_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        ValueError: it is no YAML, names a date that is none, is nested too deep, or grows beyond 100,000 values by
            references to values that hold references.

    Example:
        >>> load_yaml("epochs: 40")
        {'epochs': 40}
    """
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if _size(value, {}) > _MOST:
        raise ValueError(f"more than {_MOST:,} values, by references to values that hold references")
    return value


def _size(value: Any, known: dict[int, int]) -> int:
    """Values in a value; one that holds itself has more than there can be."""
    if not isinstance(value, dict | list | set | tuple):
        return 1
    if id(value) not in known:
        known[id(value)] = _MOST + 1  # for a reference back to it from within
        children = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(child, known) for child in children)
    return known[id(value)]
