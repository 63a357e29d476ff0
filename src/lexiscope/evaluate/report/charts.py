"""Line charts as inline SVG, drawn with the page's own colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 14, 40


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines over a common axis.

    Args:
        lines: Name -> points (x, y) in the order of x; at least one point in all.
        chance: A level to draw dashed, named "chance".
    """

    title: str
    x_label: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    chance: float | None = None


def curve_svg(curve: Curve) -> Markup:
    """Draw a curve; colours come from the classes `line-0`, `line-1`, ... of the page.

    Example:
        >>> "polyline" in curve_svg(Curve("Loss", "step", {"train": [(0, 2.0), (1, 1.0)]}))
        True
    """
    xs = [x for line in curve.lines.values() for x, _ in line]
    ys = [y for line in curve.lines.values() for _, y in line]
    ys += [curve.chance] if curve.chance is not None else []
    x_ticks, y_ticks = _ticks(min(xs), max(xs)), _ticks(min(0.0, *ys), max(ys))
    frame = _Frame(min(xs), max(xs), y_ticks[0], y_ticks[-1])
    parts = [_grid(frame, x_ticks, y_ticks, curve.x_label)]
    if curve.chance is not None:
        y = frame.y(curve.chance)
        parts.append(
            Markup('<line class="chance" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(_LEFT, _WIDTH - _RIGHT, y=y)
        )
        parts.append(
            Markup('<text class="chance-name" x="{}" y="{}">chance</text>').format(_WIDTH - _RIGHT - 46, y - 5)
        )
    for number, (name, line) in enumerate(curve.lines.items()):
        points = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in line)
        parts.append(
            Markup('<polyline class="line-{}" points="{}"><title>{}</title></polyline>').format(number, points, name)
        )
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(_WIDTH, _HEIGHT, curve.title)
    legend = Markup(" ").join(
        Markup('<span class="key key-{}">{}</span>').format(number, name) for number, name in enumerate(curve.lines)
    )
    caption = Markup("<figcaption><strong>{}</strong> {}</figcaption>").format(curve.title, legend)
    return Markup("<figure class='chart'>") + caption + head + Markup("").join(parts) + Markup("</svg></figure>")


@dataclass(frozen=True, slots=True)
class _Frame:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        share = (value - self.x_low) / ((self.x_high - self.x_low) or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / ((self.y_high - self.y_low) or 1)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _grid(frame: _Frame, x_ticks: Sequence[float], y_ticks: Sequence[float], x_label: str) -> Markup:
    lines = [
        Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/><text class="y" x="{}" y="{}">{}</text>').format(
            _LEFT, _WIDTH - _RIGHT, _LEFT - 8, frame.y(tick) + 4, f"{tick:g}", y=frame.y(tick)
        )
        for tick in y_ticks
    ]
    lines += [
        Markup('<text class="x" x="{}" y="{}">{}</text>').format(frame.x(tick), _HEIGHT - _BOTTOM + 17, f"{tick:g}")
        for tick in x_ticks
        if frame.x_low <= tick <= frame.x_high
    ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    lines.append(Markup('<text class="x name" x="{}" y="{}">{}</text>').format(middle, _HEIGHT - 4, escape(x_label)))
    return Markup("").join(lines)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers that hold low and high between the first and the last."""
    if high <= low:
        high = low + 1
    rough = (high - low) / 5
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    return [round(step * n, 10) for n in range(floor(low / step), ceil(high / step) + 1)]
