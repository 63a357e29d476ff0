"""Images become comparable: neither scanner units, nor air, nor the table that a patient lies on matter."""

import numpy as np
import pytest

from lexiscope.language.instructions.case_images import CaseImages
from lexiscope.language.instructions.standardised import standardise

from .conftest import ball


def _images(grey, **fields):
    return CaseImages({"ct": grey.astype(np.float32)}, None, None, fields.get("patient", False), "key")


def _section(noise=0.0):
    rng = np.random.default_rng(0)
    body = ball((1, 80, 80), (0, 32, 40), 28)
    table = np.zeros_like(body)
    table[0, 74:78, 10:70] = True
    lung = ball((1, 80, 80), (0, 36, 50), 8)
    return np.where((body & ~lung) | table, 100 + rng.normal(0, 5, body.shape), noise), body


def test_the_body_is_whole_and_has_no_table():
    grey, body = _section()
    found = standardise(_images(grey)).body
    assert 2 * (found & body).sum() / (found.sum() + body.sum()) > 0.95
    assert not found[0, 72:].any()


def test_a_micrograph_is_all_body():
    grey = np.random.default_rng(0).normal(100, 20, (1, 64, 64))
    assert standardise(_images(grey)).body.all()


@pytest.mark.parametrize(("scale", "offset"), [(30.0, 0.0), (0.01, 5.0)])
def test_units_of_the_scanner_do_not_matter(scale, offset):
    grey, _ = _section()
    one, other = standardise(_images(grey)), standardise(_images(scale * grey + offset))
    assert (one.body == other.body).all()
    np.testing.assert_allclose(one.values["ct"], other.values["ct"], atol=1e-2)


def test_large_images_are_made_small_and_keep_their_lengths():
    grey = np.random.default_rng(0).normal(100, 20, (90, 200, 170)).astype(np.float32)
    small = standardise(CaseImages({"t1": grey}, (1.5, 1.0, 1.0), "mm", True, "key"))
    assert max(small.body.shape) <= 80
    assert small.spacing == (3.0, 3.0, 3.0)


def test_a_constant_image_is_no_error():
    small = standardise(_images(np.full((1, 20, 20), 7.0)))
    assert np.isfinite(small.values["ct"]).all()


def test_mirroring_twice_is_as_it_was():
    grey, _ = _section()
    small = standardise(_images(grey))
    inside = small.values["ct"] * small.body
    np.testing.assert_array_equal(small.mirrored(small.mirrored(inside))[small.body], inside[small.body])
