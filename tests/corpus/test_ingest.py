"""One draft becomes a case whose files were checked; what cannot be used is named with a remedy."""

import gzip
from dataclasses import replace
from hashlib import sha256

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core import Passage
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.perceptual_hash import FLAT, HASH_BYTES
from lexiscope.corpus.ingest import ingest
from lexiscope.sources import Encoded, ImageFile
from lexiscope.testing.drafts import draft, picture, png


@pytest.fixture
def corpus(tmp_path):
    return Corpus.create(tmp_path / "corpus")


def test_a_draft_becomes_a_case_with_its_files_stored(corpus):
    file = png(picture(1, 32))
    done = ingest(draft("a", images={"sem": file}, masks={"pore": png(picture(2, 32))}), corpus=corpus, known={})
    assert done.rejected == ()
    image = done.case.images["sem"]
    assert (image.content, image.shape, image.bits) == (sha256(file.origin.data).hexdigest(), (32, 32), 8)
    assert corpus.object_path(image).read_bytes() == file.origin.data
    assert corpus.object_path(done.case.masks["pore"]).is_file()
    assert len(done.hashes[image.content]) == HASH_BYTES


def test_spacing_that_the_source_knows_goes_before_the_file(corpus):
    file = ImageFile(png(picture(1)).origin, spacing=(2.0, 2.0), unit="nm")
    image = ingest(draft("a", images={"sem": file}), corpus=corpus, known={}).case.images["sem"]
    assert (image.spacing, image.unit) == ((2.0, 2.0), "nm")


def test_a_broken_image_costs_itself_and_the_only_one_costs_the_case(corpus):
    broken = ImageFile(Encoded(b"\x89PNG\r\n\x1a\n", ".png"))
    one_left = ingest(draft("a", images={"sem": png(picture(1)), "eds": broken}), corpus=corpus, known={})
    assert list(one_left.case.images) == ["sem"]
    assert [rejected.path for rejected in one_left.rejected] == ["eds.png (made by the source)"]
    assert all(rejected.remedy for rejected in one_left.rejected)
    assert ingest(draft("b", images={"eds": broken}), corpus=corpus, known={}).case is None
    broken_mask = ingest(draft("c", masks={"pore": broken}), corpus=corpus, known={})
    assert (list(broken_mask.case.masks), len(broken_mask.rejected)) == ([], 1)


def test_a_missing_file_and_a_senseless_case_are_rejected(corpus, tmp_path):
    done = ingest(draft("a", images={"sem": ImageFile(tmp_path / "none.png")}), corpus=corpus, known={})
    assert done.case is None
    assert "none.png cannot be read: it is not there, or no longer" in done.rejected[0].reason
    senseless = ingest(draft("b", images={}, group=" "), corpus=corpus, known={})
    assert (senseless.case, senseless.rejected[0].remedy) == (None, "correct it in the source")


def test_a_file_whose_hash_is_known_is_not_decoded_again(corpus):
    file = png(np.zeros((8, 8), np.uint8))
    content = sha256(file.origin.data).hexdigest()
    assert ingest(draft("a", images={"sem": file}), corpus=corpus, known={}).hashes[content] == FLAT
    assert ingest(draft("a", images={"sem": file}), corpus=corpus, known={content: b"known"}).hashes == {
        content: b"known"
    }


def test_linked_files_stay_where_they_are(corpus, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(picture(1)).origin.data)
    image = ingest(draft("a", images={"sem": ImageFile(path)}), corpus=corpus, known={}, link=True).case.images["sem"]
    assert image.path == str(path.resolve())
    assert not any((corpus.path / "objects").rglob("*.png"))
    made = ingest(draft("b", images={"sem": png(picture(2))}), corpus=corpus, known={}, link=True).case.images["sem"]
    assert made.path is None  # what a source made lies nowhere else


def test_a_draft_of_words_alone_is_a_case(corpus):
    done = ingest(draft("a", images={}, texts=(Passage("report", "Fine."),)), corpus=corpus, known={})
    assert (done.case.images, done.rejected) == ({}, ())


def test_a_draft_that_no_check_foresaw_costs_itself(corpus):
    odd = replace(draft("a", images={}), texts=5)
    done = ingest(odd, corpus=corpus, known={})
    assert done.case is None
    assert "texts of case a must be a list" in done.rejected[0].reason
    odd = replace(draft("b"), images=5)
    done = ingest(odd, corpus=corpus, known={})
    assert (done.case, done.rejected[0].path) == (None, "b")
    assert "cannot be made a case: AttributeError" in done.rejected[0].reason


@pytest.mark.parametrize("name", ["a\0b", "m" * 300, "../../x", "\ud800", "é" * 200, 5])
def test_any_name_of_a_modality_is_stored_or_refused(corpus, name):
    done = ingest(draft("a", images={name: png(picture(1))}), corpus=corpus, known={})
    refused = name in ("a\0b", "\ud800", 5)
    assert (done.case is None) == refused == bool(done.rejected)


def scan(values, affine):
    image = nib.Nifti1Image(values, affine)
    return ImageFile(Encoded(gzip.compress(image.to_bytes()), ".nii.gz"))


def test_a_mask_off_the_grid_of_the_images_is_rejected_whatever_the_source(corpus):
    values = np.arange(720, dtype=np.int16).reshape(10, 9, 8)
    images = {"t1": scan(values, np.diag([2.0, 2, 3, 1]))}
    masks = {
        "on": scan(values % 2, np.diag([2.0, 2, 3, 1])),
        "finer": scan(np.zeros((20, 18, 24), np.int16), np.eye(4)),
        "moved": scan(values % 2, np.diag([2.0, 2, 4, 1])),
    }
    taken = ingest(draft("a", images=images, masks=masks), corpus=corpus, known={})
    assert list(taken.case.masks) == ["on"]
    assert [rejected.reason.partition(",")[0] for rejected in taken.rejected] == [
        "the mask finer has the grid (24",
        "the mask moved has the grid (8",
    ]
    flat = ingest(
        draft("b", images={"sem": png(picture(1))}, masks={"pore": png(picture(2, 32))}), corpus=corpus, known={}
    )
    assert (dict(flat.case.masks), len(flat.rejected)) == ({}, 1)


def test_a_series_is_no_image_with_channels_that_nobody_declared(corpus):
    images = {"dwi": scan(np.zeros((4, 4, 4, 7), np.int16), np.eye(4)), "t1": scan(np.ones((4, 4, 4)), np.eye(4))}
    taken = ingest(draft("a", images=images), corpus=corpus, known={})
    assert list(taken.case.images) == ["t1"]
    assert "is a series of shape (4, 4, 4, 7)" in taken.rejected[0].reason


def test_what_a_format_guessed_is_a_step(corpus):
    image = nib.Nifti1Image(np.ones((4, 4, 4), np.int16), np.diag([2.0, 2, 3, 1]))
    for row in ("srow_x", "srow_y", "srow_z"):
        image.header[row] = 0
    image.header["sform_code"], image.header["qform_code"], image.header["vox_offset"] = 1, 1, 352
    void = image.header.binaryblock + bytes(4) + np.ones((4, 4, 4), np.int16).tobytes()
    for known in ({}, {sha256(void).hexdigest(): bytes(32)}):
        taken = ingest(draft("a", images={"t1": ImageFile(Encoded(void, ".nii"))}), corpus=corpus, known=known)
        assert taken.case.provenance.steps == ("t1: the sform is void, so the orientation is that of the qform",)
        assert taken.case.images["t1"].spacing == (3.0, 2.0, 2.0)
