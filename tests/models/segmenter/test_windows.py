"""Windows over a case: they cover it, agree with one pass over what fits, and leave air out."""

import numpy as np
import pytest
import torch

from lexiscope.models.segmenter.windows import segment_case
from lexiscope.testing.masked import tiny_segmenter


def _images(shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=(1, *shape)).astype(np.float16) for name in ("t1", "t2")}


def test_one_window_is_one_pass() -> None:
    segmenter, images = tiny_segmenter(), _images((2, 16, 20))
    sentences = segmenter.embed(["the disc", "the square"])
    read = segment_case(segmenter, images, sentences, window=(16, 20))
    batch = {name: torch.from_numpy(image[0, :, None].astype(np.float32)) for name, image in images.items()}
    there = {name: torch.ones(2, dtype=torch.bool) for name in batch}
    whole = segmenter(batch, there, sentences.expand(2, -1, -1))
    torch.testing.assert_close(read.probability.float(), whole.masks.sigmoid().transpose(0, 1), rtol=0, atol=3e-3)
    torch.testing.assert_close(read.presence, whole.presence.sigmoid().amax(dim=0))


@pytest.mark.parametrize(("dims", "window"), [(2, (16, 16)), (2, (64, 8)), (3, (4, 16, 16))])
def test_every_voxel_is_covered(dims: int, window: tuple[int, ...]) -> None:
    segmenter, images = tiny_segmenter(dims=dims), _images((6, 37, 21))
    read = segment_case(segmenter, images, segmenter.embed(["the disc"]), window=window)
    assert read.probability.shape == (1, 6, 37, 21)
    assert bool((read.probability > 0).all())
    assert bool((read.probability < 1).all())


def test_air_is_left_out() -> None:
    segmenter, images = tiny_segmenter(), _images((3, 16, 16))
    for image in images.values():
        image[:, 1] = -1.0
    read = segment_case(segmenter, images, segmenter.embed(["the disc"]), window=(16, 16))
    assert [bool((plane > 0).any()) for plane in read.probability[0]] == [True, False, True]
