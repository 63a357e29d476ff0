"""`simulate` as typed."""

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.corpus import app as corpus
from lexiscope.cli.simulate import app
from lexiscope.corpus import Corpus


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


@pytest.mark.parametrize(
    ("layout", "images"), [("dicom", 2), ("bids", 2), ("nifti", 4), ("labels", 2), ("micrograph", 2)]
)
def test_scans_of_every_layout_become_two_cases_and_are_made_alike(tmp_path: Path, layout: str, images: int) -> None:
    for name in ("scans", "again"):
        made = CliRunner().invoke(app, ["scans", str(tmp_path / name), "--as", layout, "--json"])
        assert made.exit_code == 0, made.output
    one, other = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("scans", "again")
    )
    assert one == other
    assert json.loads(made.stdout)["files"] == len(one)
    options = ["--as", "micrograph"] if layout == "micrograph" else []
    built = CliRunner().invoke(corpus, ["build", str(tmp_path / "corpus"), str(tmp_path / "scans"), *options, "--json"])
    assert built.exit_code == 0, built.output
    cases = list(Corpus.open(tmp_path / "corpus"))
    assert (len(cases), sum(len(case.images) for case in cases)) == (2, images)


def test_one_paper_is_read_as_one_figure(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["paper", str(tmp_path / "papers")]).exit_code == 0
    built = CliRunner().invoke(corpus, ["build", str(tmp_path / "corpus"), str(tmp_path / "papers"), "--json"])
    assert json.loads(built.stdout)["added"] == 1
    refused = CliRunner().invoke(app, ["scans", str(tmp_path / "x"), "--as", "png"])
    assert "expected one of dicom, bids, nifti, labels, micrograph for --as, got 'png'" in str(refused.exception)
