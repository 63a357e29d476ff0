"""The log of refused turns: one author's lines are replaced as a whole, or not at all."""

import pytest

from lexiscope.language.conversations.candidate_turn import RejectedTurn
from lexiscope.language.conversations.rejected_turns import FILE, log_rejected_turns, read_rejected_turns


def _line(author, question="Ein Riß?"):
    return RejectedTurn("case", author, "duplicate", question, "Yes", "twice")


def _write(folder, *lines, author):
    with log_rejected_turns(folder, author) as log:
        for line in lines:
            log(line)


def test_lines_of_other_authors_stay(tmp_path):
    _write(tmp_path, _line("a"), _line("a", "second"), author="a")
    _write(tmp_path, _line("b"), author="b")
    _write(tmp_path, _line("a", "third"), author="a")
    assert list(read_rejected_turns(tmp_path)) == [_line("b"), _line("a", "third")]


def test_a_run_that_fails_leaves_the_file_as_it_was(tmp_path):
    _write(tmp_path, _line("a"), author="a")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(TypeError):
        _write(tmp_path, _line("a", "second"), None, author="a")
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_no_file_has_no_lines(tmp_path):
    assert list(read_rejected_turns(tmp_path)) == []
