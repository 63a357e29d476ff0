import json

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.tables.table import TableSource
from lexiscope.testing.drafts import picture, png


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("one", "two"):
        Pillow.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


def table(folder, rows, name="pairs.jsonl"):
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        columns = list(rows[0])
        path.write_text("\n".join([",".join(columns), *(",".join(str(row[c]) for c in columns) for row in rows)]))
    return path


ROW = {
    "image": "images/one.png",
    "caption": "A grain.",
    "note": "etched",
    "lab": "B",
    "age": "12",
    "kind": "sem",
    "set": "val",
}


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.csv"])
def test_a_row_becomes_a_case_of_the_columns_that_were_named(folder, name):
    source = TableSource(
        table(folder, [ROW], name),
        image_columns=("image",),
        text_columns=("caption", "note"),
        attribute_columns=("age",),
        group_column="lab",
        split_column="set",
        licence="CC0",
    )
    (draft,) = source.drafts()
    assert (draft.id, draft.group, draft.split) == ("one", "B", "val")
    assert draft.images["image"].origin == folder / "images" / "one.png"
    assert [(p.kind, p.column, p.text) for p in draft.texts] == [
        ("caption", "caption", "A grain."),
        ("caption", "note", "etched"),
    ]
    assert draft.attributes == {"age": 12}
    assert draft.provenance.licence == "CC0"
    assert draft.provenance.locator == {"file": name, "row": 1}


def test_ids_come_from_the_id_column_where_there_is_one(folder):
    (draft,) = TableSource(table(folder, [{"id": 7, **ROW}]), image_columns=("image",)).drafts()
    assert (draft.id, draft.group) == ("7", "7")


def test_several_image_columns_are_modalities(folder):
    row = {"id": "a", "t1": "images/one.png", "t2": "images/two.png", "flair": ""}
    (draft,) = TableSource(table(folder, [row]), image_columns=("t1", "t2", "flair")).drafts()
    assert sorted(draft.images) == ["t1", "t2"]


def test_of_several_images_the_missing_one_is_rejected_and_the_case_kept(folder):
    row = {"id": "a", "t1": "images/one.png", "t2": "images/none.png"}
    rejected, draft = TableSource(table(folder, [row]), image_columns=("t1", "t2")).drafts()
    assert isinstance(rejected, Rejected)
    assert sorted(draft.images) == ["t1"]


def test_empty_image_cell_with_text_is_a_case_without_image(folder):
    rows = [{"image": "", "caption": "words only"}, {"caption": "no cell"}, {"image": None, "caption": ""}]
    source = TableSource(table(folder, rows), image_columns=("image",), text_columns=("caption",))
    first, second, third = source.drafts()
    assert not first.images
    assert not second.images
    assert first.id != second.id
    assert isinstance(third, Rejected)


@pytest.mark.parametrize(
    "cell", ["images/none.png", "../secret.png", "/etc/passwd", "images", "a\0b", "x" * 5000, 3, ["a"]]
)
def test_a_bad_image_cell_rejects_its_row_only(folder, cell):
    (folder.parent / "secret.png").write_bytes(b"x")
    path = table(folder, [{**ROW, "image": cell}, {**ROW, "image": "images/two.png"}])
    rejected, draft = TableSource(path, image_columns=("image",), text_columns=("caption",)).drafts()
    assert isinstance(rejected, Rejected)
    assert rejected.path.endswith("pairs.jsonl:1")
    assert rejected.reason
    assert rejected.remedy
    assert draft.id == "two"


def test_wrong_use_is_answered_with_the_columns(folder):
    path = table(folder, [ROW])
    with pytest.raises(UsageError, match=r"Did you mean 'image'\?.*caption"):
        TableSource(path, image_columns=("imgae",)).drafts()
    with pytest.raises(UsageError, match=r"at least one column.*image"):
        TableSource(path).drafts()
    with pytest.raises(UsageError, match="name the table"):
        TableSource(folder, image_columns=("image",)).drafts()


def test_an_empty_table_is_rejected(folder):
    (folder / "a.csv").write_text("")
    (rejected,) = TableSource(folder / "a.csv", image_columns=("image",)).drafts()
    assert isinstance(rejected, Rejected)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(folder):
    import tracemalloc

    path = folder / "long.jsonl"
    path.write_text("".join(f'{{"id": {n}, "caption": "text of row {n}"}}\n' for n in range(10_000)))
    drafts = TableSource(path, text_columns=("caption",)).drafts()
    tracemalloc.start()
    count = sum(isinstance(draft, Draft) for draft in drafts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 1 << 20


@pytest.mark.shared
def test_real_textbook_figures(shared):
    source = TableSource(
        shared / "openstax_figures" / "pairs.jsonl",
        image_columns=("image",),
        text_columns=("caption", "alt_text"),
        group_column="module",
        split_column="split",
    )
    drafts = list(source.drafts())
    assert len(drafts) == 1181
    assert all(isinstance(draft, Draft) and draft.images and not draft.attributes for draft in drafts)
    assert sum(draft.split == "test" for draft in drafts) == 176


def test_a_table_from_excel_on_windows(tmp_path):
    for name in ("m1", "m2"):
        (tmp_path / f"{name}.png").write_bytes(png(picture(1)).origin.data)
    words = (
        "sep=;\r\nimage;caption;caption;scale;group\r\nm1.png;5–10 µm – “seeds”…;;3,5;nan\r\nm2.png;N/A;;12,25;g\r\n"
    )
    (tmp_path / "a.csv").write_bytes(words.encode("cp1252"))
    source = TableSource(
        tmp_path / "a.csv",
        image_columns=("image",),
        text_columns=("caption",),
        attribute_columns=("scale",),
        group_column="group",
    )
    first, second = source.drafts()
    assert [text.text for text in first.texts] == ["5–10 µm – “seeds”…"]
    assert second.texts == ()
    assert (first.attributes, second.attributes) == ({"scale": 3.5}, {"scale": 12.25})
    assert (first.group, second.group) == ("m1", "g")
    assert first.provenance.steps == (
        "text that is no UTF-8 was read as Windows-1252 (guessed; encodings such as Windows-1250 look alike: "
        "where letters are wrong, save it as UTF-8)",
        "of several columns 'caption' of the table the first was read",
        "the decimal comma of scale was read as a point",
    )
