import torch

from lexiscope.models.readout import Readout


def test_statistics_by_hand() -> None:
    class_token, places = [9.0], [[1.0], [2.0], [6.0]]
    level = torch.tensor([class_token, *places])[None, None]  # (b, s, n, d) = (1, 1, 4, 1)
    read = Readout(statistics=("cls", "mean", "std", "max")).read([level], prefix=1)
    torch.testing.assert_close(read, torch.tensor([[9.0, 3.0, (14 / 3) ** 0.5, 6.0]]))


def test_slices_are_averaged_and_levels_come_in_the_order_asked() -> None:
    first = torch.tensor([[[1.0], [3.0]], [[5.0], [7.0]]])[None]  # two slices of two places
    second = 10 * first
    read = Readout(levels=(1, 0)).read([first, second], prefix=0)
    assert read.tolist() == [[40.0, 4.0]]
