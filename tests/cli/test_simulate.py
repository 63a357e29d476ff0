"""`simulate` as typed."""

import json
import shlex

from typer.testing import CliRunner

from lexiscope.cli.corpus import app as corpus
from lexiscope.cli.simulate import app


def test_papers_are_made_once(tmp_path):
    words = ["papers", str(tmp_path / "papers"), "--papers", "2", "--seed", "5"]
    first = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (first["papers"], first["written"]) == (2, 2)
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 0
    assert "0 of them made now" in again.output
    assert sorted(path.name for path in (tmp_path / "papers").iterdir()) == [
        "README.md",
        "glass-5-00000",
        "glass-5-00001",
    ]


def test_scenes_say_how_they_become_a_corpus(tmp_path):
    words = ["scenes", str(tmp_path / "scenes"), "--scenes", "6", "--seed", "5"]
    first = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (first["written"], first["pictures"]) == (6, 24)
    again = CliRunner().invoke(app, words).output
    assert "0 scenes of them made now" in again
    command = next(line for line in again.splitlines() if line.startswith("lexiscope corpus build"))
    options = shlex.split(command.replace("CORPUS", str(tmp_path / "corpus")))[2:]
    built = CliRunner().invoke(corpus, [*options, "--json"])
    assert built.exit_code == 0, built.output
    assert json.loads(built.stdout)["added"] == 24
