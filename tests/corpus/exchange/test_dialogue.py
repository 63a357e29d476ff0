"""Conversations out and back, and files of others checked row by row."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    assert (report.cases, report.left_out) == (3, 1)
    assert out.is_file() == lone
    checked = validate_file(out, form=form)
    assert (checked.ok, checked.rows) == (True, 3)
    assert import_corpus(tmp_path / "back", out, form=form).rejected == 0
    back = Corpus.open(tmp_path / "back")
    assert len(back) == 3
    for other in back:
        case = corpus[other.id]
        assert (other.group, other.split, other.images) == (case.group, case.split, case.images)
        assert other.turns == case.turns
        assert [text.text for text in other.texts] == [case.texts[0].text]


def test_openai_lines_are_what_servers_take(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, tmp_path / "out.jsonl", form="openai")
    first, second, third = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"] * 3
    assert [part["type"] for part in second["messages"][0]["content"]] == ["image_url", "image_url", "text"]
    assert third["messages"][0]["content"] == "Describe this image."


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_not_written_over_images(corpus: Corpus, tmp_path: Path, form: str) -> None:
    (tmp_path / "out_images").mkdir()
    with pytest.raises(UsageError, match="out_images exists already"):
        export_corpus(corpus, tmp_path / ("out.json" if form == "llava" else "out.jsonl"), form=form)


_SAID = [{"from": "human", "value": "<image>\nA crack?"}, {"from": "gpt", "value": "Yes"}]
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
    ],
)
def test_faults_of_llava_rows(tmp_path: Path, entry: Any, reason: str | None) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "rows.json").write_text(json.dumps([{**_GOOD, "id": "first"}, entry]))
    checked = validate_file(tmp_path / "rows.json", form="llava")
    assert checked.rows == 2
    assert [fault.row for fault in checked.faults] == ([] if reason is None else [1])
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
    # What an import takes, the check may refuse, never the other way round.
    assert reason is not None or report.added == 1


def test_repeated_ids_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    (tmp_path / "rows.json").write_text(json.dumps([_GOOD, _GOOD]))
    (fault,) = validate_file(tmp_path / "rows.json", form="llava").faults
    assert (fault.row, fault.id, fault.reason) == (1, "good", "the id is there already")


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
