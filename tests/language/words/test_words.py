"""Word files: those of lexiscope, or the user's own copies in their place."""

import pytest
import yaml

from lexiscope.core.errors import UsageError
from lexiscope.language.words import read_words, read_yaml, word_files


@pytest.mark.parametrize("name", word_files())
def test_every_file_that_comes_along_can_be_read(name):
    assert read_words(name).strip()
    if name.endswith(".yaml"):
        assert yaml.safe_load(read_words(name))


def test_the_users_own_file_comes_first_and_the_others_stay(tmp_path):
    (tmp_path / "blind.txt").write_text("Guess.")
    assert read_words("blind.txt", tmp_path) == "Guess."
    assert read_words("conversation.txt", tmp_path) == read_words("conversation.txt")


def test_no_folder(tmp_path):
    with pytest.raises(UsageError, match=r"expected a folder of prompts at .*absent, found none; make one with files"):
        read_words("blind.txt", tmp_path / "absent")


@pytest.mark.parametrize(
    ("old", "new"), [("instructions.yaml", "prompt_variants.yaml"), ("wording.yaml", "question_templates.yaml")]
)
def test_a_file_under_an_old_name_is_told_its_new_one(tmp_path, old, new):
    (tmp_path / old).write_text("kind: ['Which kind?']\n")
    with pytest.raises(UsageError, match=f"expected {new} in .* got {old}; rename the file to {new}"):
        read_words("blind.txt", tmp_path)
    (tmp_path / old).rename(tmp_path / new)
    assert read_yaml(new, tmp_path) == {"kind": ["Which kind?"]}


@pytest.mark.parametrize(("text", "message"), [("{", "lexicon.yaml is no YAML"), ("- a", "got list; compare with")])
def test_a_file_that_makes_no_sense(tmp_path, text, message):
    (tmp_path / "lexicon.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_yaml("lexicon.yaml", tmp_path)
