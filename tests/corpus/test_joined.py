"""Two corpora read as one for the audit: what was learned from, and what is measured."""

import pytest

from lexiscope.core.errors import CorpusError
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.joined import LEARNED, MEASURED, JoinedCorpora
from lexiscope.testing import make_corpus


@pytest.fixture
def corpora(tmp_path):
    return make_corpus(tmp_path / "one", 10), make_corpus(tmp_path / "two", 4, seed=1)


def test_each_part_gets_its_new_split(corpora):
    learned, measured = corpora
    joined = JoinedCorpora([(learned, "train")], (measured, None))
    rows = list(joined.rows(columns=["id", "split"]))
    assert [row["split"] for row in rows] == [LEARNED] * learned.count("train") + [MEASURED] * 4
    assert {row["id"] for row in rows if row["split"] == LEARNED} == {case.id for case in learned.cases("train")}


def test_files_are_found_in_any_part(corpora):
    learned, measured = corpora
    joined = JoinedCorpora([(learned, None)], (measured, None))
    for corpus in corpora:
        image = next(iter(corpus)).images["photo"]
        assert joined.object_path(image).read_bytes() == corpus.object_path(image).read_bytes()
    image = next(iter(measured)).images["photo"]
    measured.object_path(image).unlink()
    with pytest.raises(CorpusError, match="is missing"):
        joined.object_path(image)


def test_the_audit_sees_what_they_share(corpora):
    learned, _ = corpora
    assert not audit_corpus(JoinedCorpora([(learned, "train")], (learned, "train"))).ok
    assert audit_corpus(JoinedCorpora([(learned, "train")], (learned, "test"))).ok
