"""Tokens of a frozen tower over a whole image: the right places, whatever the window."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lexiscope.models.segmenter.token_map import TokenMap, read_token_map
from lexiscope.models.segmenter.trunk import TowerTrunk
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.testing.masked import tiny_segmenter


def _trunk() -> TowerTrunk:
    trunk = tiny_segmenter(tower=True).trunk
    assert isinstance(trunk, TowerTrunk)
    return trunk


def _ramp(shape: tuple[int, int, int] = (2, 32, 48)) -> TokenMap:
    """A map that tells its own places, (y, x) in pixels, every 4 pixels."""
    z, y, x = shape
    axes = np.meshgrid(np.arange(2, y, 4), np.arange(2, x, 4), indexing="ij")
    values = np.stack(axes).astype(np.float16)[:, None].repeat(z, axis=1)
    return TokenMap(values, 4.0, 4.0)


def test_an_image_is_read_in_tiles_and_its_map_covers_it() -> None:
    image = np.random.default_rng(0).normal(size=(1, 2, 20, 33)).astype(np.float16)
    made = read_token_map(_trunk(), image, batch=3)
    assert made.values.shape == (3 * 12, 2, 2 * 4, 3 * 4)  # tiles of 16 pixels, 4 x 4 tokens each
    assert made.step == 4.0
    alone = read_token_map(_trunk(), image[:, 1:, :16, :16])
    np.testing.assert_allclose(made.values[:, 1:, :4, :4], alone.values, atol=2e-3)


def test_an_image_that_is_read_whole_is_seen_by_every_token() -> None:
    trunk, image = _trunk(), np.random.default_rng(0).normal(size=(1, 1, 24, 30)).astype(np.float16)
    trunk.squeeze = 2
    made = read_token_map(trunk, image)
    assert (made.values.shape[2:], made.step) == ((4, 4), 7.5)
    assert made.window(0, centre=(12, 12), window=(16, 16)).shape[1:] == (4, 4)  # as of an image that is no larger
    image[..., -1] += 1
    assert (read_token_map(trunk, image).values[:, 0, 0, 0] != made.values[:, 0, 0, 0]).any()  # the far corner tells


def test_air_is_not_read() -> None:
    image = np.zeros((1, 1, 16, 32), np.float16)
    image[..., 20:] = np.arange(12)
    made = read_token_map(_trunk(), image)
    assert not made.values[..., :4].any()
    assert made.values[..., 4:].any()
    assert not read_token_map(_trunk(), np.zeros((1, 1, 16, 16), np.float16)).values.any()


def test_a_window_holds_the_tokens_of_its_places() -> None:
    window = _ramp().window(1, centre=(15.5, 19.5), window=(16, 24))
    torch.testing.assert_close(window[0, :, 0], torch.tensor([10.0, 14.0, 18.0, 22.0]))
    torch.testing.assert_close(window[1, 0], torch.tensor([10.0, 14.0, 18.0, 22.0, 26.0, 30.0]))


@pytest.mark.parametrize(
    ("matrix", "rows", "columns"),
    [
        (np.diag([-1.0, 1.0]), [10.0, 14.0, 18.0, 22.0], [30.0, 26.0, 22.0, 18.0, 14.0, 10.0]),
        (np.diag([0.5, 0.5]), [13.0, 15.0, 17.0, 19.0], [15.0, 17.0, 19.0, 21.0, 23.0, 25.0]),
    ],
    ids=["mirrored in x", "twice as large"],
)
def test_a_window_follows_its_variant(matrix: np.ndarray, rows: list[float], columns: list[float]) -> None:
    window = _ramp().window(0, centre=(15.5, 19.5), window=(16, 24), matrix=matrix)
    torch.testing.assert_close(window[0, :, 0], torch.tensor(rows))
    torch.testing.assert_close(window[1, 0], torch.tensor(columns))


def test_a_case_is_the_same_with_maps_that_were_kept() -> None:
    segmenter = tiny_segmenter(tower=True, fusion="late")
    images = {name: np.random.default_rng(1).normal(size=(1, 2, 24, 24)).astype(np.float16) for name in ("t1", "t2")}
    maps = {name: made for name, image in images.items() if (made := segmenter.token_map(image)) is not None}
    sentences = segmenter.embed(("the disc",))
    fresh = segment_case(segmenter, images, sentences, window=(16, 16))
    kept = segment_case(segmenter, images, sentences, window=(16, 16), maps=maps)
    assert torch.equal(fresh.steps, kept.steps)
    other = {name: replace(one, values=np.zeros_like(one.values)) for name, one in maps.items()}
    blind = segment_case(segmenter, images, sentences, window=(16, 16), maps=other)
    assert not torch.equal(fresh.steps, blind.steps)


def test_modalities_that_are_stacked_have_no_map_and_are_read_live() -> None:
    segmenter = tiny_segmenter(tower=True, fusion="early")
    image = np.random.default_rng(1).normal(size=(1, 1, 16, 16)).astype(np.float16)
    assert segmenter.token_map(image) is None
    read = segment_case(segmenter, {"t1": image}, segmenter.embed(("the disc",)), window=(16, 16))
    assert read.steps.shape == (1, 1, 16, 16)
