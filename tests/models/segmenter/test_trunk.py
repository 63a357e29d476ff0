"""The trunk with a tower: windows of any shape are read at one scale, none of their sides squeezed."""

import torch

from lexiscope.models.segmenter.trunk import TowerTrunk
from lexiscope.testing.masked import tiny_segmenter


def _trunk() -> TowerTrunk:
    """A trunk whose tower reads tiles of 16 x 16 pixels, 4 x 4 tokens each."""
    trunk = tiny_segmenter(tower=True, tuning="trained").trunk
    assert isinstance(trunk, TowerTrunk)
    return trunk


def _image(y: int, x: int) -> torch.Tensor:
    return torch.randn(2, 1, y, x, generator=torch.Generator().manual_seed(0))


def test_a_window_that_is_no_square_is_read_as_the_corner_of_one() -> None:
    trunk, part = _trunk(), _image(16, 8)
    whole = torch.cat([part, part[..., -1:].expand(-1, -1, -1, 8)], dim=3)  # the last column goes on
    read = trunk.read(part)
    assert read.shape[2:] == (4, 2)
    torch.testing.assert_close(read, trunk.read(whole)[..., :2])


def test_the_scale_is_that_of_training_however_small_an_image_is() -> None:
    trunk, small = _trunk(), _image(8, 8)
    whole = torch.nn.functional.pad(small, (0, 8, 0, 8), mode="replicate")
    torch.testing.assert_close(trunk.read(small), trunk.read(whole)[..., :2, :2])


def test_a_square_of_the_size_of_a_tile_is_read_whole() -> None:
    assert _trunk().read(_image(16, 16)).shape[2:] == (4, 4)


def test_a_window_larger_than_a_tile_keeps_its_shape() -> None:
    assert _trunk().read(_image(16, 32)).shape[2:] == (2, 4)


def test_an_image_a_little_larger_than_a_tile_is_read_as_one_part_where_that_is_wished() -> None:
    trunk = _trunk()
    assert [trunk.tile_of(shape) for shape in ((16, 16), (20, 30), (33, 8), (8, 9))] == [16] * 4
    trunk.squeeze = 2
    assert [trunk.tile_of(shape) for shape in ((16, 16), (20, 30), (33, 8), (8, 9))] == [16, 30, 16, 16]


def test_a_tower_learns_from_a_window_that_is_no_square() -> None:
    trunk = _trunk()
    trunk.read(_image(16, 8)).sum().backward()
    grads = [weight.grad for weight in trunk.tower.parameters() if weight.requires_grad]
    assert grads
    assert all(grad is not None for grad in grads)
