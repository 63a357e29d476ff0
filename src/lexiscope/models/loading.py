"""Loading of weights from disk: without transformers' own progress bars, and into memory of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def quiet() -> Iterator[None]:
    """Hide transformers' progress bars while the block runs; the command line draws one of its own.

    Example:
        >>> from transformers.utils import logging
        >>> with quiet():
        ...     logging.is_progress_bar_enabled()
        False
    """
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
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
