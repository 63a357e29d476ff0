import logging

import pytest

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import MissingExtraError, PluginError, UsageError
from lexiscope.core.extras import need
from lexiscope.testing.distribution import write_distribution


@pytest.fixture
def shapes():
    return Catalog("flat shape", {"fraction": "fractions:Fraction", "broken": "no.such.module:thing"})


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on `sys.path` for distributions."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_loads_on_demand_and_proposes_the_nearest_name(shapes):
    assert shapes.load("fraction")(1, 2) == 0.5
    with pytest.raises(UsageError, match=r"unknown flat shape 'fractions'\. Did you mean 'fraction'"):
        shapes.load("fractions")
    assert "circle" not in shapes
    assert list(shapes) == ["fraction", "broken"]
    assert len(shapes) == 2
    assert shapes["fraction"] == "fractions:Fraction"


def test_a_distribution_joins_a_table_whose_kind_is_two_words(shapes, site):
    write_distribution(
        site, "lab-one", {"lexiscope.flat_shape": {"square": "lab_one:Square.of"}}, code="class Square:\n    of = 4\n"
    )
    assert list(shapes) == ["fraction", "broken", "square"]
    assert shapes["square"] == "lab_one:Square.of"
    assert shapes.load("square") == 4
    with pytest.raises(UsageError, match="Did you mean 'square'"):
        shapes.load("squares")


def test_a_built_in_name_cannot_be_replaced(shapes, site):
    write_distribution(site, "lab-two", {"lexiscope.flat_shape": {"fraction": "lab_two:Other"}}, code="Other = 1\n")
    assert shapes["fraction"] == "fractions:Fraction"
    assert len(shapes) == 2
    assert shapes.load("fraction")(1, 2) == 0.5


def test_two_distributions_that_claim_one_name_are_both_named(shapes, site):
    for name in ("lab-b", "lab-a"):
        write_distribution(
            site, name, {"lexiscope.flat_shape": {"circle": f"{name.replace('-', '_')}:C"}}, code="C = 1\n"
        )
    message = r"flat shape 'circle' is claimed by lab-a \(lab_a:C\) and lab-b \(lab_b:C\); expected one distribution"
    with pytest.raises(PluginError, match=message):
        shapes.load("circle")
    with pytest.raises(PluginError, match=message):
        shapes["circle"]
    assert "circle" in shapes
    assert shapes.load("fraction")(1, 2) == 0.5


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("", "AttributeError: module 'lab_c' has no attribute 'C'"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_an_entry_that_cannot_be_imported_names_its_distribution(site, monkeypatch, code, reason, caplog):
    shapes = Catalog("flat shape", {"fraction": "fractions:Fraction"})
    monkeypatch.delitem(__import__("sys").modules, "lab_c", raising=False)
    write_distribution(site, "lab-c", {"lexiscope.flat_shape": {"cone": "lab_c:C"}}, code=code)
    with pytest.raises(PluginError, match=f"as the distribution lab-c says: {reason}; repair or uninstall lab-c"):
        shapes.load("cone")
    with caplog.at_level(logging.WARNING):
        assert list(shapes.load_all()) == ["fraction"]
    assert "lab-c" in caplog.text


def test_a_distribution_that_is_found_twice_is_no_rival_of_itself(shapes, site, monkeypatch):
    write_distribution(site, "lab-d", {"lexiscope.flat_shape": {"disc": "lab_d:D"}}, code="D = 3\n")
    monkeypatch.syspath_prepend(f"{site}/.")
    assert shapes.load("disc") == 3


def test_a_missing_package_names_its_install_line():
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[qdrant\]'"):
        need("no_such_package", extra="qdrant")
