"""Names of masks after renamings, read from what a case's provenance notes."""

import pytest

from lexiscope.corpus.mask_names import name_now, names_given, renaming_step


@pytest.mark.parametrize("old", ["label 1", "it's", "mask 'a' named 'b'"])
def test_names_follow_their_renamings(old: str) -> None:
    steps = ["resampled", renaming_step(old, "tumour"), renaming_step("tumour", "glioma")]
    assert (name_now(old, steps), name_now("other", steps)) == ("glioma", "other")


@pytest.mark.parametrize("step", ["mask 'a' named by hand", "mask 'a' named 3", "mask 'a' named"])
def test_a_note_of_a_source_that_looks_alike_renames_nothing(step: str) -> None:
    assert name_now("a", [step]) == "a"


@pytest.mark.parametrize("old", ["label 1", "it's", "both \" and '", "mask 'a' named 'b'", "back\\slash"])
def test_all_names_that_were_given_are_found(old: str) -> None:
    assert names_given(["resampled", renaming_step(old, "tumour")]) == {old: "tumour"}
    assert names_given(["mask 'a' named by hand", "mask 'a' named 3"]) == {}
