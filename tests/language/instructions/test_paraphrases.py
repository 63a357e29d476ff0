"""One structure is asked for in many words, by any of its names."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.paraphrases import (
    FILE,
    foreign_paraphrases,
    names_of,
    paraphrases,
    unseen_foreign,
    unseen_paraphrases,
)
from lexiscope.language.words import read_yaml


def test_no_name_stands_for_two_structures():
    names = [name.casefold() for line in read_yaml(FILE)["names"] for name in line]
    assert len(names) == len(set(names))


def test_any_name_of_a_structure_brings_the_others():
    assert set(names_of("renal parenchyma")) == set(names_of("kidney"))
    assert names_of("renal parenchyma")[0] == "renal parenchyma"
    assert "hippocampal head" in names_of("anterior")


def test_the_name_comes_first_and_wordings_differ():
    told = paraphrases("kidney")
    assert told[0] == "the kidney"
    assert len(told) == len(set(told)) == 12 * len(names_of("kidney"))
    assert any("renal parenchyma" in text for text in told[:8])
    assert len(paraphrases("thing_without_synonyms")) == 12


def test_own_names_replace_ours_and_a_file_without_names_is_refused(tmp_path):
    (tmp_path / FILE).write_text("names: [[widget, gadget]]\nrequests: ['find {name}']\n")
    assert paraphrases("gadget", prompts=tmp_path) == ("find gadget", "find widget")
    (tmp_path / FILE).write_text("names: x\n")
    with pytest.raises(UsageError, match="expected names and requests"):
        paraphrases("gadget", prompts=tmp_path)


def test_foreign_structures_are_none_of_those_meant():
    foreign = foreign_paraphrases(["renal_cyst", "white matter lesion"])
    assert "the liver" in foreign
    assert not any("white matter" in text or " cyst" in text or "the lesion" in text for text in foreign)


def test_what_measuring_asks_was_never_asked_in_training():
    table = read_yaml(FILE)
    asked = {name.casefold() for line in table["names"] for name in line}
    usual = {line[0] for line in table["names"]}
    assert table["unseen"]["names"].keys() <= usual
    assert not asked & {name.casefold() for names in table["unseen"]["names"].values() for name in names}
    assert not set(table["requests"]) & set(table["unseen"]["requests"])
    for name in ("tumour", "melt pool", "stomach"):
        assert not set(unseen_paraphrases(name)) & {*paraphrases(name), *foreign_paraphrases([name])}


def test_any_name_brings_the_unseen_ones_and_a_name_alone_comes_in_unseen_forms(tmp_path):
    assert unseen_paraphrases("renal parenchyma")[0] == "the nephric tissue"
    assert unseen_paraphrases("widget") == (
        "please find the widget and draw its border",
        "which pixels belong to the widget?",
    )
    (tmp_path / FILE).write_text("names: [[widget, gadget]]\nrequests: ['find {name}']\n")
    assert unseen_paraphrases("gadget", prompts=tmp_path) == ()


@pytest.mark.parametrize("structures", [["liver"], ["anterior", "posterior"], ["crack", "melt pool"]])
def test_what_training_never_asks_for_is_in_none_of_its_sentences(structures):
    asked = {text.casefold() for text in foreign_paraphrases(structures)}
    asked |= {text.casefold() for name in structures for text in paraphrases(name)}
    kept = [text.removeprefix("the ") for text in unseen_foreign(structures)]
    assert len(kept) > 8
    assert not [text for text in asked for name in kept if name.casefold() in text]


@pytest.mark.parametrize("name", ["tertiary_gamma_prime_precipitate", "tertiary gamma-prime precipitate"])
def test_a_name_that_lost_its_hyphen_on_the_way_is_the_same_name(name):
    assert "fine precipitates" in names_of(name)
    assert not any("tertiary" in text or "fine precipitates" in text for text in foreign_paraphrases([name]))
    assert "the tiny round precipitates" in unseen_paraphrases(name)
