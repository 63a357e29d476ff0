"""Names of masks: who is meant by one, and which two masks may not share one."""

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.language.instructions.renaming import named_structures, rename_masks
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, png

_MASK = png(np.eye(64, dtype=np.uint8))


def _corpus(path, *masks):
    """A case for each set of masks."""
    drafts = [draft(f"a{n}", masks=dict.fromkeys(names, _MASK)) for n, names in enumerate(masks)]
    build_corpus(path, DraftSource(drafts))
    return Corpus.open(path)


def test_a_structure_that_was_named_is_meant_with_masks_that_came_since(tmp_path):
    corpus = _corpus(tmp_path, ["mask"], ["mask"])
    rename_masks(corpus, named_structures(corpus, ["tumour"])[1])
    build_corpus(tmp_path, DraftSource([replace(draft("new"), masks={"mask": _MASK})]))
    corpus.refresh()
    assert named_structures(corpus, ["tumour"]) == (("tumour",), {"mask": "tumour"})
    rename_masks(corpus, {"mask": "tumour"})
    assert {name for case in corpus for name in case.masks} == {"tumour"}
    assert named_structures(corpus, ["tumour"]) == (("tumour",), {})


def test_masks_of_different_cases_may_get_one_name_and_those_of_one_case_may_not(tmp_path):
    corpus = _corpus(tmp_path, ["label 1", "label 2"], ["kidney"])
    assert named_structures(corpus, ["kidney=label 2"])[1] == {"label 2": "kidney"}
    with pytest.raises(UsageError, match="another mask of the same case"):
        named_structures(corpus, ["kidney=label 1", "kidney=label 2"])
    with pytest.raises(UsageError, match="another mask of the same case"):
        named_structures(corpus, ["label 2=label 1"])


def test_a_mask_of_another_name_is_left_alone(tmp_path):
    corpus = _corpus(tmp_path, ["mask"], ["kidney"])
    assert named_structures(corpus, ["kidney"]) == (("kidney",), {})
