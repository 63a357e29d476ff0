"""Messages over HTTP name no folder of the machine."""

from pathlib import Path

import pytest

from lexiscope.serve.places import Places

PLACES = Places({Path("/srv/m/brain"): "brain", Path("/srv/m/brain-2"): "brain-2"}, own=Path("/srv/own"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no index in /srv/m/brain; run it", "no index in brain; run it"),
        ("/srv/m/brain-2/joint is old", "brain-2/joint is old"),
        ("/srv/m/brainstem", "/srv/m/brainstem"),
        ("at /srv/m/brain.", "at brain."),
        ("'/srv/own/uploads/a_b-C/unpacked/000001.dcm' is damaged", "'000001.dcm' is damaged"),
        (f"{Path.home()}/data/x.csv", "x.csv"),
        ("compare with the schema at /api/v1/openapi.json", "compare with the schema at /api/v1/openapi.json"),
    ],
)
def test_places_become_names(text: str, shown: str) -> None:
    assert PLACES.hide(text) == shown


def test_everything_in_a_value_is_hidden() -> None:
    value = {"a": ["/srv/m/brain", 3, None], "b": {"c": ("/srv/m/brain/x",)}}
    assert PLACES.hidden(value) == {"a": ["brain", 3, None], "b": {"c": ["brain/x"]}}
