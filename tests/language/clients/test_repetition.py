"""Answers that go in circles are recognised at the third round, and no sooner."""

from lexiscope.language.clients.repetition import LENGTH, goes_in_circles

_CIRCLE = list(range(LENGTH))


def test_the_third_round_ends_an_answer():
    assert not goes_in_circles(_CIRCLE + _CIRCLE)
    assert goes_in_circles(_CIRCLE * 3)


def test_rounds_need_not_follow_each_other():
    assert goes_in_circles([*_CIRCLE, 99, *_CIRCLE, 98, *_CIRCLE])
    assert not goes_in_circles([*_CIRCLE, 99, *_CIRCLE, 98, *range(LENGTH + 1)])


def test_short_answers_never_do():
    assert not goes_in_circles([1] * 2 * LENGTH)
    assert not goes_in_circles([])
