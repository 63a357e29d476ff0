"""Rows that share a key come together, in the order in which the keys first occur."""

from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.bundles import bundled


@given(st.lists(st.sampled_from("abcde"), max_size=20))
def test_bundles_keep_the_order_of_keys_and_rows(tmp_path_factory, keys):
    table = tmp_path_factory.mktemp("bundles") / "a.csv"
    table.write_text("key,n\n" + "".join(f"{key},{number}\n" for number, key in enumerate(keys)))
    bundles = [[row.cells["n"] for row in rows] for rows in bundled(table, lambda row: row.cells["key"])]
    assert bundles == [[str(n) for n, other in enumerate(keys) if other == key] for key in dict.fromkeys(keys)]


def test_rows_without_a_key_and_broken_ones_are_rejected_and_the_rest_goes_on(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("key,n\na,1\n,2\na,3,4\na,5\n")

    def key(row):
        if not row.cells["key"]:
            raise SourceError("the row has no key", remedy="fill it")
        return row.cells["key"]

    items = list(bundled(table, key))
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "the row has no key",
        "row 3 has 3 cells, the header has 2",
    ]
    assert [[row.number for row in item] for item in items if not isinstance(item, Rejected)] == [[1, 4]]
