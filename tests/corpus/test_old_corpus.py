"""A corpus directory as lexiscope 0.1 first wrote it: opened, listed, audited, and added to.

Everything on disk is spelled out here, so that a change of today's code cannot change the fixture with it.
"""

import json
from pathlib import Path

import lance
import pyarrow as pa
import pytest

from lexiscope.core import Case, Provenance, Span, Turn
from lexiscope.core.errors import CorpusError
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.summary import summarise
from lexiscope.sources.pixels import read_pixels
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft

_VERSION = "49977bfa09b1c2b0"  # content version that lexiscope printed then
_PNG = {
    "f73d972d11ed75fdcc8565fa0354db911750c24f67d4128285281ea091440804": (
        "89504e470d0a1a0a0000000d4948445200000006000000060800000000c5a7b0940000003549444154789c012a00d5ff00fee32178f2bc"
        "02079f442f5f0400ba9550f2cc1700eb07f5a3e62301d19d3d26dc0200d9f1a871cc3e9285134b0fa9091d0000000049454e44ae426082"
    ),
    "ac0467bdbd20c8553b2f19835704f0725f89eb2527df792cab52f343a5f2250a": (
        "89504e470d0a1a0a0000000d4948445200000006000000060800000000c5a7b0940000003349444154789c6338109e75d59d89f187a712"
        "6f970253d60ad6dbcad318de65c849149c67e1634b7fabf597a14deccae39d2100413c102681ac83af0000000049454e44ae426082"
    ),
    "aa2fc4fc33b71f24ffd5bf4c580eb2d66f4b6d37a86f38c253bea7d34ebd2920": (
        "89504e470d0a1a0a0000000d4948445200000006000000060800000000c5a7b0940000003549444154789c012a00d5ff01f7cafc11c487"
        "00ec14f4d2ee2c010498029dfab60268912816eae100230685dd38910007940d0e1509ad1b11139dddda280000000049454e44ae426082"
    ),
}
_SEM, _MASK, _OTHER = _PNG
_IMAGE = pa.struct(
    [
        ("modality", pa.string()),
        ("content", pa.string()),
        ("format", pa.string()),
        ("shape", pa.list_(pa.int32())),
        ("channels", pa.int32()),
        ("bits", pa.int32()),
        ("spacing", pa.list_(pa.float64())),
        ("unit", pa.string()),
        ("path", pa.string()),
        ("look", pa.binary()),
    ]
)
_PASSAGE = pa.struct(
    [
        ("kind", pa.string()),
        ("text", pa.string()),
        ("author", pa.string()),
        ("column", pa.string()),
        ("states", pa.list_(pa.string())),
    ]
)
_SPAN = pa.struct([("passage", pa.int32()), ("start", pa.int32()), ("end", pa.int32())])
_TURN = pa.struct(
    [
        ("question", pa.string()),
        ("answer", pa.string()),
        ("kind", pa.string()),
        ("level", pa.string()),
        ("author", pa.string()),
        ("evidence", pa.list_(_SPAN)),
        ("topic", pa.string()),
    ]
)
_PROVENANCE = pa.struct(
    [("source", pa.string()), ("licence", pa.string()), ("locator", pa.string()), ("steps", pa.list_(pa.string()))]
)
_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("split", pa.string()),
        pa.field("images", pa.list_(_IMAGE)),
        pa.field("masks", pa.list_(_IMAGE)),
        pa.field("texts", pa.list_(_PASSAGE)),
        pa.field("turns", pa.list_(_TURN)),
        pa.field("attributes", pa.string()),
        pa.field("provenance", _PROVENANCE),
        pa.field("fingerprint", pa.binary(32), nullable=False),
    ]
)


def _image(modality, content, **fields):
    plain = {"format": "png", "shape": [6, 6], "channels": 1, "bits": 8}
    return {"modality": modality, "content": content, **plain, **fields}


_ROWS = [
    {
        "id": "visit-1",
        "group": "patient-1",
        "split": "train",
        "images": [
            _image(
                "sem",
                _SEM,
                spacing=[2.5, 2.5],
                unit="nm",
                look=bytes.fromhex("55a923dee3debe03f68bf39fe3de0c60097441fc1c214c60097401dce3debe03"),
            )
        ],
        "masks": [_image("pore", _MASK)],
        "texts": [
            {"kind": "caption", "text": "A pore in glass, marked.", "author": "human", "column": "caption"},
            {"kind": "report", "text": "It is open.", "author": "lexiscope-template", "states": ["kind"]},
        ],
        "turns": [
            {
                "question": "Is there a pore?",
                "answer": "yes",
                "kind": "closed",
                "level": "simple",
                "author": "human",
                "evidence": [{"passage": 0, "start": 0, "end": 6}],
                "topic": "defect",
            }
        ],
        "attributes": '{"kind":"pore","age":61,"flat":false,"width":0.5}',
        "provenance": {
            "source": "table",
            "licence": "CC-BY-4.0",
            "locator": '{"file":"a.csv","row":1}',
            "steps": ["resampled"],
        },
        "fingerprint": bytes.fromhex("841f78a5b20aadd441622ffbe0fc52f05b34d26e18a44433eb2c0429004a4ff8"),
    },
    {
        "id": "visit-2",
        "group": "patient-2",
        "split": "test",
        "images": [
            _image(
                "sem",
                _OTHER,
                look=bytes.fromhex("8c60dc2151add93563de01fc53adfe039c2123deae5226de9c21d6ab51ad8b74"),
            )
        ],
        "masks": [],
        "texts": [],
        "turns": [],
        "attributes": "{}",
        "provenance": {"source": "table", "licence": "unknown", "locator": "{}", "steps": []},
        "fingerprint": bytes.fromhex("1bc318acfe16eac14aaf2f55b47a9b6a47ba8a1341f669973b3c697497553b08"),
    },
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "corpus"
    for content, png in _PNG.items():
        file = path / "objects" / content[:2] / f"{content}.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes.fromhex(png))
    lance.write_dataset(pa.Table.from_pylist(_ROWS, schema=_SCHEMA), str(path / "cases.lance"), schema=_SCHEMA)
    (path / "corpus.json").write_text('{\n  "format": 1\n}\n')
    (path / "rejected.jsonl").write_text(
        json.dumps({"path": "a.csv:3", "reason": "r", "remedy": "m", "source": "table:/data/a.csv"}) + "\n"
    )
    return path


def test_it_is_opened_and_says_the_same(old: Path) -> None:
    corpus = Corpus.open(old)
    assert corpus.version == _VERSION
    first, second = corpus
    assert first == corpus["visit-1"]
    assert (first.group, first.split, second.split) == ("patient-1", "train", "test")
    assert first.turns == (Turn("Is there a pore?", "yes", kind="closed", topic="defect", evidence=(Span(0, 0, 6),)),)
    assert first.texts[1].states == ("kind",)
    assert first.attributes == {"kind": "pore", "age": 61, "flat": False, "width": 0.5}
    assert first.provenance == Provenance("table", "CC-BY-4.0", {"file": "a.csv", "row": 1}, ("resampled",))
    assert (first.images["sem"].spacing, first.images["sem"].unit) == ((2.5, 2.5), "nm")
    assert read_pixels(corpus.object_path(first.images["sem"])).shape == (1, 6, 6)


def test_it_is_counted_and_audited(old: Path) -> None:
    summary = summarise(Corpus.open(old))
    assert (summary.cases, summary.images, summary.masks, summary.rejected) == (2, {"sem": 2}, {"pore": 1}, 1)
    report = audit_corpus(old)
    assert report.ok
    assert report.splits == {"test": 1, "train": 1}


def test_it_is_added_to_and_what_is_the_same_stays(old: Path) -> None:
    corpus = Corpus.open(old)
    same = corpus.upsert(list(corpus))
    assert (same.added, same.updated, same.unchanged) == (0, 0, 2)
    corpus.upsert([Case("visit-3", "patient-3", Provenance("by hand"))])
    report = build_corpus(old, DraftSource([draft("fourth")]))
    assert (report.cases, report.added) == (4, 1)
    kept = {
        row["id"]: row["images"][0]["look"]
        for row in Corpus.open(old).rows()
        if row["id"].startswith("visit") and row["images"]
    }
    assert kept == {row["id"]: row["images"][0]["look"] for row in _ROWS}


def test_one_of_a_later_format_is_refused(old: Path) -> None:
    (old / "corpus.json").write_text('{"format": 2}')
    with pytest.raises(CorpusError, match="has format 2, this lexiscope reads 1; update lexiscope"):
        Corpus.open(old)
