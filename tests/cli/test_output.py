"""What verbs print: JSON alone on stdout, tables as they are, and nothing from the other processes of one training."""

import json

import pytest

from lexiscope.cli.output import print_json, print_lines, print_table, say


def test_json_is_one_line_in_plain_letters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"word": "Gefüge", "n": 3})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "Gefüge" in out
    assert json.loads(out) == {"word": "Gefüge", "n": 3}


def test_a_table_shows_text_that_looks_like_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("a [title]", ("what", "value"), [("[/b]", 3)])
    out = capsys.readouterr().out
    assert "a [title]" in out
    assert "[/b]" in out


def test_a_long_title_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("x" * 300, ("what",), [(1,)])
    assert "x" * 300 in capsys.readouterr().out


def test_of_several_processes_the_first_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "3")
    print_json({})
    print_table("title", ("what",), [(1,)])
    print_lines(["line"])
    say("said")
    assert capsys.readouterr() == ("", "")


def test_no_control_character_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    odd = "\x1b]0;owned\x07\x1b[31m red \x9b2J \u202etxt \udcff"
    print_table(odd, ("what",), [(odd,)])
    print_lines([odd])
    say(odd)
    print_json({"odd": odd})
    out, err = capsys.readouterr()
    for raw in "\x1b\x07\x9b\u202e\udcff":
        assert raw not in out + err
    assert r"\x1b[31m red" in out
    assert json.loads(out.splitlines()[-1]) == {"odd": odd}
