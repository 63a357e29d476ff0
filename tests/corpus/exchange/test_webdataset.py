"""WebDataset: shards are the same bytes each time, of bounded size, and read from anybody."""

import io
import tarfile

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus, shard, webdataset
from lexiscope.corpus.exchange.webdataset import WebdatasetSource
from lexiscope.corpus.rejections import read_rejections
from lexiscope.testing import make_corpus
from lexiscope.testing.drafts import picture, png


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
    monkeypatch.setattr(shard, "LARGEST_MEMBER", 100)
    items = WebdatasetSource(tmp_path / "out").drafts()
    reasons = [getattr(item, "reason", "") for item in items]
    assert any("more than 100" in reason for reason in reasons)


def test_a_folder_without_shards_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected tar shards in"):
        WebdatasetSource(tmp_path).drafts()


def test_shards_of_others_unsorted_upper_case_and_in_folders(tmp_path):
    picture_bytes = png(picture(1)).origin.data
    (tmp_path / "shards" / "train").mkdir(parents=True)
    with tarfile.open(tmp_path / "shards" / "train" / "0.TAR", "w") as archive:
        for name, data in [
            *((f"./{n}.PNG", picture_bytes) for n in range(3)),
            ("._0.PNG", b"mac"),
            *((f"{n}.txt", b"Melt.") for n in range(3)),
        ]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    (tmp_path / "shards" / "more.tar.gz").write_bytes(b"")
    report = import_corpus(tmp_path / "corpus", tmp_path / "shards", form="webdataset")
    assert (report.added, report.rejected) == (3, 1)
    assert [[text.text for text in case.texts] for case in Corpus.open(tmp_path / "corpus")] == [["Melt."]] * 3
    (line,) = read_rejections(tmp_path / "corpus")
    assert (line["path"].endswith("more.tar.gz"), line["remedy"]) == (True, "unpack it to a .tar beside it")
