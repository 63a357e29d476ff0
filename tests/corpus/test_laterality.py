"""Left and right in the words of a corpus."""

import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.corpus.laterality import has_laterality


def case(text: str, **attributes: str) -> Case:
    return Case("a", "patient", Provenance("by hand"), texts=(Passage("report", text),), attributes=attributes)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (case("A mass in the LEFT frontal lobe."), True),
        (case("Rechts eine Raumforderung"), True),
        (case("A mass", laterality="unknown"), True),
        (case("A mass", tumour_side="1"), True),
        (case("A mass", place="right"), True),
        (case("Brain MRI slice showing a glioma; upright, leftover, consider", label="glioma"), False),
    ],
)
def test_sides_are_told_by_texts_and_attributes(one, told):
    assert has_laterality([one]) is told
