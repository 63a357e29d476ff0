"""Letters of tags against PS3.15 annex E, with what this project does more strictly."""

import pytest

from lexiscope.corpus.deidentify.actions import BY_KEYWORD, BY_VR, CHARACTERISTICS, action_of


@pytest.mark.parametrize(
    ("keyword", "vr", "letter"),
    [
        ("PatientBirthDate", "DA", "Z"),
        ("ReferringPhysicianName", "PN", "Z"),
        ("OperatorsName", "PN", "X"),
        ("InstitutionName", "LO", "X"),
        ("StudyDescription", "LO", "X"),
        ("AcquisitionDateTime", "DT", "S"),
        ("StudyDate", "DA", "S"),
        ("StudyTime", "TM", "Z"),
        ("SeriesTime", "TM", "X"),
        ("SOPInstanceUID", "UI", "U"),
        ("ReferencedSeriesSequence", "SQ", "R"),
        ("RequestAttributesSequence", "SQ", "X"),
        ("PixelData", "OW", "K"),
        ("EncapsulatedDocument", "OB", "X"),
        ("Rows", "US", "K"),
        ("PixelSpacing", "DS", "K"),
        ("ATagOfTomorrow", "LT", "X"),
    ],
)
def test_letters(keyword, vr, letter):
    assert action_of(keyword, vr, private=False, repeating=False) == letter


def test_private_and_repeating_groups_are_removed_whatever_they_are_called():
    assert action_of("PixelData", "OW", private=True, repeating=False) == "X"
    assert action_of("OverlayRows", "US", private=False, repeating=True) == "X"
    assert action_of("PatientAge", "AS", private=True, repeating=False, characteristics=True) == "X"


def test_characteristics_are_kept_only_when_asked():
    for keyword in CHARACTERISTICS:
        assert action_of(keyword, "DS", private=False, repeating=False) in ("X", "Z")
        assert action_of(keyword, "DS", private=False, repeating=False, characteristics=True) == "K"


def test_only_known_letters_and_no_free_text_is_kept_by_its_kind():
    assert set(BY_KEYWORD.values()) <= set("XZK")
    assert set(BY_VR.values()) <= set("XSUR")
    assert all(BY_VR[vr] == "X" for vr in ("PN", "LO", "SH", "ST", "LT", "UT", "UN", "OB"))


def test_keywords_are_those_of_the_dictionary():
    from pydicom.datadict import tag_for_keyword

    assert [keyword for keyword in BY_KEYWORD if tag_for_keyword(keyword) is None] == []
