"""`lexiscope interpret`, as a user runs it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import ModelError, UsageError
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("interpret")
    corpus = make_masked_corpus(folder / "corpus", 10, size=16)
    return make_segmenter_model(corpus, folder / "model").path, corpus.path


def _run(*words: object) -> object:
    return CliRunner().invoke(app, ["interpret", *map(str, words)])


def test_help_names_the_methods_and_the_extra() -> None:
    shown = _run("--help").output
    assert "--method" in shown
    assert "lexiscope[interpret]" in " ".join(shown.split())


def test_wrong_use_is_told(masked: tuple[Path, Path], tmp_path: Path) -> None:
    model, corpus = masked
    for words, kind, text in (
        ((model, corpus, "--method", "nonesuch"), UsageError, "unknown interpretation method 'nonesuch'"),
        (
            (model, corpus, "--split", "tset"),
            UsageError,
            "no case is in split 'tset'. The corpus has: test, train, val",
        ),
        ((tmp_path / "empty", corpus), ModelError, "expected a model with one of the parts"),
    ):
        done = _run(*words)
        assert isinstance(done.exception, kind)
        assert text in str(done.exception)
