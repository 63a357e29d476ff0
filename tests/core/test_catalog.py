import pytest

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import MissingExtraError, UsageError
from lexiscope.core.extras import need


def test_loads_on_demand_and_proposes_the_nearest_name():
    shapes = Catalog("shape", {"fraction": "fractions:Fraction", "broken": "no.such.module:thing"})
    assert shapes.load("fraction")(1, 2) == 0.5
    with pytest.raises(UsageError, match="Did you mean 'fraction'"):
        shapes.load("fractions")
    assert "circle" not in shapes
    assert len(shapes) == 2


def test_a_missing_package_names_its_install_line():
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[qdrant\]'"):
        need("no_such_package", extra="qdrant")
