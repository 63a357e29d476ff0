"""Samples of other programs: captions and licences of their .json, upper-case suffixes, several files of a kind."""

import json

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.corpus.exchange.foreign_sample import draft_of_sample


def of(**files):
    return draft_of_sample("dir/001", {name.replace("_", "."): data for name, data in files.items()}, shard="a.tar")


def test_a_sample_as_img2dataset_writes_it():
    facts = {
        "caption": "Melt 1, with bubbles.",
        "url": "https://example.org/x.jpg",
        "license": "CC BY 4.0",
        "key": "001",
    }
    draft = of(JPG=b"jpeg", json=json.dumps(facts | {"width": 640, "exif": "{}", "error_message": None}).encode())
    assert (draft.id, draft.group, list(draft.images)) == ("dir/001", "dir/001", ["image"])
    assert [(text.kind, text.text) for text in draft.texts] == [("caption", "Melt 1, with bubbles.")]
    assert draft.provenance.licence == "CC BY 4.0"
    assert draft.attributes == {"url": "https://example.org/x.jpg", "key": "001", "width": 640, "exif": "{}"}
    assert draft.provenance.locator == {"shard": "a.tar", "key": "dir/001"}


def test_one_text_that_two_files_hold_is_one():
    draft = of(
        TXT=b"Melt 1.\n", json=b'{"caption": "Melt 1.", "alt_text": "A melt.", "captions": ["Melt 1.", "Other."]}'
    )
    assert [(text.kind, text.text) for text in draft.texts] == [
        ("caption", "Melt 1."),
        ("alt_text", "A melt."),
        ("caption", "Other."),
    ]


def test_files_of_a_kind_keep_their_names():
    draft = of(
        input_png=b"1", MASK_PNG=b"2", jpg=b"3", JPG=b"4", report_txt="größer".encode("cp1252"), cls=b"7", npy=b"x"
    )
    assert list(draft.images) == ["input", "mask", "image", "image_2"]
    assert [(text.kind, text.column) for text in draft.texts] == [("report", "report")]
    assert draft.attributes == {"cls": 7}
    masks, guessed, left_out = draft.provenance.steps
    assert masks == "mask is called like a mask, and was read as an image: tables read masks"
    assert guessed.startswith("text that is no UTF-8 was read as Windows-1252 (guessed")
    assert left_out == ".npy was not read"


def test_facts_that_no_corpus_holds():
    data = (
        b'{"a": NaN, "n": 1'
        + b"0" * 400
        + b', "d": {"b": 1}, "l": [1], "null": null, "t": true, "word": "nan", "caption": 5}'
    )
    draft = of(json=data)
    assert draft.attributes == {"n": "1" + "0" * 400, "t": True, "caption": 5}
    assert draft.provenance.steps == tuple(
        f"{name} of the .json was left out: it holds several values" for name in "dl"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_json_of_any_encoding(encoding):
    assert of(json='{"caption": "größer"}'.encode(encoding)).texts[0].text == "größer"


@pytest.mark.parametrize("data", [b"{", b"[1]", b"", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_a_broken_json_is_named(data):
    with pytest.raises(SourceError, match=r"in the \.json"):
        of(json=data)
