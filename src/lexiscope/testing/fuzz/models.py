"""Readers of model directories and of settings: one file of a part replaced, every part loaded as its tasks load it."""

import os
import struct
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts import PARTS, find_part
from lexiscope.testing.fuzz.folders import JSON_WORDS
from lexiscope.testing.fuzz.reader import Reader, pack
from lexiscope.testing.parts import tiny_content

_LARGEST = 1 << 14  # bytes of a seed
_WEIGHTS = ".safetensors"


def _model(data: bytes, folder: Path) -> int:
    """Load a part one of whose files says something else; of weights the header alone is replaced."""
    name, _, content = data.partition(b"\n")
    model = _tiny_model()
    place = name.decode("utf-8", "replace")
    if place not in _files():
        return 0
    part = place.partition("/")[0]
    for file in sorted((model / part).rglob("*")):
        beside = folder / file.relative_to(model)
        beside.parent.mkdir(parents=True, exist_ok=True)
        if file.is_file() and beside != folder / place:
            os.link(file, beside)
    tensors = _after_header((model / place).read_bytes()) if place.endswith(_WEIGHTS) else b""
    (folder / place).write_bytes(content + tensors)
    find_part(part).load(folder / part)
    _described(folder, part)
    return 1


def _described(folder: Path, part: str) -> None:
    """What a directory says of a part, each thing in turn."""
    opened = ModelDirectory(folder)
    says = (opened.record, opened.views, lambda name: find_part(name).section(folder / name, opened.record(name)))
    for say in says:
        try:
            say(part)
        except LexiscopeError:
            continue


@cache
def _tiny_model() -> Path:
    model = ModelDirectory(Path(tempfile.mkdtemp(prefix="fuzz-model-")))
    for name in PARTS.built_in:
        model.save(name, tiny_content(name), record={"seed": 0, "result": {"parameters": {"total": 3}}})
    return model.path


@cache
def _files() -> frozenset[str]:
    model = _tiny_model()
    files = (file for part in PARTS.built_in for file in (model / part).rglob("*") if file.is_file())
    return frozenset(file.relative_to(model).as_posix() for file in files)


def _model_seeds() -> Iterator[bytes]:
    for name in sorted(_files()):
        content = (_tiny_model() / name).read_bytes()
        if name.endswith(_WEIGHTS):
            content = content[: len(content) - len(_after_header(content))]
        if len(content) <= _LARGEST:
            yield pack({name: content})


def _after_header(weights: bytes) -> bytes:
    (length,) = struct.unpack("<Q", weights[:8])
    return weights[8 + length :]


def _settings(data: bytes, folder: Path) -> int:
    """Settings in YAML, for every stage of training."""
    from lexiscope.training import STAGES

    folder.mkdir()
    (folder / "a.yaml").write_bytes(data)
    read = 0
    for name in STAGES:
        try:
            STAGES.load(name).Config.read(folder / "a.yaml")
            read += 1
        except UsageError:
            continue
    return read


def _settings_seeds() -> Iterator[bytes]:
    yield b"epochs: 4\nbatch: 8\nseed: 3\n"
    yield b"epochs: 4\nlr: 1e-3\nsize: 32\nhead: {width: 16, dropout: 0.5}\nmodality: [a, b]\n"
    yield b"objective: simclr\ntower: cnn\nwarmup: 0.1\nbf16: false\npatience: null\ncrop: [0.1, 1]\n"
    yield b"a: &x [1, 2]\nb: *x\n? [1]\n: 2\n"


MODEL = Reader(_model, _model_seeds, (b'"model_type": "bert"', b'"dtype"', b'"data_offsets"', b"1000000", *JSON_WORDS))
SETTINGS = Reader(_settings, _settings_seeds, (b"&a ", b"*a", b"!!python/name:os", b"<<: ", b".nan", b"~"))
