"""`lexiscope write` as a user runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import UsageError
from lexiscope.testing import make_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    make_corpus(tmp_path / "corpus", 4)
    return tmp_path / "corpus"


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["write", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_options_and_a_file_fill_the_same_settings(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "captions.yaml").write_text("sentences: 2\ndropout: 0.0\n")
    from_file = json.loads(run("captions", corpus, "--config", tmp_path / "captions.yaml", "--json"))
    assert from_file["updated"] == 4
    again = json.loads(run("captions", corpus, "--sentences", "2", "--dropout", "0", "--json"))
    assert (again["updated"], again["passages"]) == (0, from_file["passages"])


def test_people_read_lines(corpus: Path) -> None:
    assert "sentences for 4 cases (4 changed)" in run("captions", corpus)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("captions", "--sentences", "0"), "sentences: Input should be greater than or equal to 1, got 0"),
        (("conversations", "--with", "nobody"), "nobody"),
    ],
)
def test_values_that_make_no_sense_are_wrong_use(corpus: Path, words: tuple[str, ...], message: str) -> None:
    name, *options = words
    with pytest.raises(UsageError, match=message):
        run(name, corpus, *options)
