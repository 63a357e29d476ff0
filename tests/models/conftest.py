"""Pretrained weights that lie in packages; tests of them are skipped where a package is absent."""

from collections.abc import Callable
from importlib.util import find_spec

import pytest

from lexiscope.models.packaged import PACKAGED
from lexiscope.models.weights import WeightsSource, resolve


@pytest.fixture
def installed() -> Callable[[str], WeightsSource]:
    """Weights by name; skips only where their package is absent, never for what resolving finds wrong."""

    def find(name: str) -> WeightsSource:
        if find_spec(PACKAGED[name].module) is None:
            pytest.skip("requirements/weights.txt is not installed")
        return resolve(name)

    return find
