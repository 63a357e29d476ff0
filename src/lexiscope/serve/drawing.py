"""`drawn`: routes that decode and draw, in threads of their own, so that slow pictures keep nobody else waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from typing import Any

_THREADS = ThreadPoolExecutor(8, thread_name_prefix="pictures")  # starts none before the first picture


def drawn(route: Callable[..., Any]) -> Callable[..., Any]:
    """A route that computes in a thread of the pictures; requests beyond those wait and hold no thread.

    Example:
        >>> @drawn
        ... def square(side: int) -> int:
        ...     return side * side
        >>> asyncio.run(square(side=3))
        9
    """

    @wraps(route)
    async def waiting(*args: Any, **given: Any) -> Any:
        run = partial(copy_context().run, route, *args, **given)
        return await asyncio.get_running_loop().run_in_executor(_THREADS, run)

    return waiting
