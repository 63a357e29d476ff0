"""What a corpus holds decides what is asked about, and which values are denied."""

from lexiscope.language.conversations.corpus_statistics import MAX_VALUES, CorpusStatistics, members
from lexiscope.language.text.attributes import AttributePhrases

PHRASES = AttributePhrases.load()


def _of(readings):
    return CorpusStatistics.of(readings, PHRASES)


def test_kinds_count_where_a_case_names_one_alone(reading):
    statistics = _of([reading("SEM image."), reading("SEM image."), reading("SEM image and photograph.")])
    assert {kind.name: count for kind, count in statistics.kinds.items()} == {"scanning electron micrograph": 2}


def test_lists_are_counted_by_member(reading):
    statistics = _of(reading(attributes={"phases": value}) for value in ("oxide;crack", "oxide"))
    assert dict(statistics.values["phases"]) == {"oxide": 2, "crack": 1}
    assert statistics.lists == {"phases"}


def test_attributes_of_the_file_are_asked_about_when_they_vary(reading):
    left, right = (reading(attributes={"side": side}) for side in ("left", "right"))
    assert _of([left, right]).asks_about("side", PHRASES)
    assert not _of([left, left]).asks_about("side", PHRASES)


def test_what_no_image_shows_is_never_asked_about(reading):
    statistics = _of(reading(attributes={"age": age, "scanner": f"model {age}"}) for age in (60, 61))
    assert not any(statistics.asks_about(name, PHRASES) for name in ("age", "scanner", "nowhere"))


def test_an_unknown_attribute_is_asked_about_when_texts_mostly_state_it(reading):
    stated = [reading(f"A {alloy} sheet.", attributes={"alloy": alloy}) for alloy in ("brass", "bronze") * 2]
    silent = [reading("A sheet.", attributes={"alloy": alloy}) for alloy in ("brass", "bronze") * 2]
    assert _of(stated).asks_about("alloy", PHRASES)
    assert not _of([*silent, *stated[:1]]).asks_about("alloy", PHRASES)


def test_an_attribute_of_many_values_is_none_to_ask_about(reading):
    names = [f"alloy{number}" for number in range(MAX_VALUES + 5)] * 2
    statistics = _of(reading(f"A {name} sheet.", attributes={"alloy": name}) for name in names)
    assert not statistics.asks_about("alloy", PHRASES)
    assert len(statistics.values["alloy"]) == MAX_VALUES + 1  # no more is remembered than tells that there are too many


def test_members():
    assert members(" oxide ;; crack") == ["oxide", "crack"]
    assert members(2.5) == [2.5]
