"""Values as JSON types: what is converted, and what is refused."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.core.json_types import to_json


@dataclass
class Mask:
    structure: str

    def to_dict(self) -> dict[str, Any]:
        return {"structure": self.structure, "path": Path("mask.nii.gz"), "voxels": np.int64(12)}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array(2.0), 2.0),
        (float("inf"), None),
        (np.float64("nan"), None),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"path": Path("a.png")}, {"path": "a.png"}),
        ([Mask("tumour")], [{"structure": "tumour", "path": "mask.nii.gz", "voxels": 12}]),
    ],
)
def test_values_become_what_json_reads_back(value: object, plain: object) -> None:
    found = to_json(value)
    assert found == plain
    assert type(found) is type(plain)
    assert json.loads(json.dumps(found, allow_nan=False)) == plain


@pytest.mark.parametrize(("value", "said"), [(np.zeros(2), "ndarray"), ({1, 2}, "set"), (b"x", "bytes")])
def test_what_has_no_json_form_is_refused_by_its_type(value: object, said: str) -> None:
    with pytest.raises(TypeError, match=f"got {said}; make it numbers, text"):
        to_json({"value": [value]})


def test_keys_are_text() -> None:
    with pytest.raises(TypeError, match="key of a JSON object, got 3"):
        to_json({3: "three"})
