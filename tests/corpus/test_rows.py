"""A case as a row: comes back equal, and its fingerprint is of what it says and of nothing else."""

from dataclasses import replace

import pyarrow as pa
import pytest

from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.corpus.rows import SCHEMA, case_of, hashes_of, image_of, row_of

IMAGE = Image("a" * 64, "sem", "png", (4, 6), spacing=(2.0, 2.5), unit="nm")
CASE = Case(
    "visit-1",
    "patient-1",
    Provenance("table", "CC0-1.0", {"row": 1, "box": [1.0, 2.0]}, ("cut",)),
    images={"sem": IMAGE, "flair": Image("b" * 64, "flair", "nifti", (3, 4, 5))},
    masks={"pore": replace(IMAGE, modality="pore")},
    texts=(Passage("caption", "A pore.", states=("kind",)), Passage("report", "Fine.", author="gpt", column="notes")),
    turns=(Turn("Open?", "yes", "closed", "complex", "gpt", (Span(0, 0, 2),), "POS"), Turn("Where?", "left")),
    attributes={"age": 61, "ratio": 0.5, "male": True, "code": "007"},
    split="train",
)


def stored(case, hashes=None):
    """The row as it comes back from Arrow."""
    return pa.Table.from_pylist([row_of(case, hashes or {})], schema=SCHEMA).to_pylist()[0]


def test_a_case_comes_back_equal_with_the_types_of_its_values():
    back = case_of(stored(CASE))
    assert back == CASE
    assert [type(value) for value in back.attributes.values()] == [int, float, bool, str]
    assert image_of(stored(CASE)["images"][0]) == IMAGE


def test_hashes_lie_beside_the_images_and_masks_have_none():
    row = stored(CASE, {"a" * 64: b"hash"})
    assert hashes_of(row) == {"a" * 64: b"hash"}
    assert row["masks"][0]["look"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"group": "patient-2"},
        {"split": "test"},
        {"attributes": {"age": 62, "ratio": 0.5, "male": True, "code": "007"}},
        {"attributes": {"age": "61", "ratio": 0.5, "male": True, "code": "007"}},
        {"texts": CASE.texts[:1]},
        {"turns": CASE.turns[:1]},
        {"masks": {}},
        {"provenance": replace(CASE.provenance, steps=())},
    ],
)
def test_whatever_a_case_says_changes_its_fingerprint(change):
    assert row_of(replace(CASE, **change), {})["fingerprint"] != row_of(CASE, {})["fingerprint"]


@pytest.mark.parametrize(
    "same",
    [
        {"images": dict(reversed(CASE.images.items()))},
        {"images": {**CASE.images, "sem": replace(IMAGE, path="/elsewhere.png")}},
        {"attributes": dict(reversed(CASE.attributes.items()))},
        {"provenance": replace(CASE.provenance, locator={"box": [1.0, 2.0], "row": 1})},
    ],
)
def test_orders_of_names_and_places_of_files_do_not(same):
    assert row_of(replace(CASE, **same), {})["fingerprint"] == row_of(CASE, {"a" * 64: b"hash"})["fingerprint"]
