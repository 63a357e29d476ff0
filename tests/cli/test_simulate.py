"""`simulate` as typed."""

import json

from typer.testing import CliRunner

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
