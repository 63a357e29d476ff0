import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.readout import Readout


def test_statistics_by_hand() -> None:
    class_token, places = [9.0], [[1.0], [2.0], [6.0]]
    level = torch.tensor([class_token, *places])[None, None]  # (b, s, n, d) = (1, 1, 4, 1)
    read = Readout(statistics=("cls", "mean", "std", "max")).read([level], prefix=1)
    torch.testing.assert_close(read, torch.tensor([[9.0, 3.0, (14 / 3) ** 0.5, 6.0]]))


def test_halves_tell_the_sides_apart() -> None:
    picture = torch.tensor(
        [[1.0, 2.0, 30.0], [3.0, 4.0, 50.0], [0.0, 0.0, 0.0]]
    )  # (y, x); the middle is in both halves
    level = picture.reshape(1, 1, 9, 1)
    read = Readout(statistics=("left", "right", "top", "bottom")).read([level], prefix=0)
    torch.testing.assert_close(read, torch.tensor([[10 / 6, 86 / 6, 90 / 6, 57 / 6]]))


def test_halves_need_a_square() -> None:
    with pytest.raises(ModelError, match=r"square picture, got 6.*read slices"):
        Readout(statistics=("left",)).read([torch.zeros(1, 1, 6, 2)], prefix=0)


def test_slices_are_averaged_and_levels_come_in_the_order_asked() -> None:
    first = torch.tensor([[[1.0], [3.0]], [[5.0], [7.0]]])[None]  # two slices of two places
    second = 10 * first
    read = Readout(levels=(1, 0)).read([first, second], prefix=0)
    assert read.tolist() == [[40.0, 4.0]]
