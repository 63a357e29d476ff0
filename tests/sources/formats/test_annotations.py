"""Files of annotation programs, as these write them, beside files that only look like them."""

import json

import pytest

from lexiscope.sources.formats.annotations import annotations_in

_COCO = {"licenses": [], "images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "bbox": []}]}


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("instances.json", json.dumps(_COCO), "COCO annotations"),
        ("results.json", json.dumps({"annotations": [{"image_id": 1, "bbox": []}] * 9000}), "COCO annotations"),
        ("a.JSON", json.dumps({"version": "5.0.1", "shapes": [], "imagePath": "a.png"}), "labelme outlines"),
        ("via.json", json.dumps({"_via_settings": {}}), "outlines of the VGG annotator"),
        ("a.geojson", json.dumps({"type": "FeatureCollection", "features": []}), "outlines of QuPath (GeoJSON)"),
        ("a.xml", "<annotation><filename>a.png</filename><size></size></annotation>", "boxes in Pascal VOC"),
        ("a.xml", "<ASAP_Annotations></ASAP_Annotations>", "outlines on a slide"),
        ("a.txt", "0 0.5 0.5 0.1 0.25\n12 0.1 0.1 0.2 0.2 0.3 0.3\n", "boxes or outlines of YOLO"),
        ("a.txt", "0 0.5 0.5 0.1 0.25\n" * 9000, "boxes or outlines of YOLO"),
        ("a.txt", "0 0.5 0.5 0.1 0.25\nA pore.", None),
        ("a.txt", "", None),
        ("T1w.json", json.dumps({"EchoTime": 0.03, "Manufacturer": "Siemens"}), None),
        ("conversations.json", json.dumps([{"image": "a.png", "conversations": []}]), None),
        ("article.xml", "<article><front/></article>", None),
        ("notes.md", json.dumps(_COCO), None),
    ],
)  # fmt: skip
def test_annotations_are_told_by_their_content(tmp_path, name, text, title):
    (tmp_path / name).write_text(text)
    known = annotations_in(tmp_path / name)
    assert (known.title if known else None) == title
    assert known is None or "table" in known.remedy
