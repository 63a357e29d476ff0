"""`comparison_figure`: mean DSC of every training with its interval, as an SVG file."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from lexiscope.evaluate.statistics import Estimate

_ROW, _LEFT, _WIDTH, _TOP, _BOTTOM = 22, 250, 720, 16, 40
_COLOURS = ("#1b6ca8", "#d1495b")


def comparison_figure(rows: Sequence[tuple[str, Sequence[Estimate]]], *, legend: Sequence[str]) -> str:
    """Draw estimates as points with their intervals, a row a training.

    Args:
        rows: Name of the training, and an estimate for each entry of the legend.
        legend: What the estimates are of, at most two.

    Example:
        >>> svg = comparison_figure([("late, cnn", [Estimate(0.8, 0.7, 0.9, None)])], legend=["all modalities"])
        >>> svg.count("<circle")
        2
    """
    height = _TOP + _ROW * (len(rows) + 1) + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        *_axis(height),
        *_keys(legend),
    ]
    for number, (name, estimates) in enumerate(rows, start=1):
        y = _TOP + _ROW * number + _ROW / 2
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4:.0f}" text-anchor="end">{escape(name)}</text>')
        for place, estimate in enumerate(estimates):
            parts += _point(estimate, y=y + 6 * (place - (len(estimates) - 1) / 2), colour=_COLOURS[place])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _point(estimate: Estimate, *, y: float, colour: str) -> list[str]:
    if estimate.value is None:
        return []
    drawn = [f'<circle cx="{_x(estimate.value):.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>']
    if estimate.low is not None and estimate.high is not None:
        ends = f'x1="{_x(estimate.low):.1f}" x2="{_x(estimate.high):.1f}"'
        drawn.append(f'<line {ends} y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="1.5"/>')
    return drawn


def _axis(height: int) -> list[str]:
    bottom = height - _BOTTOM
    drawn = []
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        drawn.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP + _ROW}" y2="{bottom}" stroke="#ddd"/>')
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tenth / 10:.1f}</text>')
    middle = (_x(0) + _x(1)) / 2
    drawn.append(f'<text x="{middle:.1f}" y="{bottom + 32}" text-anchor="middle">mean DSC, 95 % interval</text>')
    return drawn


def _keys(legend: Sequence[str]) -> list[str]:
    drawn = []
    for place, name in enumerate(legend):
        x = _LEFT + 180 * place
        drawn.append(f'<circle cx="{x + 4}" cy="{_TOP}" r="3.5" fill="{_COLOURS[place]}"/>')
        drawn.append(f'<text x="{x + 14}" y="{_TOP + 4}">{escape(name)}</text>')
    return drawn


def _x(value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - 20) * min(max(value, 0.0), 1.0)
