"""The training verbs as a user types them."""

import json

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.testing import make_corpus


@pytest.mark.slow
def test_pretraining_prints_what_it_made_and_aligning_goes_on_from_it(tmp_path):
    make_corpus(tmp_path / "corpus", 20, volumes=True, missing=0.3)
    settings = tmp_path / "settings.yaml"
    settings.write_text("tower: cnn\ntower_settings: {stages: [8, 16]}\nwidth: 16\nsize: 32\n")
    command = ["train", "pretrain", "image", str(tmp_path / "corpus"), "--out", str(tmp_path / "model"), "--json"]
    options = ["--objective", "decur", "--config", str(settings), "--slices", "2", "--epochs", "1", "--batch", "12"]
    done = CliRunner().invoke(app, [*command, *options])
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert (made["part"], made["objective"], made["steps"]) == ("image", "decur", made["rows"] // 12)
    align = ["train", "align", str(tmp_path / "corpus"), "--out", str(tmp_path / "model"), "--text", "bert"]
    done = CliRunner().invoke(app, [*align, "--freeze", "--epochs", "1", "--label", "side", "--json"])
    assert done.exit_code == 0, done.output
    assert "started from the image part" in json.loads(done.stdout)["notes"][0]


def test_words_are_pretrained_and_shown_as_a_table(tmp_path):
    make_corpus(tmp_path / "corpus", 12)
    command = ["train", "pretrain", "text", str(tmp_path / "corpus"), "--out", str(tmp_path / "model"), "--epochs", "1"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert f"the text part of {tmp_path / 'model'}" in done.stdout
    assert "chance" in done.stdout
