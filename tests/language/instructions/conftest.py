"""Toy images whose structure is known: a bright ball in one of two modalities, beside a dark one."""

import numpy as np
import pytest

from lexiscope.language.instructions.case_images import CaseImages


def ball(shape, centre, radius):
    """Voxels (z, y, x) within a radius; a slice counts as two voxels."""
    z, y, x = np.ogrid[tuple(slice(size) for size in shape)]
    return (2 * (z - centre[0])) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 <= radius**2


@pytest.fixture
def make_case():
    """Images of a head with a ball that is bright in "flair" and slightly dark in "t1", and the mask of the ball."""

    def make(seed, *, centre=None, present=True, scale=1.0):
        rng = np.random.default_rng(seed)
        shape = (10, 40, 40)
        side = rng.choice([12, 28])
        centre = centre or (rng.integers(3, 7), rng.integers(14, 27), side + rng.integers(-1, 2))
        head = ball(shape, (5, 20, 20), 18)
        mask = ball(shape, centre, 6) & head & present
        images = {
            name: (scale * np.where(head, 100 + contrast * mask + rng.normal(0, 8, shape), 0)).astype(np.float32)
            for name, contrast in (("flair", 80), ("t1", -20))
        }
        return CaseImages(images, (2.0, 1.0, 1.0), "mm", True, f"key-{seed}"), mask

    return make


@pytest.fixture
def profile(make_case):
    """Profile of the ball, learned from eight cases."""
    from lexiscope.language.instructions.appearance import look_at
    from lexiscope.language.instructions.learning import learn_profile
    from lexiscope.language.instructions.studied_case import study

    cases = [make_case(seed, present=seed != 7) for seed in range(8)]
    studied = [study(look_at(images), mask, group=f"g{row}") for row, (images, mask) in enumerate(cases)]
    return learn_profile("tumour", studied, key="key")
