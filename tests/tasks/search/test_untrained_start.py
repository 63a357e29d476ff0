"""A published model is searched with at once, and says that nothing of it was trained."""

import json

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import ModelError, UsageError
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.tasks.training_part import training_part
from lexiscope.testing import make_corpus
from lexiscope.testing.published import save_published


def test_a_corpus_is_searched_with_a_published_model_as_it_is(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 10)
    name = save_published(tmp_path / "published", [text.text for case in corpus for text in case.texts])
    index = ["index", str(tmp_path / "model"), str(corpus.path), "--start", name]
    for _ in range(2):  # the second time nothing is left to do
        done = CliRunner().invoke(app, index)
        assert done.exit_code == 0, done.output
    assert "up to date" in done.output
    found = CliRunner().invoke(app, ["search", str(tmp_path / "model"), "a red disc", "--json"])
    hits = json.loads(found.stdout)["value"]
    assert hits
    assert {hit["untrained"] for hit in hits} == {name}
    model = ModelDirectory(tmp_path / "model")
    assert f"Untrained: the weights of {name}" in (model.path / "README.md").read_text().replace("\\", "")
    assert leakage_gate(model, corpus, split="train")["trained_on"] is None  # nothing here was learned from
    with pytest.raises(ModelError, match=f"is {name} as published, trained on no corpus; name a corpus with --learned"):
        training_part(model)
    with pytest.raises(UsageError, match=r"without a joint part to start from 'other'.*leave out --start"):
        index_corpus(model, corpus, start="other")
