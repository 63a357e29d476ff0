"""Images of a case on one grid, with no way to a mask."""

from dataclasses import fields

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.corpus.build import build_corpus
from lexiscope.language.instructions.case_images import CaseImages, images_key, read_case_images, read_mask
from lexiscope.language.instructions.subject import Subject
from lexiscope.testing import DraftSource, make_corpus
from lexiscope.testing.cases import _nifti, _png
from lexiscope.testing.drafts import draft


def test_there_is_no_mask_in_what_a_writer_sees():
    assert {field.name for field in fields(CaseImages)} == {"images", "spacing", "unit", "in_patient_axes", "key"}
    assert {field.name for field in fields(Subject)} == {"case", "modalities", "structures", "images", "pixels", "key"}


def test_a_volume_is_read_in_the_axes_of_the_patient(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 1, volumes=True, masks=True)
    case = next(iter(corpus))
    images = read_case_images(corpus, case.images)
    assert images.modalities == ("flair", "t1w", "t2w")
    assert (images.shape, images.spacing, images.unit) == ((8, 32, 32), (4.0, 1.0, 1.0), "mm")
    assert images.in_patient_axes
    assert images.only("flair").modalities == ("flair",)
    assert read_mask(corpus, case.masks["spot"], (8, 32, 32)).sum() > 0
    assert read_mask(corpus, case.masks["spot"], (4, 16, 16)).shape == (4, 16, 16)


def test_a_plane_has_one_slice_and_no_patient(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 1)
    images = read_case_images(corpus, next(iter(corpus)).images)
    assert (images.shape, images.spacing, images.in_patient_axes) == ((1, 32, 32), None, False)


def test_images_of_another_grid_come_onto_the_finest(tmp_path):
    fine, coarse = np.zeros((4, 8, 8), np.uint8), np.zeros((2, 4, 4), np.uint8)
    coarse[1, 2:, 2:] = 200
    build_corpus(tmp_path / "c", DraftSource([draft("a", images={"t1": _nifti(fine), "t2": _nifti(coarse)})]))
    from lexiscope.corpus import Corpus

    corpus = Corpus.open(tmp_path / "c")
    images = read_case_images(corpus, corpus["a"].images)
    assert images.shape == images.images["t2"].shape == (4, 8, 8)
    assert images.images["t2"][3, 6, 6] > 150 > images.images["t2"][0, 0, 0]


def test_planes_beside_volumes_are_refused(tmp_path):
    images = {"t1": _nifti(np.zeros((4, 8, 8), np.uint8)), "photo": _png(np.zeros((8, 8), np.uint8))}
    build_corpus(tmp_path / "c", DraftSource([draft("a", images=images)]))
    from lexiscope.corpus import Corpus

    corpus = Corpus.open(tmp_path / "c")
    with pytest.raises(SourceError, match="expected planes or volumes, got both: photo, t1"):
        read_case_images(corpus, corpus["a"].images)


def test_the_key_says_what_the_images_hold(tmp_path):
    one, two = make_corpus(tmp_path / "corpus", 2)
    assert images_key(one.images) == images_key(dict(one.images))
    assert images_key(one.images) != images_key(two.images)
