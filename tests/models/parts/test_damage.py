"""A part that was tampered with is refused by the name of the file, whichever file it is and however it was done."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lexiscope.core.errors import LexiscopeError
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.parts import tiny_content

Tensors = dict[str, torch.Tensor]
PARTS = ["image", "text", "joint", "assistant"]
DECORATION = {"README.md", "record.json", "generation_config.json"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    model = ModelDirectory(tmp_path_factory.mktemp("model") / "whole")
    for name in PARTS:
        base = {"joint": model.fingerprint} if name == "assistant" else {}
        model.save(name, tiny_content(name), record=base)
    return model


def _files(model: ModelDirectory, suffix: str) -> list[Path]:
    files = (file.relative_to(model.path) for file in model.path.rglob(f"*{suffix}"))
    return sorted(file for file in files if file.name not in DECORATION)


def _tampered(whole: ModelDirectory, place: Path, file: Path) -> tuple[ModelDirectory, str, Path]:
    """A copy of the part of a file, in a model of its own."""
    part = file.parts[0]
    shutil.rmtree(place, ignore_errors=True)
    for name in {part, "joint"}:
        shutil.copytree(whole.path / name, place / name)
    return ModelDirectory(place), part, place / file


def _load(model: ModelDirectory, part: str) -> None:
    """Load a part of a model, whose record is that of the base as it is."""
    content = {"joint": model.fingerprint} if part == "assistant" else {}
    (model.path / part / "record.json").write_text(json.dumps(content))
    model.load(part)


def _first(tensors: Tensors) -> str:
    return next(name for name, x in sorted(tensors.items()) if x.is_floating_point() and x.numel() > 1)


def _without(tensors: Tensors) -> Tensors:
    return {name: x for name, x in tensors.items() if name != _first(tensors)}


def _with_number(number: float) -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        name = _first(tensors)
        changed = tensors[name].clone()
        changed.view(-1)[-1] = number
        return {**tensors, name: changed}

    return change


def _of_type(dtype: torch.dtype) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {**tensors, _first(tensors): tensors[_first(tensors)].to(dtype)}


def _longer(tensors: Tensors) -> Tensors:
    name = _first(tensors)
    return {**tensors, name: torch.cat([tensors[name], tensors[name]])}


def _with_more(tensors: Tensors) -> Tensors:
    return {**tensors, "mean/of_a_stranger": torch.zeros(2)}


WEIGHTS: dict[str, Callable[[Tensors], Tensors]] = {
    "no tensors": lambda _: {},
    "one less": _without,
    "one more": _with_more,
    "another shape": _longer,
    "not a number": _with_number(float("nan")),
    "infinite": _with_number(float("-inf")),
    "whole numbers": _of_type(torch.int32),
    "half precision": _of_type(torch.float16),
}
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda data: data[: len(data) // 2],
    "three bytes less": lambda data: data[:-3],
    "zeros": lambda data: bytes(len(data)),
    "a long header": lambda data: b"\xff" * 8 + data[8:],
    "text": lambda _: b"no weights, no settings",
    "no utf-8": lambda data: b"\xff\xfe" + data,
}


@pytest.mark.slow
@pytest.mark.parametrize("how", WEIGHTS)
def test_tampered_tensors_are_refused(how: str, whole: ModelDirectory, tmp_path: Path) -> None:
    for file in _files(whole, ".safetensors"):
        model, part, place = _tampered(whole, tmp_path / "copy", file)
        save_file({name: x.contiguous() for name, x in WEIGHTS[how](load_file(place)).items()}, place)
        with pytest.raises(LexiscopeError) as refused:
            _load(model, part)
        assert file.name in str(refused.value) or file.parent.name in str(refused.value), refused.value


@pytest.mark.slow
@pytest.mark.parametrize("how", BYTES)
def test_damaged_bytes_are_refused(how: str, whole: ModelDirectory, tmp_path: Path) -> None:
    for file in [*_files(whole, ".safetensors"), *_files(whole, ".json")]:
        model, part, place = _tampered(whole, tmp_path / "copy", file)
        place.write_bytes(BYTES[how](place.read_bytes()))
        with pytest.raises(LexiscopeError, match=r"; \w+"):
            _load(model, part)


@pytest.mark.slow
def test_pipes_and_missing_files_are_refused(whole: ModelDirectory, tmp_path: Path) -> None:
    optional = {"classifier.json", "captions.json", "looks.json", "chat_template.jinja"}  # there is none without it
    optional |= {"out_of_distribution.safetensors"}
    for file in [*_files(whole, ".safetensors"), *_files(whole, ".json")]:
        model, part, place = _tampered(whole, tmp_path / "copy", file)
        place.unlink()
        if file.name not in optional:
            with pytest.raises(LexiscopeError):
                _load(model, part)
            os.mkfifo(place)
            with pytest.raises(LexiscopeError):
                _load(model, part)


def _values(settings: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values of some settings."""
    if path:
        yield path
    items = (
        settings.items() if isinstance(settings, dict) else enumerate(settings) if isinstance(settings, list) else ()
    )
    for key, value in items:
        yield from _values(value, (*path, key))


def _replaced(settings: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = settings.copy()
    copy[path[0]] = _replaced(settings[path[0]], path[1:], value)
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("odd", ["a word", -3, [], {}, 1.5, None, True, [[1]]], ids=repr)
def test_odd_settings_are_refused_or_do_no_harm(odd: object, whole: ModelDirectory, tmp_path: Path) -> None:
    """A value of another type is an error of ours, or of no matter; it never ends in a bare exception."""
    for file in _files(whole, "config.json"):
        model, part, place = _tampered(whole, tmp_path / "copy", file)
        settings = json.loads(place.read_text())
        for path in list(_values(settings))[len(str(odd)) % 7 :: 7]:
            place.write_text(json.dumps(_replaced(settings, path, odd)))
            try:
                _load(model, part)
            except LexiscopeError:
                continue


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(number: str, whole: ModelDirectory, tmp_path: Path) -> None:
    model, part, place = _tampered(whole, tmp_path / "copy", Path("joint/config.json"))
    place.write_text(place.read_text().replace('"temperature": 0.07', f'"temperature": {number}'))
    assert number in place.read_text()
    with pytest.raises(LexiscopeError, match=r"config\.json are damaged .*finite number"):
        _load(model, part)
