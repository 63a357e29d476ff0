"""Features of a case without any sentence: by modality, of a few windows, and of nothing but air."""

import numpy as np
import pytest

from lexiscope.models.segmenter.case_features import case_features
from lexiscope.testing.masked import tiny_segmenter

_TOLD = 2  # mean and standard deviation of each channel


def images(*names: str, slices: int = 1, side: int = 32, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(1, slices, side, side)).astype(np.float16) for name in names}


def width(segmenter) -> int:
    return _TOLD * (sum(segmenter.config.stem) + sum(segmenter.trunk.widths))


def test_each_modality_has_features_of_its_own():
    segmenter = tiny_segmenter().eval()
    both, one = (case_features(segmenter, images(*names), window=(16, 16)) for names in (("t1", "t2"), ("t1",)))
    assert {name: x.shape for name, x in both.items()} == dict.fromkeys(("t1", "t2"), (1, width(segmenter)))
    assert one["t1"] == pytest.approx(both["t1"], abs=1e-5)


def test_stacked_modalities_have_features_together():
    segmenter = tiny_segmenter(fusion="early").eval()
    (name, features), *others = case_features(segmenter, images("t1", "t2"), window=(16, 16)).items()
    assert (name, features.shape, others) == ("fused", (1, width(segmenter)), [])


def test_what_is_read_does_not_grow_with_the_image():
    segmenter = tiny_segmenter().eval()
    rows = []
    encode = segmenter.encode

    def counted(values, *rest):
        rows.append(len(next(iter(values.values()))))
        return encode(values, *rest)

    segmenter.encode = counted
    case_features(segmenter, images("t1", slices=40), window=(16, 16))
    assert rows == [8]


def test_nothing_but_air_has_no_features():
    assert case_features(tiny_segmenter().eval(), {"t1": np.zeros((1, 2, 16, 16), np.float16)}, window=(16, 16)) == {}
