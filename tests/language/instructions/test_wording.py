"""Findings become sentences that read; the words can be the user's own."""

from dataclasses import replace

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.findings import Findings, Look, Place, Size
from lexiscope.language.instructions.wording import FILE, InstructionWording
from lexiscope.language.words import read_words

_PLACE = Place((1, 2, 0), ((1, 1), (1, 2), (0, 0)), "left", oriented=True)
_SIZE = Size((20.0, 38.4, 31.2), 14_250.0, 0.03, 1, 30.0, "mm")
_LOOKS = {
    "flair": Look("very_bright", "heterogeneous", "blurred", "brighter"),
    "post": Look("equal", "homogeneous", "sharp", "same"),
    "pre": Look("equal", "homogeneous", "sharp", "same"),
}
_FOUND = Findings(_PLACE, _SIZE, _LOOKS)


def test_a_lesion_in_a_head_reads_like_a_report():
    text = InstructionWording.load().seen("brain_tumour", _FOUND, is_volume=True, scattered=False, key="a")
    for part in (
        "the brain tumour.",
        "on the left side, in the anterior two thirds and at mid-height of the volume",
        "about 38 x 31 x 20 mm (14 ml)",
        "markedly hyperintense on FLAIR and isointense on the image after contrast and on the image before contrast",
        "heterogeneous, with an ill-defined border",
        "brighter than the mirrored place on the other side on FLAIR",
    ):
        assert part in text


def test_a_micrograph_is_described_without_a_patient():
    place = Place((0, 0, 2), ((0, 0), (0, 0), (2, 2)), None)
    size = Size((1.0, 2400.0, 1200.0), 2e6, 0.1, 1, 900.0, "nm")
    found = Findings(place, size, {"sem": Look("dark", "homogeneous", "sharp", None)})
    text = InstructionWording.load().seen("pore", found, is_volume=False, scattered=False, key="a")
    assert "in the upper third and in the right third of the picture" in text
    assert "about 2.4 x 1.2 µm" in text
    assert "darker than its surroundings in the SEM image" in text


def test_many_pieces_are_counted_and_without_spacing_shares_are_told():
    size = Size((1.0, 0.9, 0.9), None, 0.231, 40, 0.02, None)
    place = Place((0, 1, 1), ((0, 0), (0, 2), (0, 2)), None, throughout=True)
    found = Findings(place, size, {"image": Look("dark", "homogeneous", "sharp", None)})
    text = InstructionWording.load().seen("nucleus", found, is_volume=False, scattered=True, key="a")
    assert "many separate regions" in text
    assert "throughout the picture" in text
    assert "about 23 % of the picture" in text


def test_wordings_vary_with_the_case_and_stay_with_it():
    wording = InstructionWording.load()
    texts = {key: wording.seen("tumour", _FOUND, is_volume=True, scattered=False, key=key) for key in "abcdefgh"}
    assert len(set(texts.values())) > 3
    assert texts["a"] == wording.seen("tumour", _FOUND, is_volume=True, scattered=False, key="a")


def test_what_is_not_seen_is_said_plainly(profile):
    told = InstructionWording.load().absent("tumour", ("flair", "t1"), profile)
    assert told.startswith("No clear tumour is seen on FLAIR and on T1.")
    assert "It would be markedly hyperintense on FLAIR" in told
    bare = InstructionWording.load().absent("tumour", ("flair",), replace(profile, contrast={}))
    assert bare == "No clear tumour is seen on FLAIR."


def test_own_words_go_before_ours_and_must_be_whole(tmp_path):
    own = read_words(FILE).replace('"the {structure}"', '"find {structure}"')
    (tmp_path / FILE).write_text(own, encoding="utf-8")
    assert InstructionWording.load(tmp_path).label_name("left_kidney") == "find left kidney"
    (tmp_path / FILE).write_text("label_name: x\n", encoding="utf-8")
    with pytest.raises(UsageError, match="compare with the one that comes with lexiscope"):
        InstructionWording.load(tmp_path)
