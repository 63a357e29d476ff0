"""Optional packages: imported where they are used, with an error that holds the install line."""

from importlib import import_module
from types import ModuleType

from lexiscope.core.errors import MissingExtraError

# Packages that are imported without `need`, since nearly everything that computes with a model starts with them.
_EXTRA_OF = {
    "accelerate": "train",
    "gguf": "weights",
    "onnx": "weights",
    "peft": "train",
    "sacrebleu": "train",
    "sklearn": "train",
    "torch": "train",
    "transformers": "train",
}


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
        raise _missing(module, extra) from error


def missing_extra(error: ImportError) -> MissingExtraError | None:
    """The error that says how to install what an import lacked; None where it lacked no package of an extra.

    Example:
        >>> str(missing_extra(ModuleNotFoundError("No module named 'torch'", name="torch.nn")))
        "expected the package 'torch', which is not installed; run: pip install 'lexiscope[train]'"
        >>> missing_extra(ImportError("odd")) is None
        True
    """
    package = (error.name or "").partition(".")[0]
    if isinstance(error, MissingExtraError) or package not in _EXTRA_OF:
        return None
    return _missing(package, _EXTRA_OF[package])


def _missing(module: str, extra: str) -> MissingExtraError:
    msg = f"expected the package {module!r}, which is not installed; run: pip install 'lexiscope[{extra}]'"
    return MissingExtraError(msg)
