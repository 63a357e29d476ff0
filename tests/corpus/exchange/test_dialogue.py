"""Conversations out and back, and files of others checked row by row."""

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli import corpus as verb
from lexiscope.core import Passage, Turn
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus, validate_file
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, picture, png

FORMS = ("llava", "openai")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    turns = (Turn("Is there a crack?", "Yes", "defect", "complex", "gpt"), Turn("Where?", "Left", topic="POS; PRES"))
    drafts = [
        draft("../odd id.1/ü", turns=turns, split="train"),
        draft("two", images={"t1": png(picture(1)), "flair": png(picture(2))}),
        draft("words", images={}, texts=(Passage("caption", "one"),)),
        draft("silent", texts=()),
    ]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    return Corpus.open(tmp_path / "corpus")


@pytest.mark.parametrize("lone", [True, False], ids=["file", "folder"])
@pytest.mark.parametrize("form", FORMS)
def test_round_trip(corpus: Corpus, tmp_path: Path, form: str, lone: bool) -> None:
    out = tmp_path / ("out" + (".json" if form == "llava" else ".jsonl") * lone)
    report = export_corpus(corpus, out, form=form)
    assert (report.cases, report.left_out) == (2, 2)
    assert report.reason == "1 without a describing text or a turn; 1 without an image"
    assert out.is_file() == lone
    checked = validate_file(out, form=form)
    assert (checked.ok, checked.rows) == (True, 2)
    assert import_corpus(tmp_path / "back", out, form=form).rejected == 0
    back = Corpus.open(tmp_path / "back")
    assert len(back) == 2
    for other in back:
        case = corpus[other.id]
        assert (other.group, other.split, other.images) == (case.group, case.split, case.images)
        assert other.turns == case.turns
        assert [text.text for text in other.texts] == [case.texts[0].text]


def test_openai_lines_are_what_servers_take(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, tmp_path / "out.jsonl", form="openai")
    first, second = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"] * 3
    assert [part["type"] for part in second["messages"][0]["content"]] == ["image_url", "image_url", "text"]
    assert second["messages"][0]["content"][-1] == {"type": "text", "text": "Describe this image."}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_not_written_over_images(corpus: Corpus, tmp_path: Path, form: str) -> None:
    (tmp_path / "out_images").mkdir()
    with pytest.raises(UsageError, match="out_images exists already"):
        export_corpus(corpus, tmp_path / ("out.json" if form == "llava" else "out.jsonl"), form=form)


_SAID = [{"from": "human", "value": "<image>\nA crack?"}, {"from": "gpt", "value": "Yes"}]
_TWO = {"from": "human", "value": "<image><image> Which is clearer?"}
_ANSWER = [{"from": "human", "value": "A?"}, {"from": "gpt", "value": "B"}]
_ANSWERED = [{"role": "assistant", "content": "Yes"}]
_GOOD = {"id": "good", "image": "a.png", "conversations": _SAID}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (_GOOD, None),
        ({**_GOOD, "image": ["a.png"]}, None),
        ({"id": "words", "conversations": [{"from": "human", "value": "A?"}, {"from": "gpt", "value": "B"}]}, None),
        ("nonsense", "expected an object with id, image and conversations, got str"),
        ({**_GOOD, "image": 3}, "image must be a path or a list of paths, got 3"),
        ({**_GOOD, "image": "b.png"}, "expected a file at"),
        ({**_GOOD, "image": "../../etc/passwd"}, "leads outside"),
        ({**_GOOD, "image": "text.png"}, "text.png"),
        ({"id": "x", "image": "a.png"}, "conversations must be a list"),
        ({**_GOOD, "conversations": []}, "expected at least one question and one answer, got none"),
        ({**_GOOD, "conversations": _SAID[:1]}, "the last turn must be an answer"),
        ({**_GOOD, "conversations": _SAID[::-1]}, "turn 0 must be said by the user, got 'assistant'"),
        ({**_GOOD, "conversations": [_SAID[0], {"from": "gpt", "value": " "}]}, "turn 1 must have words, got ' '"),
        ({**_GOOD, "conversations": [_SAID[0], {"from": "gpt"}]}, "turn 1 must have words, got None"),
        ({**_GOOD, "image": ["a.png", "a.png"]}, "1 <image> in the first turn for 2 images"),
        ({"id": "none", "conversations": _SAID}, "1 <image> in the first turn for 0 images"),
        ({**_GOOD, "conversations": [*_SAID, *_SAID]}, "<image> stands in turn 2; move it to the first"),
        ({**_GOOD, "image": None, "images": ["a.png"]}, None),
        ({**_GOOD, "image": None, "images": "a.png"}, None),
        ({**_GOOD, "image": "sub\\b.png"}, None),
        ({"id": "two", "images": ["a.png", "sub/b.png"], "conversations": [_TWO, _SAID[1]]}, None),
        ({"id": "two", "images": ["a.png", "text.png"], "conversations": [_TWO, _SAID[1]]}, "text.png"),
        ({**_GOOD, "images": ["a.png"]}, "image must be a path or a list of paths, got ['a.png', ['a.png']]"),
        ({**_GOOD, "image": None, "images": [{"path": "a.png"}]}, "image must be a path or a list of paths"),
        ({**_GOOD, "video": "a.mp4"}, "video is not read"),
        ({**_GOOD, "depth": "sub/b.png", "system": "Be kind."}, None),
        ({"id": "x", "img": "a.png", "conversations": _ANSWER}, "img names a picture, and image and images are read"),
        ({**_GOOD, "conversations": [{"from": "system", "value": "Be kind."}, *_SAID]}, None),
        ({"id": "m", "image": "a.png", "messages": [{"role": "user", "content": "<image>A?"}, *_ANSWERED]}, None),
        ({**_GOOD, "conversations": [_SAID[0], {"from": "gpt", "value": None}]}, "turn 1 must have words, got None"),
        ({**_GOOD, "conversations": [_SAID[0], {"from": "gpt", "value": ["a"]}]}, "turn 1 must have words, got ['a']"),
        ({**_GOOD, "conversations": [_SAID[0], {"from": "gpt", "value": 3}]}, "turn 1 must have words, got 3"),
        ({**_GOOD, "conversations": [{"from": ["human"], "value": "A?"}, _SAID[1]]}, "turn 0 must be said by the user"),
        ({**_GOOD, "id": None}, None),
        ({**_GOOD, "id": 7}, None),
        ({**_GOOD, "id": {"a": "b"}}, "id must be text or a number, got {'a': 'b'}"),
        ({**_GOOD, "id": "\ud800"}, "id must be text that UTF-8 can write"),
        ({**_GOOD, "id": "x" * 5000}, "id must have at most 4,096 characters"),
        ({**_GOOD, "id": "null", "licence": None, "group": None, "split": None, "turns": None}, None),
        ({**_GOOD, "group": ["a"]}, "group must be text or a number, got ['a']"),
        ({**_GOOD, "licence": {"a": 1}}, "licence must be text or a number"),
        ({**_GOOD, "split": True}, "split must be text or a number, got True"),
        ({**_GOOD, "modalities": [1]}, "modalities must be 1 different names"),
        ({**_GOOD, "modalities": ["a", "b"]}, "modalities must be 1 different names"),
        ({**_GOOD, "turns": "abc"}, "turns must be a list of objects"),
    ],
)
def test_faults_of_llava_rows(tmp_path: Path, entry: Any, reason: str | None) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.png", "sub/b.png"):
        (tmp_path / name).write_bytes(png(picture(len(name))).origin.data)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "rows.json").write_text(json.dumps([{**_GOOD, "id": "first"}, entry]))
    checked = validate_file(tmp_path / "rows.json", form="llava")
    assert checked.rows == 2
    assert [fault.row for fault in checked.faults] == ([] if reason is None else [1])
    report = import_corpus(tmp_path / "corpus", tmp_path / "rows.json", form="llava")
    assert (report.added, report.rejected) == ((2, 0) if reason is None else (1, 1))
    if reason is not None:
        assert reason in checked.faults[0].reason


def _line(**changes: Any) -> Callable[[str], str]:
    def written(url: str) -> str:
        parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "A crack?"}]
        messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": "Yes"}]
        return json.dumps({"id": "x", "messages": messages, **changes})

    return written


_DATA = "data:image/png;base64," + base64.b64encode(png(picture(1)).origin.data).decode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_line()("a.png"), None),
        (_line()(_DATA), None),
        (_line()("https://example.org/a.png"), "lies on the web, and an import fetches nothing"),
        (_line()("data:image/png;base64,###"), "base64 is damaged"),
        (_line()("data:text/html,x"), "expected data:image/...;base64"),
        (_line()("b.png"), "expected a file at"),
        (_line(messages=[])("a.png"), "expected at least one question"),
        (_line(messages=[{"role": "tool", "content": "x"}])("a.png"), "turn 0 must be said by the user, got 'tool'"),
        (_line(messages="x")("a.png"), "expected an object with messages of role and content"),
        (_line(messages=[None])("a.png"), "expected an object with messages of role and content, got None"),
        (_line(messages=[{"role": "user", "content": 5}])("a.png"), "content must be text or a list of parts, got 5"),
        (_line(messages=[{"role": "user", "content": [{"type": "input_audio"}]}])("a.png"), "text or image_url, got"),
        (_line(messages=[{"role": "user", "content": [{"type": "text"}]}])("a.png"), "text of a part must be text"),
        (_line(messages=[{"role": "user", "content": [{"type": "image_url"}]}])("a.png"), "must hold a url"),
        (_line(split=[1])("a.png"), "split must be text or a number"),
        (_line(modalities=[1])("a.png"), "modalities must be 1 different names"),
        (_line(id="\ud800")("a.png"), "id must be text that UTF-8 can write"),
        (_line(licence=None, id=3)("a.png"), None),
        ("{", "expected JSON"),
        ("[1]", "expected an object with messages"),
    ],
)
def test_faults_of_openai_lines(tmp_path: Path, line: str, reason: str | None) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    (tmp_path / "rows.jsonl").write_text(line + "\n")
    checked = validate_file(tmp_path / "rows.jsonl", form="openai")
    assert [reason in fault.reason for fault in checked.faults] == ([] if reason is None else [True])
    report = import_corpus(tmp_path / "corpus", tmp_path / "rows.jsonl", form="openai")
    assert (report.added, report.rejected) == ((1, 0) if reason is None else (0, 1))


_ODD = (
    None, "", 0, True, [], {}, "a\0b", "\ud800", " ", "x" * 5000, ["a"], [None], "<image>",
    "cut.png", "series.nii", "text.png", "../a.png", "a.png/",
)  # fmt: skip
_SAY = [{"from": "human", "value": "<image><image> Which?"}, {"from": "gpt", "value": "One"}]
_BESIDE = {"split": "train", "group": "g", "licence": "CC0", "turns": [{"kind": "open", "author": "a", "topic": "t"}]}
_ROWS: dict[str, list[dict[str, Any]]] = {
    "llava": [
        {**_GOOD, **_BESIDE, "modalities": ["sem"]},
        {**_BESIDE, "images": ["a.png", "b.png"], "conversations": _SAY, "modalities": ["sem", "bf"]},
    ],
    "openai": [{**json.loads(_line()(url)), **_BESIDE, "modalities": ["sem"]} for url in ("a.png", _DATA)],
}


def _changed(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A row with one value that another program, or a slip, may have written."""
    row = json.loads(json.dumps(row))
    place: Any = row
    while True:
        key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
        if not isinstance(place[key], dict | list) or not place[key] or chance.random() < 0.2:
            place[key] = chance.choice(_ODD)
            return row
        place = place[key]


@pytest.mark.parametrize("form", FORMS)
def test_an_import_refuses_exactly_what_validate_names(tmp_path: Path, form: str) -> None:
    data = png(picture(1)).origin.data
    for name, content in {"a.png": data, "cut.png": data[: len(data) // 2], "text.png": b"no picture"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "b.png").write_bytes(png(picture(2)).origin.data)
    (tmp_path / "series.nii").write_bytes(nibabel.Nifti1Image(np.zeros((2, 2, 2, 3), np.int16), np.eye(4)).to_bytes())
    chance = random.Random(5)
    rows = [_changed({**chance.choice(_ROWS[form]), "id": f"row {number}"}, chance) for number in range(120)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    checked = validate_file(tmp_path / "rows.jsonl", form=form)
    report = import_corpus(tmp_path / "corpus", tmp_path / "rows.jsonl", form=form)
    used = {
        case.provenance.locator["entry" if form == "llava" else "line"] for case in Corpus.open(tmp_path / "corpus")
    }
    assert used == set(range(120)) - {fault.row for fault in checked.faults}
    assert report.rejected >= len(checked.faults)
    assert 20 < len(used) < 100


def test_repeated_ids_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    (tmp_path / "rows.json").write_text(json.dumps([_GOOD, _GOOD]))
    (fault,) = validate_file(tmp_path / "rows.json", form="llava").faults
    assert (fault.row, fault.id, fault.reason) == (1, "good", "the id 'good' is there already")


def test_formats_without_rows_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="parquet is not checked row by row; these are: llava, openai"):
        validate_file(tmp_path, form="parquet")


def test_the_verb_names_row_and_reason(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(json.dumps([{"id": "x", "image": "gone.png", "conversations": _SAID}]))
    app = typer.Typer()
    app.add_typer(verb.app, name="corpus")
    done = CliRunner().invoke(app, ["corpus", "validate", str(tmp_path / "rows.json"), "--as", "llava", "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert (found["ok"], found["rows"], found["faults"][0]["id"]) == (False, 1, "x")
    assert "gone.png" in found["faults"][0]["reason"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("layout", ["list", "lines", "spread"])
def test_one_reading_of_every_encoding_and_layout(tmp_path: Path, form: str, encoding: str, layout: str) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    entry = _GOOD if form == "llava" else json.loads(_line()("a.png"))
    entries = [{**entry, "id": f"größer {number}"} for number in range(3)]
    separator = {"list": ",\r\n", "lines": "\r\n", "spread": "\r\n\r\n"}[layout]
    indent = 1 if layout == "spread" else None
    text = separator.join(json.dumps(entry, ensure_ascii=False, indent=indent) for entry in entries)
    path = tmp_path / ("rows.json" if layout == "list" else "rows.jsonl")
    path.write_bytes((f"[{text}]" if layout == "list" else text).encode(encoding))
    assert validate_file(path, form=form).faults == ()
    assert import_corpus(tmp_path / "corpus", path, form=form).added == 3
    case = Corpus.open(tmp_path / "corpus")["größer 2"]
    assert ("(guessed" in "".join(case.provenance.steps)) == (encoding in ("utf-16-le", "cp1252"))


def test_what_was_left_out_or_read_otherwise_is_a_step(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.png").write_bytes(png(picture(1)).origin.data)
    entry = {**_GOOD, "image": "sub\\b.png", "conversations": [{"from": "system", "value": "Be kind."}, *_SAID]}
    other = {**entry, "id": "other", "conversations": _SAID, "system": "Be kind.", "depth": "sub/b.png"}
    (tmp_path / "rows.json").write_text(json.dumps([entry, other]))
    import_corpus(tmp_path / "corpus", tmp_path / "rows.json", form="llava")
    case, second = Corpus.open(tmp_path / "corpus")
    steps = ("what the system says was left out", r"\ in names of images was read as /")
    assert case.provenance.steps == steps
    assert second.provenance.steps == (steps[0], "the pictures that depth names were left out", steps[1])
    assert [turn.question for turn in case.turns] == ["A crack?"]


@pytest.mark.parametrize("name", ["晶" * 40, "x" * 300, "a/../b" * 30], ids=["letters", "long", "path"])
@pytest.mark.parametrize("form", ["llava", "openai", "webdataset", "parquet"])
def test_long_names_are_exported_and_come_back(tmp_path: Path, form: str, name: str) -> None:
    drafts = [draft(name, images={name: png(picture(1))}), draft(name + "2", images={name + "2": png(picture(2))})]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    assert export_corpus(Corpus.open(tmp_path / "corpus"), tmp_path / "out", form=form).cases == 2
    assert import_corpus(tmp_path / "back", tmp_path / "out", form=form).rejected == 0
    back = Corpus.open(tmp_path / "back")
    assert {(case.id, *case.images) for case in back} == {(name, name), (name + "2", name + "2")}


def test_a_caption_that_speaks_of_an_image_token_comes_back_valid(tmp_path: Path) -> None:
    build_corpus(tmp_path / "corpus", DraftSource([draft("a", turns=(Turn("What does <image> show?", "<image>"),))]))
    export_corpus(Corpus.open(tmp_path / "corpus"), tmp_path / "out", form="llava")
    assert validate_file(tmp_path / "out", form="llava").ok
