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
    for number in range(2):
        expected = whole.masks[:, number].sigmoid()
        torch.testing.assert_close(read.probability(number), expected, rtol=0, atol=1 / 239)
    torch.testing.assert_close(read.presence, whole.presence.sigmoid().amax(dim=0))


@pytest.mark.parametrize(("dims", "window"), [(2, (16, 16)), (2, (64, 8)), (3, (4, 16, 16))])
def test_every_voxel_is_covered(dims: int, window: tuple[int, ...]) -> None:
    segmenter, images = tiny_segmenter(dims=dims), _images((6, 37, 21))
    read = segment_case(segmenter, images, segmenter.embed(["the disc"]), window=window)
    assert read.steps.shape == (1, 6, 37, 21)
    assert bool((read.steps > 0).all())
    assert bool((read.steps < 239).all())


def test_air_is_left_out() -> None:
    segmenter, images = tiny_segmenter(), _images((3, 16, 16))
    for image in images.values():
        image[:, 1] = -1.0
    told: list[tuple[int, int | None, str]] = []
    sentences = segmenter.embed(["the disc"])
    read = segment_case(segmenter, images, sentences, window=(16, 16), progress=lambda *step: told.append(step))
    assert [bool((plane > 0).any()) for plane in read.probability(0)] == [True, False, True]
    assert told == [(1, 2, "windows"), (2, 2, "windows")]


@pytest.mark.parametrize(("dims", "window"), [(2, (16, 16)), (3, (4, 16, 16))])
def test_windows_lie_around_what_is_not_air(dims: int, window: tuple[int, ...]) -> None:
    segmenter, rng = tiny_segmenter(dims=dims), np.random.default_rng(0)
    images = _images((12, 64, 48))
    body = np.zeros((12, 64, 48), bool)
    body[4:8, 30:50, 8:20] = True
    for image in images.values():
        noise = rng.uniform(0, 0.01, body.shape)  # of a scanner in air
        image[0] = np.where(body, image[0] + 8, noise).astype(np.float16)
    read = segment_case(segmenter, images, segmenter.embed(["the disc"]), window=window).probability(0).numpy()
    assert (read[body] > 0).all()
    touched = np.argwhere(read > 0)
    assert touched[:, 0].min() >= (4 if dims == 2 else 3)
    assert touched[:, 1].min() >= 27
    assert touched[:, 2].max() <= 24


def test_a_body_within_a_window_is_read_as_that_window_alone() -> None:
    segmenter, images = tiny_segmenter(), _images((1, 40, 40))
    for image in images.values():
        image += 8
        image[..., :10, :] = image[..., 22:, :] = image[..., :14] = image[..., 26:] = 0
    words = segmenter.embed(["the disc"])
    read = segment_case(segmenter, images, words, window=(16, 16))
    cut = {name: image[..., 8:24, 12:28] for name, image in images.items()}
    alone = segment_case(segmenter, cut, words, window=(16, 16))
    assert torch.equal(read.steps[..., 8:24, 12:28], alone.steps)
    assert int((read.steps > 0).sum()) == 16 * 16


@pytest.mark.parametrize(("dims", "window", "mirrors"), [(2, (16, 16), (0,)), (3, (4, 16, 16), (0, 1))])
def test_the_mean_over_mirrored_copies_is_mirrored_with_the_image(
    dims: int, window: tuple[int, ...], mirrors: tuple[int, ...]
) -> None:
    segmenter, images = tiny_segmenter(dims=dims), _images((4, 16, 16))
    sentences = segmenter.embed(["the disc"])
    plain, averaged, mirrored = (
        segment_case(segmenter, given, sentences, window=window, mirrors=axes).probability(0)
        for given, axes in (
            (images, ()),
            (images, mirrors),
            ({name: np.ascontiguousarray(image[:, :, ::-1]) for name, image in images.items()}, mirrors),
        )
    )
    torch.testing.assert_close(mirrored.flip(1), averaged, rtol=0, atol=1 / 239)
    assert not torch.allclose(plain, averaged, rtol=0, atol=1.5 / 239)


def test_mirrored_copies_are_asked_only_for_what_names_no_place() -> None:
    segmenter, images = tiny_segmenter(), _images((2, 16, 16))
    sentences = segmenter.embed(["the disc", "the square on the left"])
    plain = segment_case(segmenter, images, sentences, window=(16, 16)).steps
    placeless = torch.tensor([True, False])
    read = segment_case(segmenter, images, sentences, window=(16, 16), mirrors=(0,), placeless=placeless).steps
    assert torch.equal(read[1], plain[1])
    assert not torch.equal(read[0], plain[0])
