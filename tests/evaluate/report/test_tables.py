"""Tables of estimates: which rows a tree gives, and how each is written."""

from lexiscope.evaluate.report.tables import Row, Table, interval
from lexiscope.evaluate.statistics import Estimate


def test_rows_follow_the_tree_and_leave_out_what_was_not_asked() -> None:
    parts = {"by_level": {"simple": Estimate(1.0, None, None, None), "complex": Estimate.nothing()}, "draws": 5}
    tree = {"text_to_image": {"recall@1": Estimate(0.5, 0.1, 0.9, 0.1)}, "quality": Estimate(0.2, 0, 1, 0, parts=parts)}
    table = Table.of("All", {**tree, "rule": "none"}, note="A note.")
    assert [row.metric for row in table.rows] == ["text to image, recall@1", "quality", "quality, simple"]
    assert table.note == "A note."


def test_cells_are_text() -> None:
    assert Row("a", "b", Estimate(12.345, 1, 128, 0.1, n=7)).cells == ("a", "b", "12.3", "1.000 to 128", "0.100", "7")
    assert Row("a", "b", Estimate.nothing()).cells == ("a", "b", "not asked", "", "", "0")
    assert interval(Estimate(1.0, None, None, 0.5)) == "one group"
