import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lexiscope.serve.pictures.memory import Memory


def test_the_least_recently_asked_for_leaves_first():
    kept = Memory(most_bytes=10)
    for key in "abc":
        kept.get(key, lambda: "four", size=len)
        kept.get("a", lambda: "again", size=len)
    assert kept.get("a", lambda: "made again", size=len) == "four"
    assert kept.get("b", lambda: "new", size=len) == "new"


def test_one_that_is_larger_than_the_limit_is_kept_alone():
    kept = Memory(most_bytes=10)
    kept.get("small", lambda: "four", size=len)
    kept.get("large", lambda: "x" * 50, size=len)
    assert kept.get("large", lambda: "", size=len) == "x" * 50


def test_many_who_ask_at_a_time_get_what_was_made_once():
    made = []
    kept = Memory(most_bytes=10)

    def make():
        time.sleep(0.05)
        made.append(1)
        return "four"

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: kept.get("a", make, size=len), range(8)))
    assert given == ["four"] * 8
    assert made == [1]


def test_few_are_made_at_a_time():
    running, most, lock = [], [], threading.Lock()
    kept = Memory(most_bytes=100, at_once=2)

    def make():
        with lock:
            running.append(1)
            most.append(len(running))
        time.sleep(0.01)
        with lock:
            running.pop()
        return "x"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: kept.get(key, make, size=len), range(8)))
    assert max(most) == 2


def test_what_fails_is_told_and_tried_again():
    kept = Memory(most_bytes=10)

    def fail():
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        kept.get("a", fail, size=len)
    assert kept.get("a", lambda: "back", size=len) == "back"
