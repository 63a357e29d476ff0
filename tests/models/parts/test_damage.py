"""A part whose weights are damaged is named, whatever part it is."""

from pathlib import Path

import pytest

from lexiscope.core.errors import ModelError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts import find_part
from lexiscope.testing.parts import tiny_content


@pytest.mark.parametrize("name", ["image", "text", "joint", "assistant"])
def test_damaged_weights_are_named(name: str, tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path)
    if find_part(name).built_on is not None:
        model.save("joint", tiny_content("joint"), record={})
    base = {} if name != "assistant" else {"joint": model.fingerprint}
    model.save(name, tiny_content(name), record=base)
    (tmp_path / name / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=rf"the weights in .*{name} are damaged .*; train or copy them again"):
        model.load(name)
