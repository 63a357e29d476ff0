"""`lexiscope evaluate`, as a user runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Two wordings in place of twelve."""
    (tmp_path / "prompt_variants.yaml").write_text("wordings: ['{question}', 'Please: {question}']\n")
    return tmp_path


def _run(*words: object) -> str:
    done = CliRunner().invoke(app, ["evaluate", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.slow
def test_an_assistant_is_scored_for_people_and_as_json(
    taught: tuple[Corpus, ModelDirectory], words: Path, tmp_path: Path
) -> None:
    corpus, model = taught
    options = ("--limit", 2, "--prompts", words, "--accept-leak", "shapes repeat")
    sheet = tmp_path / "sheet.csv"
    found = json.loads(_run("assistant", model.path, corpus.path, *options, "--sheet-out", sheet, "--json"))
    assert found["turns"] == 2
    assert sheet.is_file()
    shown = _run("assistant", model.path, corpus.path, *options)
    assert "overall quality" in shown
    assert "not asked" in shown, "no question here is about a defect"


@pytest.mark.slow
def test_options_are_read_from_a_file(taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = taught
    (tmp_path / "answer.yaml").write_text("limit: 3\n")
    command = ("answer", model.path, corpus.path, "--config", tmp_path / "answer.yaml", "--json")
    assert json.loads(_run(*command))["n"] == 3
    assert json.loads(_run(*command, "--limit", 2))["n"] == 2


def test_an_option_of_another_evaluation_is_unknown(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    done = CliRunner().invoke(app, ["evaluate", "answer", str(model.path), str(corpus.path), "--judge-model", "x"])
    assert done.exit_code == 2
    assert "No such option: --judge-model" in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("MODEL", "CORPUS", "--task", "search"), "--task has another name now: write lexiscope evaluate TASK MODEL"),
        (("interpret", "MODEL", "CORPUS"), "interpret has another name now: write assistant"),
        (("assistant", "MODEL", "CORPUS", "--most", "3"), "--most has another name now: write --limit"),
        (("classify", "MODEL", "CORPUS", "--rare=3"), "--rare has another name now: write --min-groups"),
        (("classify", "MODEL", "CORPUS", "--fit-on", "x"), "--fit-on has another name now: write --learned-from"),
    ],
)
def test_what_was_renamed_is_refused_with_its_new_name(words: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(app, ["evaluate", *words])
    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)
