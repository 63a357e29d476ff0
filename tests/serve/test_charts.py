"""Charts of an interpretation as a page draws them."""

import base64
import io

import numpy as np
from PIL import Image

from lexiscope.interpret.charts import Bars, Gallery, Heatmap, Overlays, Waterfall, Words
from lexiscope.serve.workers.charts import charts_of


def test_numbers_and_words_are_told_as_they_are():
    bars = Bars("Shares", "share", {"t1": 0.5, "t2": float("nan")}, {"t1": (0.25, 0.75)}, {"t1": 0.5})
    waterfall = Waterfall("Sum", ("nothing", 0.0), {"t1": 0.5}, "everything")
    assert charts_of([bars, waterfall, Words("Words", [("red", -0.5)])]) == [
        {
            "kind": "bars",
            "title": "Shares",
            "y_label": "share",
            "values": {"t1": 0.5, "t2": None},
            "intervals": {"t1": [0.25, 0.75]},
            "null": {"t1": 0.5},
        },
        {"kind": "waterfall", "title": "Sum", "start": ["nothing", 0.0], "parts": {"t1": 0.5}, "end": "everything"},
        {"kind": "words", "title": "Words", "words": [["red", -0.5]]},
    ]


def test_a_map_is_as_opaque_as_its_values_and_as_large_as_its_picture():
    picture, over = np.array([[0.0, 1.0], [0.5, 0.25]]), np.array([[0.0, 1.0], [0.2, 0.0]])
    (gallery,) = charts_of([Gallery("Maps", [("t1: occlusion", picture), ("t2", picture)], [over, None])])
    first, second = gallery["pictures"]
    assert first["caption"] == "t1: occlusion"
    assert second["overlay"] is None
    grey, colour = _decoded(first["image"]), _decoded(first["overlay"])
    assert grey.shape == colour.shape[:2] == (128, 128)
    assert grey[::64, ::64].tolist() == [[0, 255], [128, 64]]
    assert colour[::64, ::64, 3].tolist() == [[0, 255], [51, 0]]


def test_slices_with_a_map_stand_in_one_picture_below_each_other():
    slices = np.array([[[0.0, 1.0]], [[0.5, 0.25]], [[1.0, 1.0]]])
    found = np.array([[[0.0, 0.0]], [[1.0, 0.2]], [[0.0, 0.4]]])
    (told,) = charts_of([Overlays("Maps", {"t1": slices}, {"occlusion": {"t1": found}})])
    (image,) = told["images"]
    assert (image["name"], image["slices"], image["shown"], image["height"], image["width"]) == ("t1", 3, 1, 1, 2)
    assert _decoded(image["image"]).tolist() == [[0, 255], [128, 64], [255, 255]]
    assert _decoded(image["maps"]["occlusion"])[..., 3].tolist() == [[0, 0], [255, 45], [0, 105]]


def test_kinds_that_a_page_does_not_draw_are_left_out():
    assert charts_of([Heatmap("Pairs", ["a"], ["b"], np.zeros((1, 1)))]) == []


def _decoded(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))))
