"""Loading of weights from disk: without transformers' own bars and reports, and into memory of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def quiet() -> Iterator[None]:
    """Hide transformers' progress bars and reports while the block runs; the command line has its own.

    Its reports name tensors as a file of a stranger calls them, which may be codes for a terminal.

    Example:
        >>> from transformers.utils import logging
        >>> with quiet():
        ...     logging.is_progress_bar_enabled()
        False
    """
    from transformers.utils import logging

    shown, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()


def first_line(error: Exception) -> str:
    """First line of an error of transformers, which may list every model that it knows behind it.

    Example:
        >>> first_line(ValueError("no such model.\\nKnown: a, b, c"))
        'no such model.'
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@torch.no_grad()
def copy_out_of_file(model: nn.Module) -> None:
    """Move weights out of the mapped file.

    There they lie at odd addresses, for which matrix kernels sum in another order: embeddings would differ in the last
    bits from those of the model that was saved.
    """
    for weight in model.parameters():
        weight.data = weight.data.clone()
