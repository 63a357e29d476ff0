"""Label images of tables: a mask for each structure, on whole pictures and on tiles."""

import io
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.label_image import read_label_image
from lexiscope.sources.tables.table import TableSource

SIDE = 64


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A picture of 2 x 2 tiles: the first has a crack, the second a pixel of one, the third oxide, the last nothing."""
    picture = np.arange(4 * SIDE**2, dtype=np.uint32).reshape(2 * SIDE, 2 * SIDE) % 251
    labels = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    labels[5, 5:40], labels[0, SIDE], labels[SIDE + 9 :, :20] = 2, 2, 1
    Pillow.fromarray(picture.astype(np.uint8)).save(tmp_path / "a.png")
    Pillow.fromarray(labels).save(tmp_path / "a_mask.png")
    row = {"id": "a", "image": "a.png", "mask": "a_mask.png", "classes": "matrix;oxide layer;crack", "specimen": "s1"}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def read(table: Path, **more: object) -> list[Draft | Rejected]:
    columns = {"image_columns": ("image",), "mask_columns": ("mask",), "class_column": "classes", "id_column": "id"}
    return list(TableSource(table, group_column="specimen", **{**columns, **more}).drafts())


def pixels(file: ImageFile) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(file.origin.data)))


def test_a_label_image_gives_a_mask_for_each_class(table):
    (draft,) = read(table)
    assert draft.masks.keys() == {"oxide_layer", "crack"}
    assert pixels(draft.masks["crack"]).sum() == 36
    assert draft.images["image"].origin.name == "a.png"


def test_tiles_know_what_is_in_them_and_what_is_not(table):
    tiles = read(table, tiles=SIDE)
    assert [tile.id for tile in tiles] == ["a-0-0", f"a-0-{SIDE}", f"a-{SIDE}-0", f"a-{SIDE}-{SIDE}"]
    assert {tile.group for tile in tiles} == {"s1"}
    there = [{name: bool(pixels(mask).any()) for name, mask in tile.masks.items()} for tile in tiles]
    assert there == [
        {"oxide_layer": False, "crack": True},
        {"oxide_layer": False},  # one pixel of a crack: nobody can say
        {"oxide_layer": True, "crack": False},
        {"oxide_layer": False, "crack": False},
    ]
    whole = np.asarray(Pillow.open(table.parent / "a.png"))
    assert (pixels(tiles[2].images["image"]) == whole[SIDE:, :SIDE]).all()
    assert tiles[2].provenance.locator["box_px"] == [0.0, 64.0, 64.0, 128.0]


def test_labels_that_do_not_fit_are_rejected_with_the_reason(table):
    text = table.read_text()
    table.write_text(text.replace(";crack", ""))
    rejected, draft = read(table)
    assert "has the class 2, but only 2 names" in rejected.reason
    assert (list(draft.images), dict(draft.masks)) == (["image"], {})
    table.write_text(text)
    Pillow.new("L", (9, 9)).save(table.parent / "a_mask.png")
    (rejected,) = read(table, tiles=SIDE)
    assert "is of (9, 9), its image of (128, 128)" in rejected.reason


def test_columns_that_do_not_belong_together_are_refused(table):
    with pytest.raises(UsageError, match="the class column classes names what one mask column shows, got 0"):
        read(table, mask_columns=())
    with pytest.raises(UsageError, match="tiles are cut from one image with its masks, of at least 16 pixels, got 8"):
        read(table, tiles=8)


def test_structures_are_named_without_a_class_column(table):
    (draft,) = read(table, class_column=None, structures={"damage": ("1,2",), "pore": ("7",)})
    assert {name: int(pixels(mask).sum()) for name, mask in draft.masks.items()} == {"damage": 1136, "pore": 0}
    (every,) = read(table, class_column=None, structures={"anything": ("*",)})
    assert int(pixels(every.masks["anything"]).sum()) == 1136
    (unnamed,) = read(table, class_column=None)
    assert list(unnamed.masks) == ["label 1", "label 2"]


def test_a_row_without_a_label_image_is_not_annotated_unless_it_is_said(table):
    row = json.loads(table.read_text())
    table.write_text("\n".join(json.dumps(row | more) for more in ({}, {"id": "b", "mask": ""})) + "\n")
    assert [list(draft.masks) for draft in read(table)] == [["oxide_layer", "crack"], []]
    first, second = read(table, annotated=("crack",))
    assert list(first.masks) == ["oxide_layer", "crack"]
    assert [(name, pixels(mask).shape, pixels(mask).max()) for name, mask in second.masks.items()] == [
        ("crack", (2 * SIDE, 2 * SIDE), 0)
    ]
    assert "mask crack: empty" in second.provenance.steps[-1]


def test_structures_are_said_as_the_class_column_writes_them_and_a_name_without_masks_is_told(table):
    row = json.loads(table.read_text())
    table.write_text("\n".join(json.dumps(row | more) for more in ({}, {"id": "b", "mask": ""})) + "\n")
    first, second = read(table, annotated=("Oxide layer",))
    assert list(first.masks) == ["oxide_layer", "crack"]
    assert list(second.masks) == ["oxide_layer"]
    *_, told = read(table, annotated=("oxide_layers",))
    assert "none has a mask of that name" in told.reason
    assert "crack, oxide_layer" in told.remedy


def test_several_mask_columns_may_overlap(table):
    row = json.loads(table.read_text())
    whole = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    whole[:50] = 1
    Pillow.fromarray(whole).save(table.parent / "whole.png")
    table.write_text(json.dumps(row | {"sample": "whole.png"}) + "\n")
    asked = {"mask_columns": ("mask", "sample"), "class_column": None}
    (draft,) = read(table, structures={"mask:crack": ("2",)}, **asked)
    assert {name: int((pixels_of(mask) > 0).sum()) for name, mask in draft.masks.items()} == {
        "crack": 36,
        "sample": 50 * 2 * SIDE,
    }
    with pytest.raises(UsageError, match="--structure crack must say in which label image it is: mask, sample"):
        read(table, structures={"crack": ("2",)}, **asked)


def pixels_of(file: ImageFile) -> np.ndarray:
    return read_label_image(file.origin).values


def test_captions_name_the_kind_of_picture_where_that_is_asked_for(table):
    row = json.loads(table.read_text()) | {"caption": "SEM image of a coating"}
    table.write_text(json.dumps(row) + "\n")
    asked = {"mask_columns": (), "class_column": None, "text_columns": ("caption",)}
    (plain,), (named,) = read(table, **asked), read(table, image_types=True, **asked)
    assert (plain.attributes, named.attributes) == ({}, {"image_type": "sem"})


@pytest.mark.parametrize("suffix", ["png", "gif", "tif", "bmp"])
def test_a_palette_image_gives_its_indices(table, suffix):
    (plain,) = read(table)
    labels = Pillow.open(table.parent / "a_mask.png")
    indexed = Pillow.fromarray(np.asarray(labels), mode="P")
    indexed.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    indexed.save(table.parent / f"a_mask.{suffix}", optimize=False)
    table.write_text(table.read_text().replace("a_mask.png", f"a_mask.{suffix}"))
    (draft,) = read(table)
    for name, mask in plain.masks.items():
        assert (pixels(draft.masks[name]) == pixels(mask)).all()
    assert draft.provenance.steps[0] == f"a_mask.{suffix} has a palette: its indices are the classes"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1e300, -1e300, np.nan, 2.0**53])
def test_values_that_count_nothing_are_refused(tmp_path, value):
    labels = np.zeros((2, 3, 4))
    labels[0, 0, 0] = value
    nibabel.Nifti1Image(labels, np.eye(4)).to_filename(tmp_path / "labels.nii")
    with pytest.raises(SourceError, match="expected labels"):
        read_label_image(tmp_path / "labels.nii")
