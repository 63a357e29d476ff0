"""`evaluate --task assistant`, as a user runs it."""

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


def test_interpretation_is_printed_for_people_and_as_json(
    taught: tuple[Corpus, ModelDirectory], words: Path, tmp_path: Path
) -> None:
    corpus, model = taught
    options = ("--task", "assistant", "--most", 2, "--prompts", words, "--accept-leak", "shapes repeat")
    sheet = tmp_path / "sheet.csv"
    found = json.loads(_run(model.path, corpus.path, *options, "--sheet-out", sheet, "--json"))
    assert found["turns"] == 2
    assert sheet.is_file()
    shown = _run(model.path, corpus.path, *options)
    assert "overall quality" in shown
    assert "not asked" in shown, "no question here is about a defect"


def test_what_belongs_to_another_evaluation_is_refused(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    with pytest.raises(UsageError, match="--judge-model belongs to another task, got --task answer; drop it"):
        _run(model.path, corpus.path, "--task", "answer", "--judge-model", "smollm2")
