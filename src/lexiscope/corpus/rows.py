"""A case as one typed Arrow row, and back; with the fingerprint that tells whether it changed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.image import Image
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn

_IMAGE = pa.struct(
    [
        ("modality", pa.string()),
        ("content", pa.string()),
        ("format", pa.string()),
        ("shape", pa.list_(pa.int32())),
        ("channels", pa.int32()),
        ("bits", pa.int32()),
        ("spacing", pa.list_(pa.float64())),
        ("unit", pa.string()),
        ("path", pa.string()),
        ("look", pa.binary()),  # perceptual hash; derived from the pixels, so not part of the case
    ]
)
_MASK = pa.struct([*_IMAGE, pa.field("marked", pa.int64())])  # derived from the pixels, too
_DERIVED = ("path", "look", "marked")
_PASSAGE = pa.struct(
    [
        ("kind", pa.string()),
        ("text", pa.string()),
        ("author", pa.string()),
        ("column", pa.string()),
        ("states", pa.list_(pa.string())),
        ("modalities", pa.list_(pa.string())),
    ]
)
_LISTS = ("states", "modalities")  # of a passage; empty ones are left out, so fingerprints stay those of before them
_SPAN = pa.struct([("passage", pa.int32()), ("start", pa.int32()), ("end", pa.int32())])
_TURN = pa.struct(
    [
        ("question", pa.string()),
        ("answer", pa.string()),
        ("kind", pa.string()),
        ("level", pa.string()),
        ("author", pa.string()),
        ("evidence", pa.list_(_SPAN)),
        ("topic", pa.string()),
    ]
)
_PROVENANCE = pa.struct(
    [
        ("source", pa.string()),
        ("licence", pa.string()),
        ("locator", pa.string()),  # JSON: a locator's values keep their types
        ("steps", pa.list_(pa.string())),
    ]
)

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("split", pa.string()),
        pa.field("images", pa.list_(_IMAGE)),
        pa.field("masks", pa.list_(_MASK)),
        pa.field("texts", pa.list_(_PASSAGE)),
        pa.field("turns", pa.list_(_TURN)),
        pa.field("attributes", pa.string()),  # JSON: names differ from case to case, values keep their types
        pa.field("provenance", _PROVENANCE),
        pa.field("fingerprint", pa.binary(32), nullable=False),
        pa.field("drafted", pa.binary(32)),  # fingerprint of the case as its source gave it; null where none did
    ]
)


def row_of(case: Case, hashes: Mapping[str, bytes]) -> dict[str, Any]:
    """The row of a case, for `SCHEMA`.

    The fingerprint is the SHA-256 of everything the case says. Where a referenced file lies (`Image.path`) does not
    count: the same data is the same corpus on every machine.

    Args:
        hashes: Content hash -> perceptual hash, for the images whose hash is known.
    """
    provenance = case.provenance
    content: dict[str, Any] = {
        "id": case.id,
        "group": case.group,
        "split": case.split,
        "images": [_said(image) for image in case.images.values()],
        "masks": [_said(mask) for mask in case.masks.values()],
        "texts": [_passage(text) for text in case.texts],
        "turns": [_turn(turn) for turn in case.turns],
        "attributes": _json(case.attributes),
        "provenance": {
            "source": provenance.source,
            "licence": provenance.licence,
            "locator": _json(provenance.locator),
            "steps": list(provenance.steps),
        },
    }
    fingerprint = bytes.fromhex(sha256_json(_sorted(content)))
    for row, image in zip(content["images"], case.images.values(), strict=True):
        row |= {"path": image.path, "look": hashes.get(image.content)}
    for row, mask in zip(content["masks"], case.masks.values(), strict=True):
        row |= {"path": mask.path, "look": None, "marked": mask.marked}
    return {**content, "fingerprint": fingerprint}


def fingerprint_of(case: Case) -> bytes:
    """SHA-256 of everything that a case says, as rows hold it."""
    fingerprint: bytes = row_of(case, {})["fingerprint"]
    return fingerprint


def case_of(row: Mapping[str, Any]) -> Case:
    """The case of a row; the inverse of `row_of`.

    Example:
        >>> from lexiscope.core import Provenance
        >>> case = Case("a", "p1", Provenance("table"), attributes={"age": 61})
        >>> case_of(row_of(case, {})) == case
        True
    """
    provenance = row["provenance"]
    return Case.from_dict(
        {
            "id": row["id"],
            "group": row["group"],
            "split": row["split"],
            "images": _images(row["images"]),
            "masks": _images(row["masks"]),
            "texts": row["texts"],
            "turns": row["turns"],
            "attributes": json.loads(row["attributes"], parse_constant=str),  # an earlier version let NaN in
            "provenance": {**provenance, "locator": json.loads(provenance["locator"], parse_constant=str)},
        }
    )


def hashes_of(row: Mapping[str, Any]) -> dict[str, bytes]:
    """Content hash -> perceptual hash of the images of a row that have one."""
    return {image["content"]: image["look"] for image in row["images"] if image["look"] is not None}


def image_of(row: Mapping[str, Any]) -> Image:
    """The image of an entry of the columns `images` or `masks`."""
    record = _image_record(row)
    spacing = record["spacing"]
    return Image(**{**record, "shape": tuple(record["shape"]), "spacing": None if spacing is None else tuple(spacing)})


def _said(image: Image) -> dict[str, Any]:
    return {name: getattr(image, name) for name in _IMAGE.names if name not in _DERIVED}


def _passage(text: Passage) -> dict[str, Any]:
    lists = {name: list(getattr(text, name)) for name in _LISTS}
    content = {name: getattr(text, name) for name in _PASSAGE.names if name not in _LISTS}
    return content | {name: values for name, values in lists.items() if values}  # nothing stated, nothing said


def _turn(turn: Turn) -> dict[str, Any]:
    evidence = [{"passage": span.passage, "start": span.start, "end": span.end} for span in turn.evidence]
    content = {name: getattr(turn, name) for name in _TURN.names if name not in ("evidence", "topic")}
    return content | {"evidence": evidence} | ({"topic": turn.topic} if turn.topic else {})  # no topic, nothing said


def _sorted(content: Mapping[str, Any]) -> dict[str, Any]:
    """The order in which modalities, attributes and locators are named says nothing."""
    by_modality = {
        role: sorted(content[role], key=lambda image: image["modality"])  # names are unique within a case
        for role in ("images", "masks")
    }
    provenance = {**content["provenance"], "locator": json.loads(content["provenance"]["locator"])}
    return {**content, **by_modality, "attributes": json.loads(content["attributes"]), "provenance": provenance}


def _images(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["modality"]: _image_record(row) for row in rows}


def _image_record(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "look"}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
