"""Ctrl-C is heard after a step; the second one is heard at once; the handlers of before come back."""

import os
import signal
import threading

import pytest

from lexiscope.training.loop.interrupt import StopRequest


def test_the_first_request_waits_for_the_end_of_a_step() -> None:
    with StopRequest() as stop:
        stop.raise_if_requested()
        os.kill(os.getpid(), signal.SIGTERM)
        reached = True  # the step goes on
        with pytest.raises(KeyboardInterrupt):
            stop.raise_if_requested()
    assert reached


def test_the_second_request_stops_at_once() -> None:
    with StopRequest():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_come_back_and_other_threads_have_none() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopRequest():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    heard = []

    def elsewhere() -> None:
        with StopRequest() as stop:
            heard.append((signal.getsignal(signal.SIGINT) is before, stop.requested))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert heard == [(True, False)]
