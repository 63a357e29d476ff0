"""Examples of word files are shown to a language model as turns; a file that holds none says so."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.clients.client import Message
from lexiscope.language.clients.examples import shown_examples


def _shown(folder):
    return shown_examples("examples.yaml", folder, lambda example: example["written"], parts="told and written")


def test_examples_become_turns(tmp_path):
    (tmp_path / "examples.yaml").write_text("- told: |\n    A pore.\n  written: Mark the pore.\n")
    assert _shown(tmp_path) == [Message("user", "A pore."), Message("assistant", "Mark the pore.")]


def test_an_empty_file_shows_nothing(tmp_path):
    (tmp_path / "examples.yaml").write_text("")
    assert _shown(tmp_path) == []


@pytest.mark.parametrize("words", ["- told: x\n", "told", "- 3\n", "- told: [\n"])
def test_files_of_something_else_are_refused(tmp_path, words):
    (tmp_path / "examples.yaml").write_text(words)
    with pytest.raises(UsageError, match="expected examples of told and written in"):
        _shown(tmp_path)
