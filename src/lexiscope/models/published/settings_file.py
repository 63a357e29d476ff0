"""`read_settings`: a JSON file beside published weights, or an error that names it."""

from pathlib import Path
from typing import Any

from lexiscope.core.errors import WeightsError
from lexiscope.core.strict_json import read_object


def read_settings(file: Path) -> dict[str, Any]:
    """The settings in a file.

    Raises:
        WeightsError: they are damaged.
    """
    try:
        return read_object(file)
    except ValueError as error:
        raise WeightsError(f"expected settings in {file}, got others: {error}; copy the model again") from error
