"""`prefetch`: load the next batches while a step computes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Job = TypeVar("Job")
Batch = TypeVar("Batch")


def prefetch(load: Callable[[Job], Batch], jobs: Iterable[Job], *, batches: int = 2) -> Iterator[tuple[Job, Batch]]:
    """Pairs of a job and what `load` makes of it, in order, with the next few loaded by threads meanwhile.

    Threads, not processes: prepared images are memory-mapped and copied outside Python's lock.

    Args:
        load: Function from a job to its batch; called in other threads.
        jobs: Descriptions of the batches.
        batches: Number of batches that are loaded ahead.

    Example:
        >>> list(prefetch(str, [1, 2]))
        [(1, '1'), (2, '2')]
    """
    waiting = iter(jobs)
    with ThreadPoolExecutor(batches, thread_name_prefix="batch") as pool:
        under_way: deque[tuple[Job, Future[Batch]]] = deque(
            (job, pool.submit(load, job)) for job in islice(waiting, batches)
        )
        try:
            while under_way:
                job, batch = under_way.popleft()
                loaded = batch.result()
                under_way.extend((following, pool.submit(load, following)) for following in islice(waiting, 1))
                yield job, loaded
        finally:
            for _, batch in under_way:
                batch.cancel()
