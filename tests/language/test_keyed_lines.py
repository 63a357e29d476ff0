"""Records kept by key: the last one counts, and what a crash cut short is skipped."""

import json

from lexiscope.language.keyed_lines import KeyedLines


def test_records_are_kept_over_runs_and_the_last_one_counts(tmp_path):
    lines = KeyedLines(tmp_path, "kept.jsonl")
    lines.add("a", {"text": "α"})
    lines.add("b", {"text": "b"})
    lines.add("a", {"text": "later"})
    again = KeyedLines(tmp_path, "kept.jsonl")
    assert (again.get("a"), again.get("b"), again.get("c")) == ({"text": "later"}, {"text": "b"}, None)


def test_a_line_that_was_cut_short_is_skipped_and_spoils_no_other(tmp_path):
    lines = KeyedLines(tmp_path, "kept.jsonl")
    lines.add("a", {"text": "whole"})
    with (tmp_path / "kept.jsonl").open("ab") as stream:
        stream.write(json.dumps({"key": "b", "text": "cut"}).encode()[:-4])
    again = KeyedLines(tmp_path, "kept.jsonl")
    assert again.get("b") is None
    again.add("c", {"text": "next"})
    assert KeyedLines(tmp_path, "kept.jsonl").get("c") == {"text": "next"}
    assert KeyedLines(tmp_path, "kept.jsonl").get("a") == {"text": "whole"}
