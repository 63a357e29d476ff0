"""Names, ids and filters that the embedded engine and a server read alike."""

import uuid

import qdrant_edge
from qdrant_client import models

from lexiscope.index.filter import parse_filter
from lexiscope.index.qdrant import engine_filter, field_path, point_id, search_width


def test_a_case_has_one_id_and_others_have_others():
    assert point_id("visit-1") == point_id("visit-1") == str(uuid.UUID(point_id("visit-1")))
    assert len({point_id(name) for name in ("a", "b", "ü 日本", "")}) == 4


def test_names_of_attributes_are_quoted():
    assert field_path("split") == "split"
    assert field_path("attributes.a.b c") == 'attributes."a.b c"'


def test_a_filter_is_of_conditions_that_must_hold():
    where = parse_filter(["split=test", "attributes.age>=50", "group!=p1", "case in a, b"])
    found = engine_filter(where, types=models, number_range=models.Range).must
    assert found[0] == models.FieldCondition(key="split", match=models.MatchValue(value="test"))
    assert found[1] == models.FieldCondition(key='attributes."age"', range=models.Range(gte=50.0))
    assert [condition.match.value for condition in found[2].must_not] == ["p1"]
    assert [condition.match.value for condition in found[3].should] == ["a", "b"]


def test_a_word_that_reads_as_a_number_matches_both():
    where = parse_filter(["attributes.code=7"])
    word, number = engine_filter(where, types=models, number_range=models.Range).must[0].should
    assert word.match.value == "7"
    assert (number.range.gte, number.range.lte) == (7.0, 7.0)


def test_no_condition_is_no_filter():
    assert engine_filter(None, types=models, number_range=models.Range) is None
    assert engine_filter(parse_filter([]), types=models, number_range=models.Range) is None


def test_the_embedded_engine_takes_the_same():
    where = parse_filter(["split=test", "attributes.age<50", "group!=p1"])
    assert isinstance(engine_filter(where, types=qdrant_edge, number_range=qdrant_edge.RangeFloat), qdrant_edge.Filter)


def test_wider_searches_for_more_hits_and_under_filters():
    assert search_width(1, filtered=False) < search_width(1, filtered=True) < search_width(500, filtered=False)
