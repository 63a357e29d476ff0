"""Line charts: every point is drawn where it belongs, and names are text."""

import re
from xml.etree import ElementTree

import pytest

from lexiscope.evaluate.report.charts import Curve, curve_svg


def _svg(curve: Curve) -> ElementTree.Element:
    svg = re.search(r"<svg.*</svg>", str(curve_svg(curve)), re.DOTALL)
    assert svg is not None
    return ElementTree.fromstring(svg[0])


def _points(svg: ElementTree.Element) -> list[list[tuple[float, float]]]:
    lines = [line.attrib["points"].split() for line in svg.iter("polyline")]
    return [[(float(x), float(y)) for x, y in (point.split(",") for point in line)] for line in lines]


def test_lines_run_from_left_to_right_and_small_values_lie_low() -> None:
    first, second = _points(_svg(Curve("Loss", "epoch", {"a": [(0, 4.0), (10, 1.0)], "b": [(5, 2.0)]})))
    assert first[0][0] < second[0][0] < first[1][0]
    assert first[0][1] < second[0][1] < first[1][1], "y grows downwards"
    assert second[0][0] == pytest.approx((first[0][0] + first[1][0]) / 2)


def test_the_chance_level_is_drawn_and_named_where_there_is_one() -> None:
    svg = _svg(Curve("Loss", "epoch", {"a": [(0, 2.0), (1, 2.0)]}, chance=2.0))
    (line,) = [line for line in svg.iter("line") if line.attrib["class"] == "chance"]
    assert float(line.attrib["y1"]) == _points(svg)[0][0][1]
    assert "chance" not in str(curve_svg(Curve("Loss", "epoch", {"a": [(0, 2.0)]})))


def test_names_from_data_are_no_markup() -> None:
    drawn = str(curve_svg(Curve("<b>", "<i>", {"<script>": [(0, 1.0)]})))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "<b>" not in drawn
    assert "<i>" not in drawn
