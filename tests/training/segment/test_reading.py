"""Wider windows and mirrored copies are taken only where they help on held-out cases."""

from collections.abc import Mapping

import pytest

from lexiscope.training.loop.loop import Validation
from lexiscope.training.segment.reading import Reading, choose_reading

Asked = tuple[tuple[int, ...], tuple[int, ...]]


def chosen(gains: Mapping[Asked, float], *, wider: bool = True, axes: tuple[int, ...] = (0, 1)) -> Asked:
    def validate(*, window: tuple[int, ...], mirrors: tuple[int, ...]) -> Validation:
        return Validation(0.8 + gains.get((window, mirrors), 0.0), {})

    found = choose_reading(validate, (16, 24), axes=axes, wider=wider)
    assert found.judged is not None
    assert found.judged.score == pytest.approx(0.8 + gains.get((found.window, found.mirrors), 0.0))
    return found.window, found.mirrors


def test_what_helps_by_little_is_left_out() -> None:
    assert chosen({((32, 48), ()): 0.002, ((16, 24), (0, 1)): 0.002}) == ((16, 24), ())


def test_mirrored_copies_are_averaged_over_the_windows_that_were_chosen() -> None:
    assert chosen({((16, 24), (0, 1)): 0.01}) == ((16, 24), (0, 1))
    assert chosen({((32, 48), ()): 0.01, ((32, 48), (0, 1)): 0.02}) == ((32, 48), (0, 1))
    assert chosen({((32, 48), ()): 0.01, ((32, 48), (0, 1)): 0.02}, axes=()) == ((32, 48), ())


def test_images_that_a_window_covers_are_not_read_twice() -> None:
    assert chosen({((32, 48), ()): 0.01}, wider=False) == ((16, 24), ())


def test_without_held_out_cases_windows_are_those_of_training() -> None:
    assert choose_reading(None, (16, 24), axes=(0,), wider=True) == Reading((16, 24))
