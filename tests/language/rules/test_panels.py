"""Panels of compound figures, as captions list them."""

import pytest

from lexiscope.language.rules.panels import find_panels


@pytest.mark.parametrize(
    ("caption", "panels"),
    [
        ("(a) SEM image of glass, and (b) optical image of steel.", ["SEM image of glass", "optical image of steel"]),
        ("a) As cast film; b) annealed film", ["As cast film", "annealed film"]),
        ("Film as cast (a) and film after annealing (b).", ["Film as cast", "film after annealing"]),
        ("(a) SEM image of glass; (b,c) photos of the oven.", ["SEM image of glass"] + 2 * ["photos of the oven"]),
        ("(a) as cast film (c) annealed film", []),
        ("Steel at (a) 950 °C, (b) 1050 °C.", []),
        ("(a) SEM image of glass. Scale bar 2 µm. (b) Photo of the oven.", ["SEM image of glass", "Photo of the oven"]),
    ],
)
def test_panels(caption, panels):
    assert [panel.text for panel in find_panels(caption)] == panels
    assert all(caption[panel.span.start : panel.span.end] == panel.text for panel in find_panels(caption))
