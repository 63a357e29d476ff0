"""Optional packages: imported where they are used, with an error that holds the install line."""

from importlib import import_module
from types import ModuleType

from lexiscope.core.errors import MissingExtraError


def need(module: str, *, extra: str) -> ModuleType:
    """Import an optional package.

    Args:
        module: Name of the module to import, such as "qdrant_client".
        extra: The extra of lexiscope that installs it.

    Raises:
        MissingExtraError: it is not installed; the message holds the install line.

    Example:
        >>> need("json", extra="qdrant").__name__
        'json'
    """
    try:
        return import_module(module)
    except ImportError as error:
        msg = f"this needs the package {module!r}, which is not installed; run: pip install 'lexiscope[{extra}]'"
        raise MissingExtraError(msg) from error
