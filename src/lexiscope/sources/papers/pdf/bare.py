"""pdfium's functions with addresses as plain numbers: typed pointers cost several times as much a call.

A paper has fifty thousand letters and thousands of texts, and each is asked about a dozen times.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def bare(name: str) -> Callable[..., int]:
    """A function of pdfium that takes pointers as addresses or `byref`, and gives one as a number, 0 for none.

    Args:
        name: Name of the function in pypdfium2.raw, one that gives a number or a pointer.
    """
    import pypdfium2.raw as pdfium

    function: Any = getattr(pdfium, name)
    result = ctypes.c_size_t if _is_pointer(function.restype) else function.restype
    arguments = [ctypes.c_void_p if _is_pointer(kind) else kind for kind in function.argtypes]
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def address(handle: Any) -> int:
    """The address that a handle of pypdfium2 holds."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _is_pointer(kind: Any) -> bool:
    return kind is not None and hasattr(kind, "contents")
