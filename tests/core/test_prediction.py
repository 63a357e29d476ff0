"""Predictions and evidence as they are printed and served."""

import json

import numpy as np
import pytest

from lexiscope.core import Case, Evidence, Prediction, Provenance

CASE = Case("visit-7", "patient-3", Provenance("bids", licence="CC-BY-4.0"))


def test_evidence_brings_the_group_and_licence_of_its_case() -> None:
    evidence = Evidence.of(
        CASE, path="flair.nii.gz", score=0.8, text="A lesion.", image_cosine=0.7, region=(0, 0, 4, 4)
    )
    assert (evidence.case, evidence.group, evidence.text) == ("visit-7", "patient-3", "A lesion.")
    assert evidence.details == {"path": "flair.nii.gz", "licence": "CC-BY-4.0", "image_cosine": 0.7}


def test_a_case_of_words_only_has_no_path_but_says_so() -> None:
    assert Evidence.of(CASE, path=None, score=1.0).details == {"path": None, "licence": "CC-BY-4.0"}


def test_a_prediction_is_plain_json_down_to_its_evidence() -> None:
    evidence = Evidence.of(CASE, path="a.png", score=float(np.float32(0.5)), region=(1, 2, 3, 4), votes=np.int64(2))
    document = Prediction("answer", "visit-7", {"shape": (2, 3)}, score=0.25, evidence=(evidence,)).to_dict()
    assert json.loads(json.dumps(document)) == document
    assert list(document) == ["task", "case", "value", "score", "uncertainty", "evidence", "out_of_distribution"]
    assert document["value"] == {"shape": [2, 3]}
    assert document["evidence"][0]["region"] == [1, 2, 3, 4]
    assert document["evidence"][0]["details"] == {"path": "a.png", "licence": "CC-BY-4.0", "votes": 2}


def test_a_value_without_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="got ndarray"):
        Prediction("segment", "visit-7", np.zeros((2, 2))).to_dict()
