"""Tiny parts of a model directory, and the contract that every part keeps."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.files import sha256_file
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts import find_part
from lexiscope.models.parts.files import RECORD

ORIGIN = {"name": "a|tower", "origin": "a lab", "place": "hub cache", "layout": "hub", "licence": "CC-BY-4.0"}
RUN = {"verb": "train", "corpus": "abc123", "seed": 7, "weights": [ORIGIN], "metrics": {"recall@10": 0.5432109}}
_SAFE = (".safetensors", ".json", ".jinja", ".txt", ".model")


def tiny_content(name: str) -> Any:
    """The content of one of lexiscope's own parts, small and with random weights; what `ModelDirectory.save` takes.

    Raises:
        KeyError: a part of another package.
    """
    return _CONTENTS[name]()


def check_part(name: str, content: Any, model: ModelDirectory) -> None:
    """Check what every part of a model directory promises.

    It comes back as it was saved; it holds nothing that runs code when it is loaded; it names the command that makes
    it, and its section of the card names the origin and licence of every pretrained weight.

    Args:
        name: Name of the part in `PARTS`.
        content: Content of the part, as its `save` takes it, with a pretrained weight of the origin `ORIGIN` in it.
        model: A model directory that holds the part that this one is built on, if it is built on one.

    Raises:
        AssertionError: a promise is broken.
    """
    part = find_part(name)
    assert part.name == name, f"the part {name!r} calls itself {part.name!r}"
    assert re.match(r"lexiscope .*\{path\}", part.command), f"no command that makes it: {part.command!r}"
    base = {} if part.built_on is None else {part.built_on: model.fingerprint_of(part.built_on)}
    model.save(name, content, record={**RUN, **base})
    assert name in model.parts()
    assert model.record(name) == {**RUN, **base}
    saved = _hashes(model.part(name))
    assert not [file for file in saved if Path(file).suffix not in _SAFE], f"files that may run code: {sorted(saved)}"
    model.save(name, model.load(name), record={**RUN, **base})
    assert _hashes(model.part(name)) == saved, "what was loaded differs from what was saved"
    _check_card(model, name)


def _check_card(model: ModelDirectory, name: str) -> None:
    section = find_part(name).section(model.part(name), model.record(name))
    assert section.folder == name
    assert all([section.title, section.summary]), "a section needs a title and a summary"
    assert [weights["licence"] for weights in section.weights] == [ORIGIN["licence"]], "a weight without its licence"
    assert ORIGIN["name"] in section.weights[0]["name"], "a weight without its name"
    card = (model.path / "README.md").read_text(encoding="utf-8")
    assert f"(`{name}/`)" in card, "the card lacks the part"


def _hashes(folder: Path) -> Mapping[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != RECORD)
    return {file.relative_to(folder).as_posix(): _hash(file) for file in files}


def _hash(file: Path) -> str:
    return json.dumps(json.loads(file.read_text()), sort_keys=True) if file.suffix == ".json" else sha256_file(file)


def _image() -> Any:
    from lexiscope.models.parts.image import ImageContent
    from lexiscope.testing.models import tiny_encoder, tiny_views

    return ImageContent(tiny_encoder(tiny_views()), tiny_views())


def _text() -> Any:
    from lexiscope.testing.models import tiny_text_tower

    return tiny_text_tower()


def _joint() -> Any:
    from lexiscope.models.parts.joint import JointContent
    from lexiscope.testing.models import tiny_joint_space, tiny_ood_detector, tiny_views

    return JointContent(tiny_joint_space(origins=[ORIGIN]), tiny_views(), tiny_ood_detector())


def _assistant() -> Any:
    from lexiscope.models.assistant.mixture import Mixture, Weights
    from lexiscope.models.parts.assistant import AssistantContent
    from lexiscope.models.reranker import Reranker, RerankerConfig
    from lexiscope.testing.speaking import tiny_assistant, tiny_captions, tiny_classifier

    assistant = tiny_assistant(adapter=True)
    assistant.config.weights = [ORIGIN]
    reranker = Reranker(RerankerConfig(text_dim=24, image_dim=16, width=8, depth=1, heads=2))
    mixture = Mixture(Weights(0.2, 0.3), Weights(threshold=0.4))
    return AssistantContent(assistant, tiny_classifier(), reranker, mixture, tiny_captions())


def _segmenter() -> Any:
    import numpy as np

    from lexiscope.models.parts.segmenter import SegmenterContent, Structure
    from lexiscope.testing.masked import tiny_segmenter
    from lexiscope.testing.models import tiny_ood_detector
    from lexiscope.views.case_grid import CaseGrid

    segmenter = tiny_segmenter()
    segmenter.config.weights = [ORIGIN]
    structures = {"disc": Structure(("disc", "the disc"), threshold=0.4, presence=0.1, cases=3)}
    grid = CaseGrid(channels={"t1": 1, "t2": 1})
    told = np.ones((2, segmenter.text.width), np.float32)
    ood = tiny_ood_detector()
    return SegmenterContent(segmenter, grid, (32, 32), structures, ood=ood, instructions=told, foreign=told[:1])


_CONTENTS = {"image": _image, "text": _text, "joint": _joint, "assistant": _assistant, "segmenter": _segmenter}
