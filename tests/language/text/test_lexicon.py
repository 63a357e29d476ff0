"""What texts state to be there, and what they deny."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.text.lexicon import Lexicon


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("The glass shows cracks.", [("crack", True)]),
        ("The glass is crack-free.", [("crack", False)]),
        ("No focal lesion is seen.", [("lesion", False)]),
        ("without any visible pores, a smooth film", [("pore", False)]),
        ("Cracks were not observed.", [("crack", False)]),
        ("Pores may form.", []),
        ("Cracks cannot be seen.", [("crack", False)]),
        ("Cracks could not be found.", [("crack", False)]),
        ("Cracks have not formed.", [("crack", False)]),
        ("Bacteria do not grow.", [("bacterium", True)]),  # but they are there
        ("The pores could not be closed.", [("pore", True)]),
        ("No cracks are seen, but three bubbles.", [("crack", False), ("bubble", True)]),
        ("Bubbles, pores and cracks are absent.", [("bubble", False), ("pore", False), ("crack", False)]),
        ("It shows bubbles and cracks are absent.", [("bubble", True), ("crack", False)]),
        (
            "Although it shows no pores, bubbles or cracks, inclusions are seen.",
            [("pore", False), ("bubble", False), ("crack", False), ("inclusion", True)],
        ),
        ("Although it shows no pores, bubbles are seen.", [("pore", False), ("bubble", True)]),
        ("Neither pores nor cracks, bubbles or rust", [(n, False) for n in ("pore", "crack", "bubble", "corrosion")]),
        ("SEM image of a fracture surface", [("scanning electron micrograph", True), ("fracture surface", True)]),
        ("no pores. Cracks are many.", [("pore", False), ("crack", True)]),
        ("sem values of 3 ± SEM", []),
        ("White matter lesions on both sides", [("white matter hyperintensity", True)]),
        ("cracker crumbs", []),
        ("retains crystal violet dye", []),
    ],
)
def test_presence_and_absence_are_told_apart(text, stated):
    assert [(found.concept.name, found.present) for found in Lexicon.load().read(text)] == stated


def test_a_crystal_is_a_defect_in_glass_only():
    crystal = Lexicon.load().concepts["crystal"]
    assert crystal.within("a soda-lime glass").kind == "defect"
    assert crystal.within("a battery electrode").kind == "feature"


def test_the_users_own_words_are_read_and_wrong_ones_named(tmp_path):
    (tmp_path / "lexicon.yaml").write_text("defect:\n  - {name: wart, forms: [wart]}\n")
    assert [found.concept.name for found in Lexicon.load(tmp_path).read("Two warts.")] == ["wart"]
    (tmp_path / "lexicon.yaml").write_text("defect:\n  - {forms: [wart]}\n")
    with pytest.raises(UsageError, match="expected name and forms of every entry"):
        Lexicon.load(tmp_path)
    with pytest.raises(UsageError, match="expected a folder of prompts"):
        Lexicon.load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Crystal orbital population of the bonds.", []),
        ("Fracture energy of the rods.", []),
        ("Growth rate of crystals in the melt.", []),
        ("Grain boundary energy.", []),
        ("Pores of the glass; pore size.", ["pore"]),
        ("Crystals and pores in glass.", ["crystal", "pore"]),
        ("Volume of a lesion.", ["lesion"]),
    ],
)
def test_a_word_in_the_name_of_a_quantity_is_nothing_that_is_seen(text, names):
    assert [statement.concept.name for statement in Lexicon.load().read(text)] == names
