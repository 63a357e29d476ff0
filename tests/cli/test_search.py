"""The index and search verbs, as a user runs them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core import Passage
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import choose_views


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    corpus = make_corpus(folder / "corpus", 8)
    case = corpus["case-0000"]
    corpus.upsert([replace(case, texts=(Passage("caption", "odd [/b] [1] caption of zeppelin"),))])
    views = choose_views(corpus, size=32)
    ModelDirectory(folder / "model").save_joint(tiny_joint_space(views), views=views, record={})
    run("index", folder / "model", folder / "corpus")
    return folder


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_index_prints_one_document(folder: Path) -> None:
    report = json.loads(run("index", folder / "model", folder / "corpus", "--json"))
    assert (report["cases"], report["images"], report["texts"], report["fresh"]) == (8, 8, 8, True)


def test_search_prints_one_document_whose_images_open(folder: Path) -> None:
    from lexiscope.sources.pixels import read_pixels

    found = json.loads(run("search", folder / "model", "a red disc", "-k", "3", "--json"))
    assert list(found) == ["task", "case", "value", "score", "uncertainty", "evidence", "out_of_distribution"]
    assert (found["task"], found["case"]) == ("search", "a red disc")
    assert len(found["value"]) == 3
    for hit in found["value"]:
        assert set(hit) == {"case", "score", "group", "text", "path", "licence", "matched", "untrained"}
        assert read_pixels(Path(hit["path"])).ndim == 3


def test_people_see_captions_as_they_are(folder: Path) -> None:
    shown = run("search", folder / "model", "zeppelin", "-k", "1", "--text-weight", "1")
    assert "odd [/b] [1]" in shown
    assert "case-0000" in shown
