"""What a format can hold comes back equal; what is malformed is named and never leaves its folder."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core import Passage, Span, Turn
from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.corpus import EXCHANGE, Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus
from lexiscope.sources import detect_source
from lexiscope.testing import DraftSource, make_corpus, make_drafts
from lexiscope.testing.drafts import draft, picture, png


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    turns = (
        Turn("Is there a crack?", "yes", "closed", "complex", "gpt", (Span(0, 0, 4),)),
        Turn("Where?", "left", topic="POS"),
    )
    drafts = [
        draft("../odd id.1/ü", turns=turns, split="heldout", attributes={"age": 3, "ratio": 0.5, "male": True}),
        draft("two", images={"t1.w/x": png(picture(1)), "flair": png(picture(2))}, masks={"lesion": png(picture(3))}),
        draft("words", images={}, texts=(Passage("caption", "one"), Passage("mention", "two", "gpt", "col"))),
        *make_drafts(3, volumes=True, missing=0.5),
    ]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    return Corpus.open(tmp_path / "corpus")


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_exact_round_trip(corpus: Corpus, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    assert export_corpus(corpus, out, form=form).cases == 6
    report = import_corpus(tmp_path / "back", out, form=form, jobs=2)
    assert (report.added, report.rejected) == (6, 0)
    back = Corpus.open(tmp_path / "back")
    assert list(back) == list(corpus)
    assert back.version == corpus.version
    assert import_corpus(tmp_path / "back", out, form=form).unchanged == 6
    for case in back:
        for image in case.images.values():
            assert back.object_path(image).read_bytes() == corpus.object_path(image).read_bytes()


def test_llava_round_trip(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, tmp_path / "out", form="llava")
    entries = json.loads((tmp_path / "out" / "conversations.json").read_text())
    assert isinstance(entries[0]["image"], str)
    assert len(entries[1]["image"]) == 2
    assert entries[1]["conversations"][0]["value"].count("<image>") == 2
    assert all("image" in entry for entry in entries)
    import_corpus(tmp_path / "back", tmp_path / "out", form="llava")
    back = Corpus.open(tmp_path / "back")
    assert "words" not in back
    for other in back:
        case = corpus[other.id]
        assert (other.group, other.split, other.images) == (case.group, case.split, case.images)
        assert other.texts[0].text == case.texts[0].text
        assert [(t.question, t.answer) for t in other.turns] == [(t.question, t.answer) for t in case.turns]
        assert other.provenance.licence == case.provenance.licence


def test_llava_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    said = [{"from": "human", "value": "What is it?\n<image>"}, {"from": "gpt", "value": "A grain."}]
    entries = [
        {"id": "good", "image": "a.png", "conversations": said},
        {"id": "outside", "image": "../../etc/passwd", "conversations": said},
        {"id": "no conversation", "image": "a.png"},
        "nonsense",
    ]
    (tmp_path / "llava.json").write_text(json.dumps(entries))
    report = import_corpus(tmp_path / "corpus", tmp_path / "llava.json", form="llava")
    assert (report.added, report.rejected) == (1, 3)
    assert Corpus.open(tmp_path / "corpus")["good"].turns == (Turn("What is it?", "A grain."),)
    with pytest.raises(UsageError, match="JSON list"):
        import_corpus(tmp_path / "corpus", tmp_path / "a.png", form="llava")


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def test_webdataset_of_other_programs(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add(archive, "x/001.png", png(picture(1)).origin.data)
        add(archive, "x/001.txt", b"a caption")
        add(archive, "x/001.json", b'{"age": 3, "list": [1]}')
        add(archive, "../../escape.png", png(picture(2)).origin.data)
        add(archive, "003.json", b"[1")
        link = tarfile.TarInfo("004.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "b.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:1500])
    report = import_corpus(tmp_path / "corpus", tmp_path, form="webdataset")
    corpus = Corpus.open(tmp_path / "corpus")
    assert corpus["x/001"].texts[0].text == "a caption"
    assert corpus["x/001"].attributes == {"age": 3}
    assert report.rejected >= 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "b.tar", "corpus"]


def test_changed_bytes_are_noticed(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, tmp_path / "out", form="webdataset")
    shard = next((tmp_path / "out").glob("*.tar"))
    data = bytearray(shard.read_bytes())
    place = data.index(b"IHDR") + 30
    data[place] ^= 1
    shard.write_bytes(data)
    report = import_corpus(tmp_path / "back", tmp_path / "out", form="webdataset")
    assert report.rejected == 1
    assert "not those that were exported" in (tmp_path / "back" / "rejected.jsonl").read_text()


def test_msd_round_trip(tmp_path: Path) -> None:
    drafts = make_drafts(6, volumes=True)
    build_corpus(tmp_path / "corpus", DraftSource([*drafts, *make_drafts(8, volumes=True, missing=0.9)[6:]]))
    corpus = Corpus.open(tmp_path / "corpus")
    report = export_corpus(corpus, tmp_path / "out", form="msd")
    assert (report.cases, report.left_out) == (6, 2)
    assert "lacking a modality" in report.reason
    assert import_corpus(tmp_path / "back", tmp_path / "out", form="msd").added == 6
    back = Corpus.open(tmp_path / "back")
    one, two = corpus["case-0000"].images["flair"], back["case-0000"].images["flair"]
    assert (one.shape, one.spacing, one.unit) == (two.shape, two.spacing, two.unit)


def test_bids_round_trip(tmp_path: Path) -> None:
    report = {"texts": (Passage("report", 'Two\nlines of "words".'), Passage("report", "More."))}
    drafts = make_drafts(4, volumes=True)
    drafts[0] = replace(drafts[0], **report, attributes={"age": 50, "sex": "F"}, group="p/1", split="train")
    drafts[0] = replace(drafts[0], masks={"left lesion": drafts[0].images["flair"]})
    drafts[1] = replace(drafts[1], group="p-1")
    build_corpus(tmp_path / "corpus", DraftSource([*drafts, draft("plane")]))
    corpus = Corpus.open(tmp_path / "corpus")
    told = export_corpus(corpus, tmp_path / "out", form="bids")
    assert (told.cases, told.left_out) == (4, 1)
    assert "without a volume that BIDS has a name for" in told.reason
    assert told.left_behind["texts"] >= 1
    assert detect_source(tmp_path / "out") == "bids"
    assert import_corpus(tmp_path / "back", tmp_path / "out", form="bids").added == 4
    back = {case.attributes["case"]: case for case in Corpus.open(tmp_path / "back")}
    first = back[drafts[0].id]
    assert (first.group, first.split, back[drafts[1].id].group) == ("sub-p1", "train", "sub-p1x2")
    assert (first.attributes["age"], first.attributes["sex"], first.attributes["source_group"]) == (50, "F", "p/1")
    assert [(text.kind, text.text) for text in first.texts] == [("report", "Two lines of 'words'.")]
    one, two = corpus[drafts[0].id].images["flair"], first.images["FLAIR"]
    assert (one.content, one.shape, one.spacing) == (two.content, two.shape, two.spacing)
    assert list(first.masks) == ["leftlesion"]


def test_export_is_whole_or_absent(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        export_corpus(corpus, tmp_path / "there", form="parquet")
    with pytest.raises(UsageError, match="Did you mean 'parquet'"):
        export_corpus(corpus, tmp_path / "out", form="parket")
    image = corpus["two"].images["flair"]
    corpus.object_path(image).unlink()
    for form in EXCHANGE:
        if form not in ("msd", "bids"):  # which leave a picture of that format out before they miss its file
            with pytest.raises(Exception, match="missing"):
                export_corpus(corpus, tmp_path / "out", form=form)
            assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["llava", "openai", "webdataset", "parquet"])
def test_two_exports_into_one_place_never_publish_a_torn_one(tmp_path: Path, form: str) -> None:
    corpus = make_corpus(tmp_path / "corpus", 4, size=16)
    out = tmp_path / "out"
    refused = []

    def again(done: int, total: int | None, what: str) -> None:
        with pytest.raises(LexiscopeError, match="is being written by another process") as error:
            export_corpus(corpus, out, form=form)
        refused.append(error)

    report = export_corpus(corpus, out, form=form, progress=again)
    assert refused
    assert import_corpus(tmp_path / "back", out, form=form).added == report.cases
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "out", "back"}
