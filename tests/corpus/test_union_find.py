import random

from hypothesis import given
from hypothesis import strategies as st

from lexiscope.corpus.union_find import UnionFind

_NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(_NAMES, _NAMES), max_size=20), st.randoms(use_true_random=False))
def test_sets_are_the_connected_parts_of_the_graph_whatever_the_order(edges, rng):
    sets = joined(edges).sets()
    assert sets == joined([edge[::-1] for edge in rng.sample(edges, len(edges))]).sets()
    assert sets == {min(part): sorted(part) for part in parts(edges)}


def joined(edges):
    names = UnionFind()
    for one, two in edges:
        names.join(one, two)
    return names


def parts(edges):
    """Connected parts by growing them until nothing is added."""
    rest = {name for edge in edges for name in edge}
    while rest:
        part = {min(rest)}
        while more := {name for edge in edges if part & set(edge) for name in edge} - part:
            part |= more
        yield part
        rest -= part


def test_a_long_chain_is_walked_without_recursion():
    names = UnionFind()
    numbers = list(range(5000))
    random.Random(0).shuffle(numbers)
    for number in numbers:
        names.join(f"{number:05}", f"{number + 1:05}")
    assert list(names.sets()) == ["00000"]


def test_a_name_alone_is_a_set():
    names = UnionFind()
    names.add("b")
    assert (names.root("b"), names.root("a"), names.sets()) == ("b", "a", {"a": ["a"], "b": ["b"]})
