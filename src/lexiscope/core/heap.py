"""`keep_freed_memory`: let this process use freed memory again in place of giving it back to the system."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of <malloc.h>
_KEPT = 2**30  # bytes; larger blocks still go back at once


def keep_freed_memory() -> bool:
    """Keep blocks of up to a gibibyte for the next request of this process, where the C library is GNU's.

    As it comes, that library returns every block above 32 MiB to the system and has each of its pages faulted in anew
    with the next one. A step of training over windows of volumes, which makes dozens of such blocks, spends a third of
    its time there. It changes the whole process, so only a process that is ours alone does it: the command line.

    Returns:
        False where another C library decides for itself.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _KEPT)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT))
