import dataclasses

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import CorpusError, SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.serve.contents import Contents
from lexiscope.serve.gallery import Gallery
from lexiscope.serve.problems import NotFoundError
from lexiscope.testing import make_corpus


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """A corpus of volumes with masks; for tests that change nothing."""
    return make_corpus(tmp_path_factory.mktemp("corpus") / "scans", 6, volumes=True, masks=True)


def test_images_and_masks_are_found_by_their_content(corpora):
    contents = Contents(corpora)
    for case in corpora:
        for image in (*case.images.values(), *case.masks.values()):
            assert contents.find(image.content).content == image.content
    for other in ("0" * 64, "x" * 64, "", "../../etc/passwd"):
        assert contents.find(other) is None


def test_what_was_added_is_shown_once_the_corpus_is_opened_again(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 2)
    gallery = Gallery(Corpus.open(tmp_path / "corpus"), tmp_path / "pictures")
    image = corpus["case-0000"].images["photo"]
    other = dataclasses.replace(image, content=corpus["case-0001"].images["photo"].content)
    assert gallery.find(image.content).known == image
    corpus.upsert([dataclasses.replace(corpus["case-0000"], images={"photo": other})])
    assert gallery.find(image.content).known == image  # as when it was opened
    gallery.reopen(Corpus.open(tmp_path / "corpus"))
    assert gallery.find(other.content).known == other
    with pytest.raises(NotFoundError, match="content hash of an image of this corpus"):
        gallery.find(image.content)


def test_a_thumbnail_is_made_once_and_kept_below_the_servers_folder(corpora, tmp_path):
    gallery = Gallery(corpora, tmp_path)
    content = corpora["case-0000"].masks["spot"].content
    first = gallery.thumbnail(content, size=64)
    assert first.is_relative_to(tmp_path)
    assert Pillow.open(first).size == (64, 64)
    written = first.stat().st_ino
    assert gallery.thumbnail(content, size=64).stat().st_ino == written
    assert gallery.thumbnail(content, size=32) != first
    with pytest.raises(UsageError, match="size must be 8 to 4096"):
        gallery.thumbnail(content, size=10**9)


def test_facts_hold_the_spacing_that_the_corpus_knows(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 1)
    case = corpus["case-0000"]
    content = case.images["photo"].content
    gallery = Gallery(corpus, tmp_path / "made")
    assert gallery.about(content)["scale"] is None
    known = dataclasses.replace(case.images["photo"], spacing=(5.0, 5.0), unit="nm")
    corpus.upsert([dataclasses.replace(case, images={"photo": known})])
    assert gallery.about(content)["scale"] == {"y": 5.0, "x": 5.0, "unit": "nm"}


def test_files_beside_the_corpus_are_shown_alike(tmp_path):
    nib.save(nib.Nifti1Image(np.ones((4, 4, 4), np.uint8), np.eye(4)), tmp_path / "found.nii.gz")
    gallery = Gallery(None, tmp_path / "made")
    content = gallery.show(tmp_path / "found.nii.gz")
    assert gallery.about(content)["shape"] == [4, 4, 4]
    assert gallery.volume(content, limit_mb=256).path == tmp_path / "found.nii.gz"
    (tmp_path / "found.nii.gz").unlink()
    with pytest.raises(NotFoundError, match="expected the content hash of an image of this corpus"):
        gallery.find(content)


def test_damaged_and_missing_files_are_told_and_leave_nothing(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 1, volumes=True)
    image = next(iter(corpus["case-0000"].images.values()))
    path = corpus.object_path(image)
    gallery = Gallery(corpus, tmp_path / "made")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SourceError, match="damaged or truncated"):
        gallery.thumbnail(image.content, size=64)
    path.unlink()
    with pytest.raises(CorpusError, match="build again to restore it"):
        gallery.about(image.content)
    assert not (tmp_path / "made").exists()


def test_tiles_of_a_volume_are_refused_and_a_plane_gives_them(corpora, tmp_path):
    with pytest.raises(UsageError, match="this is a volume"):
        Gallery(corpora, tmp_path).pyramid(next(iter(corpora["case-0000"].images.values())).content)
