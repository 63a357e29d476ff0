"""Records of delimited text: long cells are whole, and an open quote costs its own line."""

import csv
import io
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from lexiscope.sources.tables.records import BrokenRecord, records


def read(text, delimiter=","):
    return [
        item.reason if isinstance(item, BrokenRecord) else item
        for item in records(io.StringIO(text), delimiter=delimiter)
    ]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=2, max_size=3)))
def test_what_a_program_wrote_comes_back(table):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(table)
    assert list(records(io.StringIO(stream.getvalue(), newline=""), delimiter=",")) == table


def test_a_cell_of_many_lines_is_one_cell():
    long = "word,2\n" * 30_000
    assert read(f'a,b\n"{long}",1\nfine,3\n') == [["a", "b"], [long, "1"], ["fine", "3"]]


def test_an_open_quote_costs_its_line_and_swallows_no_other():
    swallowed = "a quote that nothing closes would swallow the next 2 lines"
    assert read('a,b\n"open,1\nfine,3\nlast,4') == [["a", "b"], swallowed, ["fine", "3"], ["last", "4"]]
    assert read('a,b\n"open,1\nfine,3\n"whole",4\n') == [["a", "b"], swallowed, ["fine", "3"], ["whole", "4"]]
    assert read('a,b\nlast,"open') == [["a", "b"], "unexpected end of data"]


def test_quotes_inside_a_cell_of_one_line_stay():
    assert read('a,b\n5" wafer,1\n"5" wafer",2\n') == [["a", "b"], ['5" wafer', "1"], ['5 wafer"', "2"]]


def test_a_table_full_of_open_quotes_ends():
    tracemalloc.start()
    items = list(records(io.StringIO('"""x\n' * 3001), delimiter=","))
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()
    assert items
    assert all(isinstance(item, BrokenRecord) for item in items)
