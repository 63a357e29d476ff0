"""The anatomy is the one that was checked, and lesions have places in every region."""

import importlib.util
import sys

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.simulate.brain.template import SHAPE, load_template, sample

needs_maps = pytest.mark.skipif(
    importlib.util.find_spec("nilearn") is None, reason="nilearn, which carries the MNI152 maps, is not installed"
)


def test_a_missing_package_names_the_install_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "nilearn", None)
    with pytest.raises(SourceError, match="pip install --no-deps nilearn"):
        load_template()


def test_other_maps_are_refused(tmp_path):
    (tmp_path / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz").write_bytes(b"another brain")
    with pytest.raises(SourceError, match=r"expected|needs .* with sha256 421a10e8.* got sha256"):
        load_template(tmp_path)


@needs_maps
def test_places_lie_in_their_region_inside_the_volume():
    template = load_template()
    assert template.grid.shape == (3, *SHAPE)
    low, high = template.grid.min((1, 2, 3)), template.grid.max((1, 2, 3))
    for name, places in template.places.items():
        assert len(places) > 50, name
        assert ((places > low) & (places < high)).all()
        sides = places[:, 2]
        if name.startswith(("left", "right")):
            assert (sides < 0).all() if name.startswith("left") else (sides > 0).all()


@needs_maps
def test_the_template_is_read_once():
    assert load_template() is load_template()


def test_maps_are_interpolated_and_go_on_beyond_their_border():
    volume = np.arange(27.0).reshape(3, 3, 3)
    where = np.array([[0.0, 2.0, 9.0], [0.0, 1.0, 9.0], [1.0, 0.0, 9.0]])
    assert sample(volume, where, np.zeros(3), step=2.0).tolist() == [0.5, 9 + 1.5, 26.0]
