"""Rows and name tables of the whole house, held against the files that are there."""

import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest

import lexiscope
from lexiscope.core.catalog import Catalog
from lexiscope.testing.distribution import write_distribution

_ROOT = Path(__file__).parents[1]
_ROOMS = {path.parent.name for path in (_ROOT / "src/lexiscope").glob("*/__init__.py")}
_KINDS = {
    "assistant",
    "evaluation",
    "exchange_format",
    "image_objective",
    "instruction_writer",
    "index",
    "interpretation_method",
    "interpreted_part",
    "judge",
    "label_objective",
    "language_client",
    "objective",
    "part",
    "source",
    "stage",
    "task",
    "text_objective",
    "view",
    "writer",
}


def _contract(name):
    contracts = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["name"].startswith(name))


def test_no_room_at_all_may_import_testing():
    assert {
        module.removeprefix("lexiscope.") for module in _contract("no room imports testing")["source_modules"]
    } == _ROOMS - {"testing"}


def test_each_room_stands_on_a_row():
    rows = _contract("rooms import downwards only")["layers"]
    assert {room.strip() for row in rows for room in row.split("|")} == _ROOMS - {"testing"}


@pytest.fixture(scope="module")
def tables():
    """Name of a table -> the table, for all packages of lexiscope."""
    packages = [module.name for module in pkgutil.walk_packages(lexiscope.__path__, "lexiscope.") if module.ispkg]
    values = [vars(importlib.import_module(package)).values() for package in packages]
    return {value.group: value for module in values for value in module if isinstance(value, Catalog)}


def test_every_table_takes_an_entry_from_outside(tables, tmp_path, monkeypatch):
    assert {f"lexiscope.{kind}" for kind in _KINDS} <= set(tables)
    write_distribution(
        tmp_path, "some-lab", {group: {"from-outside": "some_lab:thing"} for group in tables}, code="thing = 'ours'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for table in tables.values():
        assert "from-outside" in table
        assert table.load("from-outside") == "ours"


def test_every_built_in_name_can_be_loaded(tables):
    for table in tables.values():
        assert set(table.load_all()) == set(table)
