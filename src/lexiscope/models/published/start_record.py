"""Entry "start" of the record of a joint part that began as a published model."""

from collections.abc import Mapping
from typing import Any


def start_record(name: str, weight: float) -> dict[str, Any]:
    """Entry "start" of the record of a joint part that began as a published model.

    Args:
        name: Name of the published model.
        weight: Weight of what was trained, 0 to 1, against the weights as they were published.
    """
    return {"name": name, "weight": weight}


def untrained_start(record: Mapping[str, Any]) -> str | None:
    """Name of the published model that a joint part still is; None where any of it was trained.

    Args:
        record: Record of the joint part.

    Example:
        >>> untrained_start({"start": start_record("a/clip", 0.0)}), untrained_start({"start": start_record("b", 0.4)})
        ('a/clip', None)
    """
    start = record.get("start")
    return start.get("name") if isinstance(start, Mapping) and start.get("weight") == 0 else None
