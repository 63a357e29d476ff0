"""Varied inputs that labs have: each gives its right values or is refused with the reason, none is silently wrong."""

import pytest

from lexiscope.testing.field import all_variants
from lexiscope.testing.field.variant import WRONG, Outcome, Variant, try_variant

CASES = list(all_variants())


def test_names_of_variants_are_their_own():
    names = [(variant.kind, variant.name) for variant in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", sorted({variant.kind for variant in CASES}))
def test_every_kind_is_varied(kind):
    assert sum(variant.kind == kind for variant in CASES) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("variant", CASES, ids=lambda variant: f"{variant.kind}: {variant.name}")
def test_a_variant_is_right_or_refused_with_the_reason(tmp_path, variant):
    verdict = try_variant(variant, tmp_path)
    assert verdict.said != WRONG, verdict.why


def _fail(outcome: Outcome) -> None:
    raise AssertionError(f"nothing is right here: {sorted(outcome.cases)}")


def test_what_is_neither_right_nor_refused_is_silently_wrong(tmp_path):
    def write(lab):
        (lab / "t.csv").write_text("id,caption\na,Bubbles.\n")

    options = {"text_columns": ("caption",)}
    given = {"write": write, "reads": "table", "within": "t.csv", "options": options}
    read = Variant("kind", "name", right=lambda outcome: outcome.only, **given)
    assert try_variant(read, tmp_path / "1").said == "right"
    assert try_variant(Variant("kind", "name", right=_fail, **given), tmp_path / "2").said == WRONG
    refused = {**given, "options": {"text_columns": ("text",)}}
    asked = Variant("kind", "name", right=_fail, may_refuse="columns", **refused)
    assert try_variant(asked, tmp_path / "3").said == "rejected with reason"
    assert try_variant(Variant("kind", "name", right=_fail, **refused), tmp_path / "4").said == WRONG
