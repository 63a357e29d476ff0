"""Masks of a corpus: pixels in the orientation of the images, and the images that they lie on."""

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.masks import read_mask
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, png

FLIPPED = np.array([[0, 0, -2.0, 30], [-1.0, 0, 0, 9], [0, 1.5, 0, 1], [0, 0, 0, 1]])  # neither RAS+ nor in its order


def corpus_of(tmp_path, drafts):
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    return Corpus.open(tmp_path / "corpus")


def test_a_mask_of_one_structure_lies_where_the_image_is_bright(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (4, 5, 6)).astype(np.uint8)
    case = tmp_path / "cases" / "p1"
    case.mkdir(parents=True)
    for name, values, affine in (
        ("t1", labels * np.int16(100), FLIPPED),
        ("t2", labels * np.int16(7), FLIPPED),
        ("other", labels * np.int16(3), np.diag([1.0, 1, 1, 1])),
        ("seg", labels, FLIPPED),
    ):
        nib.save(nib.Nifti1Image(values, affine), case / f"{name}.nii.gz")
    source = NiftiSource(tmp_path / "cases", structures={"core": ("2",), "whole": ("1,2",), "none": ("9",)})
    build_corpus(tmp_path / "corpus", source)
    corpus = Corpus.open(tmp_path / "corpus")
    case = corpus["p1"]
    image = read_pixels(corpus.object_path(case.images["t1"]))[0]
    np.testing.assert_array_equal(read_mask(corpus, case, "core"), image == 200)
    np.testing.assert_array_equal(read_mask(corpus, case, "whole"), image > 0)
    assert not read_mask(corpus, case, "none").any()
    assert {name: mask.marked for name, mask in case.masks.items()} == {
        "core": int((labels == 2).sum()),
        "whole": int((labels > 0).sum()),
        "none": 0,
    }


def test_a_mask_of_several_values_of_earlier_versions_counts_where_it_is_not_zero(tmp_path):
    values = np.zeros((64, 64), np.uint8)
    values[:9, :9], values[20:30] = 1, 200
    corpus = corpus_of(tmp_path, [draft("a", masks={"label": png(values)})])
    np.testing.assert_array_equal(read_mask(corpus, corpus["a"], "label"), values > 0)


def test_a_structure_that_was_not_annotated_is_said(tmp_path):
    corpus = corpus_of(tmp_path, [draft("a", masks={"pore": png(np.eye(64, dtype=np.uint8))})])
    with pytest.raises(UsageError, match=r"case a is not annotated for 'crack'\. Its structures: pore"):
        read_mask(corpus, corpus["a"], "crack")
