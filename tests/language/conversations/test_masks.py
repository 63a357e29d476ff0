"""Masks say that a structure is present where anything is labelled, and absent where nothing is."""

import numpy as np

from lexiscope.language.conversations.masks import Masks
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.testing import drafts


def _presences(corpus):
    masks = Masks(corpus, Lexicon.load())
    return {concept.name: presence for concept, presence in masks.presences(corpus["figure-0"])}


def test_one_labelled_pixel_is_enough(figures):
    labels = np.zeros((8, 8), np.uint8)
    labels[3, 4] = 1
    assert _presences(figures("SEM image.", masks={"crack": drafts.png(labels)}))["crack"].present


def test_a_labelled_mask_and_what_it_implies(figures, png):
    presences = _presences(figures("SEM image.", masks={"crack": png(1)}))
    assert {name: presence.present for name, presence in presences.items()} == {"crack": True, "defect": True}
    assert {presence.rests_on for presence in presences.values()} == {"mask"}
    assert not any(presence.spans for presence in presences.values())


def test_an_empty_mask_denies_its_structure_and_nothing_else(figures, png):
    presences = _presences(figures("SEM image.", masks={"crack": png(0)}))
    assert {name: presence.present for name, presence in presences.items()} == {"crack": False}


def test_names_of_no_concept_or_of_several_say_nothing(figures, png):
    assert _presences(figures("SEM image.", masks={"zone_7": png(1), "crack_or_pore": png(1)})) == {}


def test_a_case_without_masks_leaves_everything_unknown(figures):
    assert _presences(figures("SEM image.")) == {}
