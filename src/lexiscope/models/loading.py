"""Loading of weights from disk: without transformers' own progress bars, and into memory of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def quiet() -> Iterator[None]:
    """Hide transformers' progress bars while the block runs; the command line draws one of its own."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


@torch.no_grad()
def copy_out_of_file(model: nn.Module) -> None:
    """Move weights out of the mapped file.

    There they lie at odd addresses, for which matrix kernels sum in another order: embeddings would differ in the last
    bits from those of the model that was saved.
    """
    for weight in model.parameters():
        weight.data = weight.data.clone()
