from hypothesis import given
from hypothesis import strategies as st

from lexiscope.corpus.known_ids import known_ids


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=30))
def test_an_id_is_new_once(names):
    with known_ids() as ids:
        assert [ids.is_new(name) for name in names] == [name not in names[:place] for place, name in enumerate(names)]


def test_each_set_starts_empty():
    for _ in range(2):
        with known_ids() as ids:
            assert ids.is_new("a")
