"""Files of queries: both forms, and what is refused."""

from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.search.queries import JudgedQuery, read_queries


def test_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text(
        '\ufeff{"query": "a crack", "cases": ["a", "b"]}\n\n{"query": "ü", "cases": ["c"]}\n', encoding="utf-8"
    )
    assert read_queries(file) == [JudgedQuery("a crack", {"a": 1.0, "b": 1.0}), JudgedQuery("ü", {"c": 1.0})]


def test_only_ends_of_lines_end_a_line(tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text('{"query": "a\u2028b", "cases": ["a"]}\r\n{"query": "c", "cases": ["b"]}\r', encoding="utf-8")
    assert [query.words for query in read_queries(file)] == ["a\u2028b", "c"]


def test_judgements_of_trec(tmp_path: Path) -> None:
    file = tmp_path / "figures.qrels"
    file.write_text("1 0 a 2\n1 0 b 0\n2 0 c d 1\n")
    (tmp_path / "figures.topics.tsv").write_text("1\ta crack\n2\ta pore\n")
    assert read_queries(file) == [JudgedQuery("a crack", {"a": 2.0}), JudgedQuery("a pore", {"c d": 1.0})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected queries in .*found none"),
        ('{"query": "x"}', r"line 1 of .* is no query.*expected JSON lines"),
        ('{"query": " ", "cases": ["a"]}', "is no query"),
        ('{"query": "x", "cases": [1]}', "is no query"),
        ('{"query": "x", "cases": []}', "is no query"),
        ('{"query": "x", "cases": ["a"]}\nnonsense', "line 2 of"),
        ("1 0 a", "line 1 of .* is no judgement"),
        ("1 0 a high", "is no judgement"),
        ("1 0 a inf", "is no judgement"),
        ("[" * 100_000, "line 1 of .* is no judgement"),
        ('{"query": "x", "cases": ' + "[" * 100_000, "is no query"),
        ('{"query": "\\ud800", "cases": ["a"]}', "is no query"),
        ("1 0 a 1", "hold no words.*--topics FILE"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "queries"
    file.write_text(content)
    with pytest.raises(EvaluationError, match=message):
        read_queries(file)


def test_a_topic_without_words_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    file, topics = tmp_path / "qrels", tmp_path / "topics"
    file.write_text("7 0 a 1\n")
    topics.write_text("8\ta pore\n")
    with pytest.raises(EvaluationError, match=r"topic .7. of .* has no words"):
        read_queries(file, topics)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_queries(tmp_path / "absent")
