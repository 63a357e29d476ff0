from pathlib import Path

from lexiscope.sources import SOURCES
from lexiscope.sources.page import sources_table

_PAGE = Path(__file__).parents[2] / "docs/start.md"


def test_the_page_holds_the_table_of_all_sources():
    again = "put the output of `python -m lexiscope.sources.page` in the place of its table of sources"
    assert sources_table() in _PAGE.read_text(encoding="utf-8"), f"docs/start.md: {again}"


def test_each_source_says_what_it_reads_and_what_becomes_a_case():
    rows = [line.strip("| ").split(" | ") for line in sources_table().splitlines()[2:]]
    assert [name.strip("`") for _, name, _ in rows] == list(SOURCES)
    assert all(path and case and "\n" not in path + case for path, _, case in rows)
