"""WebDataset: shards are the same bytes each time, of bounded size, and read from anybody."""

import tarfile

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus, webdataset
from lexiscope.corpus.exchange.webdataset import WebdatasetSource
from lexiscope.testing import make_corpus


def test_the_same_corpus_gives_the_same_bytes(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 4)
    for name in ("one", "two"):
        export_corpus(corpus, tmp_path / name, form="webdataset")
    one, two = ((tmp_path / name / "shard-000000.tar").read_bytes() for name in ("one", "two"))
    assert one == two


def test_files_of_a_case_share_a_name(tmp_path):
    export_corpus(make_corpus(tmp_path / "corpus", 1), tmp_path / "out", form="webdataset")
    with tarfile.open(tmp_path / "out" / "shard-000000.tar") as archive:
        names = archive.getnames()
    assert names == ["case-0000.json", "case-0000.txt", "case-0000.images.photo.png"]


def test_a_full_shard_is_followed_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(webdataset, "_SHARD", 1)
    corpus = make_corpus(tmp_path / "corpus", 3)
    export_corpus(corpus, tmp_path / "out", form="webdataset")
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [f"shard-{n:06d}.tar" for n in range(3)]
    import_corpus(tmp_path / "back", tmp_path / "out", form="webdataset")
    assert Corpus.open(tmp_path / "back").version == corpus.version


def test_a_member_that_is_too_large_is_rejected_and_the_rest_is_read(tmp_path, monkeypatch):
    export_corpus(make_corpus(tmp_path / "corpus", 2), tmp_path / "out", form="webdataset")
    monkeypatch.setattr(webdataset, "_LARGEST_MEMBER", 100)
    items = WebdatasetSource(tmp_path / "out").drafts()
    reasons = [getattr(item, "reason", "") for item in items]
    assert any("more than 100" in reason for reason in reasons)


def test_a_folder_without_shards_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected tar shards in"):
        WebdatasetSource(tmp_path).drafts()
