"""An index says what it belongs to, and a stale or damaged one names the command that builds it again."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import IndexStoreError
from lexiscope.index.manifest import Manifest, read_manifest
from lexiscope.index.store import IndexSpec

MANIFEST = Manifest("lexiscope-x", "m" * 64, "v" * 16, "/data/corpus", 3, 2, 3, 0, IndexSpec(4, 7.5, {"split": "word"}))
REBUILD = "lexiscope index model corpus"


def test_round_trip(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path / "index.json")
    assert read_manifest(tmp_path / "index.json", rebuild=REBUILD) == MANIFEST


def test_stale_index_is_refused_with_the_command() -> None:
    MANIFEST.require_fresh(model="m" * 64, corpus="v" * 16, rebuild=REBUILD)
    with pytest.raises(IndexStoreError, match=f"another state of the model.*run: {REBUILD}"):
        MANIFEST.require_fresh(model="n" * 64, corpus="v" * 16, rebuild=REBUILD)
    with pytest.raises(IndexStoreError, match=f"corpus changed.*run: {REBUILD}"):
        MANIFEST.require_fresh(model="m" * 64, corpus="w" * 16, rebuild=REBUILD)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"spec": {"size": 3}}'])
def test_damaged_manifest_is_refused_with_the_command(tmp_path: Path, content: str) -> None:
    (tmp_path / "index.json").write_text(content)
    with pytest.raises(IndexStoreError, match=f"damaged.*run: {REBUILD}"):
        read_manifest(tmp_path / "index.json", rebuild=REBUILD)


def test_missing_and_foreign_manifests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexStoreError, match=f"found none; run: {REBUILD}"):
        read_manifest(tmp_path / "index.json", rebuild=REBUILD)
    replace(MANIFEST, format=99).write(tmp_path / "index.json")
    with pytest.raises(IndexStoreError, match="has format 99"):
        read_manifest(tmp_path / "index.json", rebuild=REBUILD)
