"""Every part of a model directory keeps its contract, also one of another package."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts import PARTS, find_part
from lexiscope.testing.parts import check_part, tiny_content

_DETECTOR = """
from lexiscope.core.files import write_json
from lexiscope.models.card import CardSection
from lexiscope.models.parts.files import read_json
from lexiscope.models.parts.part import Part

class DetectorPart(Part):
    name, command, built_on = "detector", "lexiscope train detect CORPUS --out {path}", "joint"

    def save(self, content, folder):
        write_json(folder / "config.json", content)

    def load(self, folder):
        return read_json(folder / "config.json")

    def section(self, folder, record):
        return CardSection("Detector", "detector", "Outlines what is asked for.", record["weights"], record=record)
"""


@pytest.fixture
def detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a part in an installed package that is not lexiscope."""
    folder = tmp_path / "site"
    (folder / "outlines-1.0.dist-info").mkdir(parents=True)
    (folder / "outlines_part.py").write_text(_DETECTOR)
    (folder / "outlines-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: outlines\nVersion: 1.0\n")
    (folder / "outlines-1.0.dist-info" / "entry_points.txt").write_text(
        "[lexiscope.part]\ndetector = outlines_part:DetectorPart\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "outlines_part", raising=False)
    return "detector"


@pytest.mark.parametrize("name", PARTS)
def test_part_keeps_its_contract(name: str, tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path / "model")
    if find_part(name).built_on is not None:
        model.save("joint", tiny_content("joint"), record={})
    check_part(name, tiny_content(name), model)


def test_a_part_of_another_package_joins(detector: str, tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path / "model")
    assert not model.has(detector)
    with pytest.raises(ModelError, match=r"has no detector part; make it with: lexiscope train detect CORPUS --out"):
        model.load(detector)
    model.save("joint", tiny_content("joint"), record={})
    check_part(detector, {"classes": ["lesion"]}, model)
    assert model.parts() == ("joint", detector)
    assert "Outlines what is asked for" in (model.path / "README.md").read_text()


def test_an_unknown_part_is_no_missing_one(tmp_path: Path) -> None:
    for call in (ModelDirectory(tmp_path).has, ModelDirectory(tmp_path).part, find_part):
        with pytest.raises(UsageError, match=r"unknown part 'joints'\. Did you mean 'joint'\?"):
            call("joints")


def test_axes_of_mirrored_copies_come_back_and_stand_on_the_card(tmp_path: Path) -> None:
    model, content = ModelDirectory(tmp_path), tiny_content("segmenter")
    model.save("segmenter", replace(content, mirrors=(0,)), record={})
    assert model.load("segmenter").mirrors == (0,)
    assert "copies mirrored along y" in (tmp_path / "README.md").read_text()
    placing = tmp_path / "segmenter" / "grid.json"
    earlier = {name: value for name, value in json.loads(placing.read_text()).items() if name != "mirrors"}
    placing.write_text(json.dumps(earlier))
    assert model.load("segmenter").mirrors == ()
