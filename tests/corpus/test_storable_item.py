"""Names of files that are no UTF-8 are written out and said; what can be no id is a rejection."""

import os
from dataclasses import replace

import pytest

from lexiscope.core import Provenance
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.rejections import read_rejections
from lexiscope.corpus.storable_item import WRITTEN_OUT, storable
from lexiscope.sources import Draft, Rejected
from lexiscope.sources.images import ImagesSource
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, picture, png


def test_bytes_of_a_name_are_written_out_and_said():
    given = Draft("\udcff", "g\udc80", Provenance("images", locator={"file": "\udcff.png", "row": 3}, steps=("cut",)))
    done = storable(given)
    assert (done.id, done.group) == (r"\xff", r"g\x80")
    assert done.provenance.locator == {"file": r"\xff.png", "row": 3}
    assert done.provenance.steps == ("cut", WRITTEN_OUT)


def test_readable_names_are_left_alone():
    for item in (Draft("größe", "g", Provenance("images")), Rejected("a", "b", "c")):
        assert storable(item) is item


@pytest.mark.parametrize("odd", [5, None, ["a"], "\ud800", "a\0b", "x" * 5000])
def test_what_can_be_no_id_costs_one_case(tmp_path, odd):
    drafts = [draft("good"), replace(draft("odd"), id=odd), draft("good too")]
    report = build_corpus(tmp_path / "corpus", DraftSource(drafts))
    assert (report.added, report.rejected) == (2, 1)
    (line,) = read_rejections(tmp_path / "corpus")
    assert "id of a case must" in line["reason"]
    assert line["remedy"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_picture_whose_name_is_no_utf8_is_read(tmp_path):
    (tmp_path / "pictures").mkdir()
    for name in (b"a.png", b"\xff\xe9.png", b"z.png"):
        with open(os.path.join(os.fsencode(tmp_path / "pictures"), name), "wb") as stream:  # noqa: PTH118, PTH123
            stream.write(png(picture(len(name))).origin.data)
    report = build_corpus(tmp_path / "corpus", ImagesSource(tmp_path / "pictures"))
    assert (report.added, report.rejected) == (3, 0)
    case = Corpus.open(tmp_path / "corpus")[r"\xff\xe9"]
    assert case.provenance.locator["file"] == r"\xff\xe9.png"
    assert WRITTEN_OUT in case.provenance.steps
