"""`lexiscope benchmark` as a user runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.testing.speaking import make_speaking_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_speaking_corpus(tmp_path_factory.mktemp("benchmark") / "corpus", 12)


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["benchmark", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_same_command_gives_the_same_benchmark(corpus: Corpus, tmp_path: Path) -> None:
    made = [json.loads(run("make", corpus.path, "--out", tmp_path / name, "--limit", 2, "--json")) for name in "ab"]
    assert made[0]["hash"] == made[1]["hash"]
    other = json.loads(run("make", corpus.path, "--out", tmp_path / "c", "--limit", 3, "--json"))
    assert other["hash"] != made[0]["hash"]
    assert (tmp_path / "a" / "README.md").is_file()


def test_another_evaluation_takes_its_options_from_a_file(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_text("attribute: colour\n")
    words = ("--evaluation", "classify", "--config", tmp_path / "options.yaml")
    assert "benchmark" in run("make", corpus.path, "--out", tmp_path / "made", *words)
    assert "attribute: colour" in (tmp_path / "made" / "benchmark.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--most", "3"), "--most has another name now: write --limit"),
        (("--evaluation", "clasify"), "Did you mean 'classify'"),
    ],
)
def test_wrong_use(corpus: Corpus, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run("make", corpus.path, "--out", tmp_path / "made", *words)
