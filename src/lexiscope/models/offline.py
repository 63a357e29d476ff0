"""`offline`: the hub of weights out of reach, whatever a file asks for."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def offline() -> Iterator[None]:
    """Keep every client of the hub in this process from the network while the block runs.

    Example:
        >>> from huggingface_hub import is_offline_mode
        >>> with offline():
        ...     is_offline_mode()
        True
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
