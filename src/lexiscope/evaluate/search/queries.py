"""Queries with the cases that answer them: JSON lines, or TREC relevance judgements with a table of topics."""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import EvaluationError
from lexiscope.core.regular import read_regular
from lexiscope.core.storable import check_all, check_text

_LINE_END = re.compile(r"\r\n|\r|\n")  # JSON may hold other ends of lines within its words


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """Words that are looked for.

    Args:
        words: The words.
        relevant: Id of each case that answers them -> its grade, above 0.
    """

    words: str
    relevant: Mapping[str, float]


def read_queries(path: Path, topics: Path | None = None) -> list[JudgedQuery]:
    """Read a file of queries.

    Args:
        path: JSON lines `{"query": "...", "cases": ["id", ...]}`, or TREC's qrels: lines `topic 0 case grade`.
        topics: Words of the topics of qrels, lines `topic<TAB>words`; `<name of the qrels>.topics.tsv` beside them
            when None.

    Raises:
        EvaluationError: no such file, a line that cannot be read, or no query with a relevant case.
    """
    lines = list(_lines(path))
    if not lines:
        raise EvaluationError(f"expected queries in {path}, found none; {_FORMS}")
    if lines[0][1].startswith("{"):
        return [_from_json(path, number, line) for number, line in lines]
    return _from_qrels(path, lines, topics)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = read_regular(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"queries {path} cannot be read ({error}); {_FORMS}") from error
    return ((number, line.strip()) for number, line in enumerate(_LINE_END.split(text), start=1) if line.strip())


def _from_json(path: Path, number: int, line: str) -> JudgedQuery:
    try:
        record: Any = json.loads(line)
        words, cases = record["query"], record["cases"]
        check_text("query", words)
        check_all("cases", cases, str)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_query(path, number, line) from error
    if not words.strip() or not cases:
        raise _no_query(path, number, line)
    return JudgedQuery(words, dict.fromkeys(cases, 1.0))


def _no_query(path: Path, number: int, line: str) -> EvaluationError:
    return EvaluationError(f"line {number} of {path} is no query: {line[:80]!r}; {_FORMS}")


def _from_qrels(path: Path, lines: list[tuple[int, str]], topics: Path | None) -> list[JudgedQuery]:
    relevant: dict[str, dict[str, float]] = defaultdict(dict)
    for number, line in lines:
        topic, case, grade = _judgement(path, number, line)
        if grade > 0:
            relevant[topic][case] = grade
    words = _read_topics(topics or path.with_suffix(".topics.tsv"), path)
    unknown = next((topic for topic in relevant if topic not in words), None)
    if unknown is not None:
        raise EvaluationError(f"topic {unknown!r} of {path} has no words; add a line {unknown}<TAB>words to the topics")
    return [JudgedQuery(words[topic], cases) for topic, cases in relevant.items()]


def _judgement(path: Path, number: int, line: str) -> tuple[str, str, float]:
    parts = line.split()
    try:
        grade = float(parts[-1]) if len(parts) >= 4 else math.nan
    except ValueError:
        grade = math.nan
    if not math.isfinite(grade):
        raise EvaluationError(f"line {number} of {path} is no judgement: {line[:80]!r}; {_FORMS}")
    return parts[0], " ".join(parts[2:-1]), grade


def _read_topics(path: Path, qrels: Path) -> dict[str, str]:
    if not path.is_file():
        msg = f"the judgements {qrels} hold no words, and the topics {path} are not there"
        raise EvaluationError(f"{msg}; name them with --topics FILE, lines topic<TAB>words")
    return dict(line.split("\t", 1) for _, line in _lines(path) if "\t" in line)


_FORMS = (
    'expected JSON lines {"query": "words", "cases": ["id"]}, or TREC qrels (topic 0 case grade) with --topics FILE'
)
