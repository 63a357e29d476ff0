import base64
import io
import sys

import numpy as np
import pytest

from lexiscope.core.errors import MissingExtraError
from lexiscope.interpret.charts import Bars, Gallery, Heatmap, Lines, Waterfall, Words
from lexiscope.interpret.drawing import chart_source, draw

_CHARTS = [
    Lines(
        "l", "y", ["one", "two"], {"a": [0.1, None], "b": [0.1, 0.2]}, {"a": [(0.0, 0.2), None]}, null=[(0, 0.1)] * 2
    ),
    Heatmap("h", ["a"], ["b", "c"], np.array([[0.5, np.nan]])),
    Bars("b", "y", {"a": 0.5, "b": -0.1}, {"a": (0.4, 0.6)}, {"a": 0.2}),
    Waterfall("w", ("nothing", 0.5), {"a": 0.3, "b": -0.1}, "all"),
    Gallery("g", [("one", np.zeros((4, 4))), ("two", np.ones((4, 4, 3)))], [None, np.eye(4)]),
    Words("s", [("bright", 0.4), ("left", -0.2)]),
]


@pytest.mark.slow
def test_every_kind_of_chart_is_drawn_with_its_words():
    figure = draw(_CHARTS)
    file = io.StringIO()
    figure.savefig(file, format="svg")
    titles = [axes.get_title() for axes in figure.axes]
    assert {"l", "h", "b", "w", "s", "one", "two"} <= set(titles)
    assert [tick.get_text() for tick in figure.axes[-1].get_yticklabels()] == ["bright", "left"]
    assert "<svg" in file.getvalue()
    lines = {line.get_label(): line.get_xdata()[0] for line in figure.axes[0].lines}
    assert lines["a"] < 0 < lines["b"], "intervals of one level stand beside each other"


def test_without_matplotlib_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[interpret\]"):
        draw(_CHARTS)


@pytest.mark.slow
def test_a_chart_in_a_page_is_the_same_picture_every_time_and_shows_texts_as_they_are():
    chart = Bars("<title>", "$\\frac$ \x0b", {"<b>$x$": 0.5})
    source = chart_source(chart)
    assert source == chart_source(chart)
    kind, _, code = source.partition(",")
    svg = base64.b64decode(code).decode()
    assert kind == "data:image/svg+xml;base64"
    assert "&lt;b&gt;$x$" in svg
    assert "&lt;title&gt;" not in svg  # the page writes it
    assert "\x0b" not in svg
