"""Writing into a corpus: other authors' texts stay, the same again changes nothing, what is stated is kept."""

import json

import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli import write
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.language.captions.settings import CaptionSettings
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.captions.write import write_captions
from lexiscope.testing import make_corpus


def test_sentences_are_added_once_and_replaced_by_others(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 6)
    captions = {case.id: case.texts for case in corpus}
    report = write_captions(corpus)
    assert (report.cases, report.updated, report.silent) == (6, 6, 0)
    assert report.corpus == corpus.version
    for case in Corpus.open(corpus.path):
        own = [text for text in case.texts if text.author == AUTHOR]
        assert case.texts == (*captions[case.id], *own)
        assert all(text.states and set(text.states) <= {"shape", "colour"} for text in own)
    assert write_captions(corpus).updated == 0
    write_captions(corpus, CaptionSettings(attributes=("shape",), sentences=1))
    assert all([text.states for text in case.texts] == [(), ("shape",)] for case in corpus)


def test_nothing_to_write_about_is_refused(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 2)
    with pytest.raises(UsageError, match="expected cases with grade"):
        write_captions(corpus, CaptionSettings(attributes=("grade",)))


def test_the_verb_prints_one_document(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 3)
    app = typer.Typer()
    app.add_typer(write.app, name="write")
    done = CliRunner().invoke(app, ["write", "captions", str(corpus.path), "--sentences", "2", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["passages"] == 6
