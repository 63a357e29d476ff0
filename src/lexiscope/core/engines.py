"""`failures_of_engines`: whatever an engine written in another language raises, its panics included, as one error."""

from collections.abc import Iterator
from contextlib import contextmanager

from lexiscope.core.errors import LexiscopeError

_PANIC = "PanicException"  # of pyo3; each engine has a class of its own of this name, and it is no Exception


class EngineError(Exception):
    """An engine that failed; the message is its own, on one line."""


@contextmanager
def failures_of_engines() -> Iterator[None]:
    """Turn what an engine (Lance, Qdrant Edge, tokenizers) raises into `EngineError`; errors of ours pass.

    Raises:
        EngineError: the engine failed or panicked, as engines do on damaged files.

    Example:
        >>> with failures_of_engines():
        ...     raise OSError("bad magic\\n   at lance/src/reader.rs")
        Traceback (most recent call last):
        lexiscope.core.engines.EngineError: bad magic
    """
    try:
        yield
    except LexiscopeError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise EngineError((str(error).strip().splitlines() or [type(error).__name__])[0]) from error


def is_panic(error: BaseException) -> bool:
    """True for the panic of an engine written in Rust.

    Example:
        >>> is_panic(KeyboardInterrupt())
        False
    """
    return type(error).__name__ == _PANIC
