"""Faults of conversations, in the order in which a reader would meet them."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus.exchange.faults import FileCheck, turns_fault, validate_file

ASK, SAY = ("user", "Glass?"), ("assistant", "yes")


@pytest.mark.parametrize(
    ("turns", "fault"),
    [
        ([ASK, SAY], None),
        ([ASK, SAY, ASK, SAY], None),
        ([], "expected at least one question and one answer, got none"),
        ([SAY], "turn 0 must be said by the user, got 'assistant'"),
        ([ASK, ASK], "turn 1 must be said by the assistant, got 'user'"),
        ([ASK], "the last turn must be an answer, got a question"),
        ([("user", "<image> "), SAY], "turn 0 must have words, got '<image> '"),
        ([("user", 3), SAY], "turn 0 must have words, got 3"),
        (
            [("user", "<img>a.png</img> Glass?"), SAY],
            "turn 0 holds '<img>', an image of another program; name images beside the turns",
        ),
        (
            [("user", "<image 1> Is x <image> y?"), SAY],
            "turn 0 holds '<image 1>', an image of another program; name images beside the turns",
        ),
        ([("user", "Is a <imagine> b?"), SAY], None),
    ],
)
def test_turns(turns, fault):
    assert turns_fault(turns) == fault


def test_an_empty_file_is_not_in_order(tmp_path):
    assert not FileCheck(0, ()).ok
    (tmp_path / "a.json").write_text("[]")
    assert not validate_file(tmp_path / "a.json", form="llava").ok


def test_formats_without_rows_name_those_that_have_some(tmp_path):
    with pytest.raises(UsageError, match="parquet is not checked row by row; these are: llava, openai"):
        validate_file(tmp_path, form="parquet")
