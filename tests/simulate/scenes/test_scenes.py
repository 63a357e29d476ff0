"""Simulated scenes: reproducible one by one, read as any table is, and each class visible where it is said to be."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.simulate.scenes import write_scenes
from lexiscope.simulate.scenes.folder import TABLE, TRUTH
from lexiscope.simulate.scenes.picture import Floor, render
from lexiscope.simulate.scenes.plan import PLANTED, VALUES, Scene, plan_picture
from lexiscope.sources.draft import Draft
from lexiscope.sources.tables.table import TableSource

FLOOR = Floor((120, 120, 120), (0, 0), 1000, (0, 0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scenes")
    write_scenes(made, scenes=6, seed=3)
    return made


@pytest.fixture(scope="module")
def pictures() -> list:
    scenes = [Scene(1, index) for index in range(40)]
    return [render(plan_picture(scene.rng(0)), FLOOR, rng=scene.rng(1)) for scene in scenes]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(folder, tmp_path):
    write_scenes(tmp_path / "again", scenes=6, seed=3)
    write_scenes(tmp_path / "other", scenes=6, seed=4)
    assert contents(tmp_path / "again") == contents(folder)
    other = (tmp_path / "other" / "scene-4-00000" / "0-colour.png").read_bytes()
    assert other != (folder / "scene-3-00000" / "0-colour.png").read_bytes()


def test_a_run_that_was_stopped_makes_what_is_missing_and_nothing_else(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "scene-3-00002")
    (tmp_path / ".scene-3-00002.part").mkdir()
    assert write_scenes(tmp_path, scenes=6, seed=3).written == 1
    assert contents(tmp_path) == contents(folder)
    assert not list(tmp_path.glob(".*"))


def test_the_table_is_read_as_cases_of_two_modalities_with_a_mask_of_each_class(folder):
    structures = {name: (str(VALUES[name]),) for name in PLANTED}
    source = TableSource(
        folder / TABLE,
        image_columns=("colour", "depth"),
        mask_columns=("labels",),
        structures=structures,
        group_column="scene",
        split_column="split",
    )
    drafts = [draft for draft in source.drafts() if isinstance(draft, Draft)]
    assert len(drafts) == 24
    assert {(frozenset(draft.images), frozenset(draft.masks)) for draft in drafts} == {
        (frozenset({"colour", "depth"}), frozenset(PLANTED))
    }
    assert {draft.group: draft.split for draft in drafts} == {
        f"scene-3-{number:05d}": split for number, split in enumerate(["train"] * 4 + ["val", "test"])
    }
    with Pillow.open(folder / "scene-3-00000" / "0-depth.png") as depth:
        assert (depth.mode, depth.size) == ("I;16", (64, 64))


def test_the_truth_says_what_each_class_needs(folder):
    truth = json.loads((folder / TRUTH).read_text())
    assert {name: entry["planted"] for name, entry in truth["classes"].items()} == {
        "stain": "special to colour",
        "mound": "special to depth",
        "block": "consistent",
        "token": "synergistic",
    }


def test_a_stain_leaves_no_trace_in_depth_and_a_mound_none_in_colour(pictures):
    stain, mound, floor = (np.concatenate([depth_and_colour(p, value) for p in pictures]) for value in (1, 2, 0))
    assert stain[:, 0].mean() == pytest.approx(floor[:, 0].mean(), abs=0.3)  # mm
    assert stain[:, 0].std() == pytest.approx(floor[:, 0].std(), rel=0.05)
    assert mound[:, 1:].mean(axis=0) == pytest.approx(floor[:, 1:].mean(axis=0), abs=0.5)  # grey levels
    assert mound[:, 1:].std() == pytest.approx(floor[:, 1:].std(), rel=0.05)
    assert stain[:, 1:].std() > 3 * floor[:, 1:].std()
    assert mound[:, 0].mean() < floor[:, 0].mean() - 50


def test_neither_colour_nor_height_alone_says_which_plate_is_a_token():
    plates = [
        thing
        for index in range(1500)
        for thing in plan_picture(Scene(2, index).rng(0))
        if thing.name in ("token", "decoy")
    ]
    tokens, by_colour, by_height = (
        Counter(thing.name == "token" for thing in plates),
        Counter((thing.colour, thing.name) for thing in plates),
        Counter((thing.height, thing.name) for thing in plates),
    )
    share = tokens[True] / len(plates)
    assert share == pytest.approx(0.2, abs=0.02)
    for counts in (by_colour, by_height):
        for look in {look for look, _ in counts}:
            assert counts[look, "token"] / (counts[look, "token"] + counts[look, "decoy"]) == pytest.approx(
                share, abs=0.03
            )
    together = {(thing.colour, thing.height, thing.name) for thing in plates}
    assert {(colour, height) for colour, height, name in together if name == "token"} == {("red", 25), ("blue", 55)}
    assert {(colour, height) for colour, height, name in together if name == "decoy"} == {("red", 55), ("blue", 25)}


def test_objects_do_not_touch_each_other():
    for index in range(40):
        things = plan_picture(Scene(5, index).rng(0))
        rendered = render(things, FLOOR, rng=np.random.default_rng(0))
        alone = sum(int((render([thing], FLOOR, rng=np.random.default_rng(0)).labels > 0).sum()) for thing in things)
        assert (rendered.labels > 0).sum() == alone


@pytest.mark.parametrize(("scenes", "seed"), [(5, 0), (6, -1)])
def test_impossible_numbers_are_refused(tmp_path, scenes, seed):
    with pytest.raises(UsageError, match="need scenes >= 6"):
        write_scenes(tmp_path, scenes=scenes, seed=seed)


def depth_and_colour(picture, value: int) -> np.ndarray:
    """`(n, 4)` depth, red, green and blue of the pixels of a class."""
    inside = picture.labels == value
    return np.column_stack([picture.depth[inside], picture.colour[inside]]).astype(float)
