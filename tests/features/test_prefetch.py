"""Loading ahead: in order, only a little ahead, and stopped by errors and by whoever stops listening."""

import threading
from itertools import count

import pytest

from lexiscope.features.prefetch import prefetch


def test_batches_come_in_order_however_long_each_takes() -> None:
    first_may_end = threading.Event()

    def load(job: int) -> int:
        if job == 0:
            first_may_end.wait(5)  # the second is done before the first
        else:
            first_may_end.set()
        return 10 * job

    assert list(prefetch(load, range(4))) == [(0, 0), (1, 10), (2, 20), (3, 30)]


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_no_more_is_loaded_than_asked_for(batches: int) -> None:
    taken: list[int] = []

    def jobs():
        for job in count():
            taken.append(job)
            yield job

    stream = prefetch(str, jobs(), batches=batches)
    for _ in range(3):
        next(stream)
    stream.close()
    assert len(taken) <= 3 + batches


def test_loading_happens_in_other_threads() -> None:
    names = [name for _, name in prefetch(lambda _: threading.current_thread().name, range(3))]
    assert all(name.startswith("batch") for name in names)


def test_an_error_comes_out_where_its_batch_would() -> None:
    stream = prefetch(lambda job: 1 // (2 - job), range(5))
    assert [next(stream), next(stream)] == [(0, 0), (1, 1)]
    with pytest.raises(ZeroDivisionError):
        next(stream)


def test_no_jobs_give_nothing() -> None:
    assert list(prefetch(str, [])) == []
