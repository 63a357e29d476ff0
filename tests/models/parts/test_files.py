"""JSON files of a part: views and records come back, damage is named, and old names are read."""

import json
from pathlib import Path

import pytest

from lexiscope.core.errors import ModelError
from lexiscope.models.parts.files import load_views, read_json, read_record, save_views
from lexiscope.testing.models import tiny_views


@pytest.mark.parametrize("kind", ["planar", "slices", "volume"])
def test_views_come_back(kind: str, tmp_path: Path) -> None:
    save_views(tiny_views(kind), tmp_path)
    assert load_views(tmp_path) == tiny_views(kind)


@pytest.mark.parametrize("content", [None, "{", ""])
def test_a_missing_or_damaged_file_is_named(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "views.json").write_text(content)
    with pytest.raises(ModelError, match=r"expected JSON in .*views\.json: .*the part is damaged, make it again"):
        load_views(tmp_path)


def test_results_of_earlier_versions_have_todays_names(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps({"seed": 3, "result": {"lessons": {"closed": 2}, "epochs": 1}}))
    assert read_record(tmp_path) == {"seed": 3, "result": {"examples": {"closed": 2}, "epochs": 1}}
    (tmp_path / "record.json").write_text(json.dumps({"seed": 3}))
    assert read_record(tmp_path) == read_json(tmp_path / "record.json") == {"seed": 3}
