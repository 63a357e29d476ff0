"""Charts drawn with matplotlib, off screen."""

import base64
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from lexiscope.core.extras import need
from lexiscope.core.plain import plain
from lexiscope.interpret.charts import Bars, Chart, Gallery, Heatmap, Lines, Overlays, Waterfall, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3  # pictures beside each other
_MOST_COLUMNS = 12  # of a heat map whose numbers can be read in their places
_MOST_SLANTED = 9  # names of columns, which would lie over each other
_MOST_INSIDE = 4  # lines whose names find room between them
_BESIDE = 0.06  # of the way to the next level: between the lines of a chart
_GAIN, _LOSS, _TOTAL, _NULL = "#2f7d4f", "#b3473b", "#51606e", "#9aa3ab"


def draw(charts: Sequence[Chart]) -> "Figure":
    """All charts, one below the other.

    Raises:
        MissingExtraError: matplotlib is missing; the message says how to get it.
    """
    with _style():
        heights = [_height(chart) for chart in charts] or [1.0]
        figure: Figure = need("matplotlib.figure", extra="interpret").Figure(
            figsize=(6.4, sum(heights)), layout="constrained"
        )
        parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        for part, chart in zip(parts, charts, strict=False):
            _DRAWN[type(chart)](part, chart)
    return figure


def chart_source(chart: Chart) -> str:
    """A chart without its title as an SVG picture in a data URI: whoever shows it writes the title beside it.

    As a picture it can neither run nor ask for anything, whatever stands in its texts.

    Raises:
        MissingExtraError: matplotlib is missing; the message says how to get it.
    """
    with _style():
        figure, file = draw([replace(chart, title="")]), io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = plain(file.getvalue()).encode()  # a control character would end the picture
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def _height(chart: Chart) -> float:
    """Inches that a chart needs to be read."""
    if isinstance(chart, Overlays):
        return _height(chart.gallery())
    if isinstance(chart, Gallery):
        return 0.3 + 2.4 * _rows_of_pictures(chart)
    lines = len(chart.rows) if isinstance(chart, Heatmap) else len(chart.words) if isinstance(chart, Words) else 0
    return max(3.2, 1.2 + 0.25 * lines)


def _rows_of_pictures(chart: Gallery) -> int:
    return -(-max(1, len(chart.pictures)) // _COLUMNS)


@contextmanager
def _style() -> Iterator[None]:
    """Texts are texts: a dollar sign begins no formula, letters are the reader's font, ids do not vary."""
    style = {"text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "lexiscope"}
    with need("matplotlib", extra="interpret").rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the reader's font has it
        yield


def _lines(part: Any, chart: Lines) -> None:
    axes = _axes(part, chart.title)
    x = np.arange(len(chart.levels))
    if chart.null is not None:
        low, high = np.array(chart.null, dtype=float).T
        axes.fill_between(x, low, high, color=_NULL, alpha=0.3, label="chance", linewidth=0)
    for number, (name, line) in enumerate(chart.lines.items()):
        beside = x + _BESIDE * (number - (len(chart.lines) - 1) / 2)  # so that no interval hides another
        y = np.array([np.nan if value is None else value for value in line], dtype=float)
        (drawn,) = axes.plot(beside, y, marker="o", label=name)
        _whiskers(axes, beside, y, chart.intervals.get(name, ()), colour=drawn.get_color())
    axes.set_xticks(x, chart.levels, rotation=30, ha="right")
    axes.set_ylabel(chart.y_label)
    beside_axes: dict[str, Any] = (
        {"loc": "upper left", "bbox_to_anchor": (1, 1)} if len(chart.lines) > _MOST_INSIDE else {}
    )
    axes.legend(fontsize="small", **beside_axes)


def _whiskers(
    axes: "Axes",
    x: np.ndarray,
    y: np.ndarray,
    intervals: Sequence[tuple[float, float] | None],
    *,
    colour: Any = _TOTAL,
) -> None:
    known = [number for number, interval in enumerate(intervals) if interval is not None]
    if not known:
        return
    ends = np.array([intervals[number] for number in known], dtype=float)
    reach = np.abs(ends.T - y[known])
    axes.errorbar(x[known], y[known], yerr=reach, fmt="none", ecolor=colour, capsize=3)


def _heatmap(part: Any, chart: Heatmap) -> None:
    axes = _axes(part, chart.title)
    low, high = chart.limits or (float(np.nanmin(chart.values)), float(np.nanmax(chart.values)))
    signed = low == -high < 0  # nothing is white
    drawn = axes.imshow(chart.values, vmin=low, vmax=high, cmap="RdBu_r" if signed else "viridis", aspect="auto")
    many = len(chart.columns) > _MOST_SLANTED
    axes.set_xticks(
        range(len(chart.columns)), chart.columns, rotation=90 if many else 30, ha="center" if many else "right"
    )
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    middle, reach = (low + high) / 2, (high - low) / 2
    legible = len(chart.columns) <= _MOST_COLUMNS
    for (row, column), value in np.ndenumerate(chart.values):
        if legible and np.isfinite(value):
            light = abs(value) < 0.6 * reach if signed else value > middle
            colour = "black" if light else "white"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize="x-small", color=colour)
    part.colorbar(drawn, ax=axes)


def _bars(part: Any, chart: Bars) -> None:
    axes = _axes(part, chart.title)
    x = np.arange(len(chart.values))
    y = np.array(list(chart.values.values()), dtype=float)
    axes.bar(x, y, color=[_GAIN if value >= 0 else _LOSS for value in y])
    _whiskers(axes, x, y, [chart.intervals.get(name) for name in chart.values])
    for number, name in enumerate(chart.values):
        if name in chart.null:
            axes.hlines(chart.null[name], number - 0.45, number + 0.45, color=_NULL, linestyle="dashed")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xticks(x, list(chart.values), rotation=30, ha="right")
    axes.set_ylabel(chart.y_label)


def _waterfall(part: Any, chart: Waterfall) -> None:
    axes = _axes(part, chart.title)
    steps: Mapping[str, float] = chart.parts
    tops = chart.start[1] + np.cumsum([0.0, *steps.values()])
    axes.bar(0, chart.start[1], color=_TOTAL)
    for number, (bottom, height) in enumerate(zip(tops[:-1], steps.values(), strict=True), start=1):
        axes.bar(number, height, bottom=bottom, color=_GAIN if height >= 0 else _LOSS)
        axes.text(number, max(bottom, bottom + height), f"{height:+.3f}", ha="center", va="bottom", fontsize="small")
    axes.bar(len(steps) + 1, tops[-1], color=_TOTAL)
    axes.margins(y=0.12)  # room for the numbers above the bars
    axes.set_xticks(range(len(steps) + 2), [chart.start[0], *steps, chart.end], rotation=30, ha="right")


def _gallery(part: Any, chart: Gallery) -> None:
    part.suptitle(chart.title, fontsize="medium")
    shown = list(chart.pictures)
    overlays = list(chart.overlays) or [None] * len(shown)
    columns = min(_COLUMNS, max(1, len(shown)))
    grid = part.subplots(_rows_of_pictures(chart), columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, (caption, picture), overlay in zip(grid, shown, overlays, strict=False):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
        if overlay is not None:
            axes.imshow(overlay, cmap="inferno", alpha=0.5 * (overlay > 0), vmin=0, vmax=1)
        axes.set_title(fill(caption, 78 // columns), fontsize="small")


def _overlays(part: Any, chart: Overlays) -> None:
    _gallery(part, chart.gallery())


def _words(part: Any, chart: Words) -> None:
    axes = _axes(part, chart.title)
    weights = np.array([weight for _, weight in chart.words], dtype=float)
    y = np.arange(len(weights))[::-1]
    axes.barh(y, weights, color=[_GAIN if weight >= 0 else _LOSS for weight in weights])
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(y, [word for word, _ in chart.words], fontsize="small")


def _axes(part: Any, title: str) -> "Axes":
    axes: Axes = part.subplots()
    axes.set_title(title, fontsize="medium")
    return axes


_DRAWN: Mapping[type, Callable[[Any, Any], None]] = {
    Lines: _lines,
    Heatmap: _heatmap,
    Bars: _bars,
    Waterfall: _waterfall,
    Gallery: _gallery,
    Overlays: _overlays,
    Words: _words,
}
