import os

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.images import ImagesSource


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "steel").mkdir()
    for name in ("b.png", "a.tif", "steel/c.JPG"):
        Pillow.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / name)
    (tmp_path / "b.txt").write_text("A fracture.\n")
    (tmp_path / "notes.md").write_text("no image")
    return tmp_path


def test_one_case_a_file_with_the_text_beside_it(folder):
    drafts = list(ImagesSource(folder, licence="CC0").drafts())
    assert [(draft.id, draft.group) for draft in drafts] == [("a", "a"), ("b", "b"), ("steel/c", "steel")]
    assert [[p.text for p in draft.texts] for draft in drafts] == [[], ["A fracture."], []]
    assert {draft.provenance.licence for draft in drafts} == {"CC0"}


def test_files_of_one_name_keep_their_suffix_in_the_id(folder):
    Pillow.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "a.png")
    assert [draft.id for draft in ImagesSource(folder).drafts()] == ["a.png", "a.tif", "b", "steel/c"]


def test_links_out_and_pipes_are_rejected(folder):
    (folder / "z.png").symlink_to("/etc/passwd")
    os.mkfifo(folder / "y.png")
    found = list(ImagesSource(folder).drafts())
    assert len(found) == 5
    assert sum(isinstance(one, Rejected) for one in found) == 2


def test_text_links_that_leave_are_not_read(folder):
    (folder / "a.txt").symlink_to("/etc/passwd")
    rejected = next(iter(ImagesSource(folder).drafts()))
    assert isinstance(rejected, Rejected)
    assert "outside" in rejected.reason


def test_a_folder_without_images_is_wrong_use(tmp_path):
    assert not ImagesSource.detect(tmp_path)
    with pytest.raises(UsageError, match="found none"):
        ImagesSource(tmp_path).drafts()
