"""JSON files of a part: its views and its record."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.core.errors import ModelError
from lexiscope.core.files import write_json
from lexiscope.core.strict_json import read_object

if TYPE_CHECKING:
    from lexiscope.views import View

CONFIG, RECORD = "config.json", "record.json"
_VIEWS = "views.json"
_RENAMED_RESULTS = {"lessons": "examples"}  # keys of a record's result, as earlier versions wrote them


def save_views(views: "Mapping[str, View]", folder: Path) -> None:
    """Write the views of a part, by modality."""
    write_json(folder / _VIEWS, {name: view.to_dict() for name, view in views.items()})


def load_views(folder: Path) -> "dict[str, View]":
    """The views of a part, by modality.

    Raises:
        ModelError: there are none, or they are damaged.
    """
    from lexiscope.views import view_from_dict

    try:
        return {name: view_from_dict(settings) for name, settings in read_json(folder / _VIEWS).items()}
    except ModelError:
        raise
    except Exception as error:  # on odd settings the views raise nearly anything
        msg = f"expected settings of views in {folder / _VIEWS}, got others: {type(error).__name__}: {error}"
        raise ModelError(f"{msg}; the part is damaged, make it again") from error


def read_json(file: Path) -> dict[str, Any]:
    """Object in a JSON file of a part.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        return read_object(file)
    except (OSError, ValueError) as error:
        raise ModelError(f"expected JSON in {file}: {error}; the part is damaged, make it again") from error


def read_record(folder: Path) -> dict[str, Any]:
    """Record of the run that made a part; names of results that earlier versions wrote are read as today's.

    Raises:
        ModelError: the file is missing or damaged.
    """
    record = read_json(folder / RECORD)
    result = record.get("result") or {}
    if not isinstance(result, dict):
        raise ModelError(f"expected an object under result in {folder / RECORD}, got {result!r}; make the part again")
    for old, new in _RENAMED_RESULTS.items():
        if old in result:
            result[new] = result.pop(old)
    return record
