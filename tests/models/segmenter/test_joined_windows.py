"""Windows joined while they come give what all of them together give."""

import itertools

import pytest
import torch

from lexiscope.models.segmenter.case_masks import in_steps
from lexiscope.models.segmenter.joined_windows import JoinedWindows


@pytest.mark.parametrize("starts", [(0, 2, 3), (1, 4), (0, 6), (2,), ()])
def test_the_mean_is_that_of_all_windows_held_at_once(starts: tuple[int, ...]) -> None:
    draw = torch.Generator().manual_seed(0)
    weight = torch.rand(4, 3, 5, generator=draw) + 0.1
    joined = JoinedWindows(2, (10, 6, 8), weight)
    sums, weights = torch.zeros(2, 10, 6, 8), torch.zeros(10, 6, 8)
    for number, (z, y, x) in enumerate(itertools.product(starts, (0, 2, 3), (0, 3))):
        place = (slice(z, z + 4), slice(y, y + 3), slice(x, x + 5))
        masks = None if number % 3 == 1 else torch.rand(2, *weight.shape, generator=draw)
        joined.add(place, masks)
        weights[place] += weight
        if masks is not None:
            sums[(slice(None), *place)] += masks * weight
    expected = in_steps(sums / weights.clamp(min=1e-3))
    apart = (joined.steps().int() - expected.int()).abs()
    assert int(apart.max()) <= 1  # sums of another order may round to the next step
    assert float((apart > 0).float().mean()) < 1e-3
    assert bool(starts) == bool(expected.any())
