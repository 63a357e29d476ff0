"""`settle_threads`: environment variables that set the threads of Lance, made such that it works with them."""

import os
import re

from lexiscope.core.errors import UsageError

# With one thread for reading and writing, Lance waits for ever in the second write to a dataset: it holds the thread
# for the data and waits for another one for the list of pieces. On machines with few cores launchers set all to 1.
_LEAST = {"LANCE_IO_THREADS": 2, "LANCE_CPU_THREADS": 1, "TOKIO_WORKER_THREADS": 1}


def settle_threads() -> None:
    """Raise the settings of this process that are too small; called before anything is opened.

    Raises:
        UsageError: one of them is no whole number from 1 up, on which Lance panics or waits for ever.
    """
    for name, least in _LEAST.items():
        text = os.environ.get(name, str(least))
        if not re.fullmatch("0*[1-9][0-9]*", text):
            msg = f"expected a whole number from 1 up in the environment variable {name}, got {text!r}"
            raise UsageError(f"{msg}; correct it, or unset it")
        if int(text) < least:
            os.environ[name] = str(least)
