"""Names, point ids and filters that the embedded engine and a Qdrant server understand alike."""

import uuid
from typing import Any

from lexiscope.index.filter import Condition, Filter, as_number
from lexiscope.index.legs import BM25, COSINE, WORDING

IMAGE_VECTOR = "image"
WORDING_VECTOR = "wording"
TEXT_VECTOR = "text"
VECTOR_OF = {COSINE: IMAGE_VECTOR, WORDING: WORDING_VECTOR, BM25: TEXT_VECTOR}
"""Name of a leg's score -> name of the vectors that it is searched in."""
COLLECTION_PREFIX = "lexiscope-"
UPSERT_BATCH = 1024
_NAMESPACE = uuid.UUID("b4f0d0a6-6c3b-5d0e-9a51-0c6f7a3c9e11")


def point_id(case_id: str) -> str:
    """UUID of a case, the same in every build.

    Example:
        >>> point_id("visit-1")
        '15ee5a55-568e-51d8-b049-a60660651dcf'
    """
    return str(uuid.uuid5(_NAMESPACE, case_id))


def field_path(field: str) -> str:
    """The engine's path of a field; quoted, since an attribute may be called anything.

    Example:
        >>> field_path("split"), field_path("attributes.tumour site")
        ('split', 'attributes."tumour site"')
    """
    room, dot, name = field.partition(".")
    return f'{room}."{name}"' if dot else field


def search_width(limit: int, *, filtered: bool) -> int:
    """HNSW's `ef`: candidates kept while the graph is walked.

    Measured on 100,000 clustered vectors of 384 numbers (`bench/search.py`): 32 finds over 99 % of the true neighbours;
    under a filter the walk also passes through excluded points, and needs 128 for 98 %.

    Example:
        >>> search_width(10, filtered=False), search_width(10, filtered=True), search_width(500, filtered=True)
        (32, 128, 500)
    """
    return max(128 if filtered else 32, limit)


def engine_filter(where: Filter | None, *, types: Any, number_range: Any) -> Any:
    """Translate a filter.

    Args:
        types: The module that holds `Filter`, `FieldCondition` and `MatchValue`.
        number_range: Class of that module for a range of numbers.
    """
    if where is None or not where.conditions:
        return None
    must = [_translate(condition, types, number_range) for condition in where.conditions]
    return types.Filter(must=must)


def _translate(condition: Condition, types: Any, number_range: Any) -> Any:
    key = field_path(condition.field)
    if condition.operator in _BOUNDS:
        bound = {_BOUNDS[condition.operator]: as_number(condition.values[0])}
        return types.FieldCondition(key=key, range=number_range(**bound))
    equal = [test for value in condition.values for test in _equal(key, value, types, number_range)]
    if condition.operator == "!=":
        return types.Filter(must_not=equal)
    return equal[0] if len(equal) == 1 else types.Filter(should=equal)


def _equal(key: str, value: str, types: Any, number_range: Any) -> list[Any]:
    """Tests for the word as written and, when it reads as a number, for that number."""
    tests = [types.FieldCondition(key=key, match=types.MatchValue(value=value))]
    number = as_number(value)
    if number is not None:
        tests.append(types.FieldCondition(key=key, range=number_range(gte=number, lte=number)))
    return tests


_BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
