"""Predictions for people: those of our tasks, and any other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lexiscope.cli.predictions import print_prediction
from lexiscope.core.prediction import Evidence, OutOfDistribution, Prediction
from lexiscope.tasks.segment.found_mask import FoundMask

_NEAR = Evidence("case-7", "patient-3", 0.5, "a bubble", details={"path": "b.png", "licence": "CC0-1.0", "label": "x"})


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    def show(prediction: Prediction) -> str:
        print_prediction(prediction)
        out, err = capsys.readouterr()
        return f"{out}{err}"

    return show


@dataclass(frozen=True)
class Mask:
    voxels: int

    def to_dict(self) -> dict[str, int]:
        return {"voxels": self.voxels}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a crack", ("measure", "a crack")),
        ({"label": "glass", "parts": {"SiO2": 0.70001}}, ("label", "glass", "SiO2 0.7")),
        ([{"grain": 1, "size": 2.5}, {"grain": 2}], ("grain", "size", "2.5")),
        ([1, 2, 3], ("1, 2, 3",)),
        (Mask(12), ("voxels", "12")),
    ],
)
def test_a_prediction_of_any_task_is_a_table(shown: Any, value: Any, words: tuple[str, ...]) -> None:
    text = shown(Prediction("measure", "case-1", value, score=0.5, uncertainty=0.25, evidence=(_NEAR,)))
    assert all(word in text for word in ("case-1", *words, "score 0.50, uncertainty 0.25", "case-7", "b.png"))


def test_an_answer_that_is_held_back_says_so(shown: Any) -> None:
    value = {"question": "Is it cracked?", "answer": "Yes", "abstained": True, "read_from_context": False}
    text = shown(Prediction("answer", "case-1", value, score=0.41, evidence=(_NEAR,)))
    assert "I would rather not answer: 41% is too unsure" in text
    assert "Is it cracked?" in text
    assert "a bubble" in text


def test_an_answer_that_was_read_and_not_seen_says_so(shown: Any) -> None:
    value = {"question": "At what heat?", "answer": "It was held at 600 °C.", "abstained": False}
    read, seen = (
        shown(Prediction("answer", "case-1", {**value, "read_from_context": read}, score=0.9)) for read in (True, False)
    )
    assert "was read in the context that you gave, and not seen" in read
    assert "was read" not in seen


def test_classes_stand_in_the_order_of_their_probability_beside_opinions(shown: Any) -> None:
    opinions = {"flair": {"belief": {"a": 0.5, "b": 0.25}, "uncertainty": 0.25}}
    value = {"label": "b", "attribute": "grade", "probabilities": {"a": 0.2, "b": 0.8}, "opinions": opinions}
    text = shown(Prediction("classify", "case-1", value, score=0.8, uncertainty=0.3, evidence=(_NEAR,)))
    assert "grade of case-1" in text
    assert text.index("0.800") < text.index("0.200")
    assert "0.75" in text
    assert "uncertainty 0.30" in text


def test_hits_end_with_paths_to_copy_and_no_hit_says_what_to_do(shown: Any) -> None:
    path = "/data/" + "long/" * 40 + "a.png"
    hit = {"case": "c", "score": 1.0, "group": "g", "text": "word " * 60, "path": path, "licence": "CC0-1.0"}
    text = shown(Prediction("search", "a crack", [hit, {**hit, "path": None, "text": None}]))
    assert f"1  {path}\n" in text
    assert "2  " not in text
    assert "…" in text
    assert "nothing found for 'a crack'" in shown(Prediction("search", "a crack", []))


def test_masks_are_a_table_with_what_to_know_of_them_in_words(shown: Any) -> None:
    masks = [
        FoundMask(
            "the dark rim",
            "rim",
            np.ones((2, 3, 4), bool),
            True,
            0.91,
            (5.0, 2.0, 1.0),
            "mm",
            sided=True,
            file="out/01-the-dark-rim.nii.gz",
        ),
        FoundMask("a balloon", None, np.zeros((2, 3, 4), bool), False, 0.02, distance=0.7),
    ]
    value = {"masks": masks, "notes": ["'a balloon' is far from every sentence of the training"]}
    text = shown(Prediction("segment", "scan.nii.gz", value, score=0.91))
    for word in ("dark", "rim", "present", "0.24 ml", "5.0 x 4.8", "middle", "0.91", "balloon", "absent"):
        assert word in text
    assert "unknown" in text
    assert "0 voxels" in text
    assert "1  out/01-the-dark-rim.nii.gz" in text
    assert "'a balloon' is far" in text
    assert "not for diagnosis" in text


@pytest.mark.parametrize(
    ("conformal", "words"),
    [
        ({"labels": ["a"], "held_back": False, "groups": 30}, "with 90% coverage, by 30 held-out groups: a"),
        ({"labels": [], "held_back": False, "groups": 30}, "by 30 held-out groups: none of the values"),
        (
            {"labels": ["a", "b"], "held_back": True, "groups": 9},
            "a, b; held back: more than 10% of all cases would be",
        ),
        (
            {"labels": ["a", "b"], "held_back": True, "groups": 8},
            "8 held-out groups are too few for a guarantee; 9 would",
        ),
    ],
)
def test_a_class_comes_with_what_can_be_promised(shown: Any, conformal: dict[str, Any], words: str) -> None:
    value = {"label": "a", "attribute": "grade", "probabilities": {"a": 0.8, "b": 0.2}}
    told = {**value, "conformal": {"coverage": 0.9, "risk": 0.1, **conformal}}
    text = shown(Prediction("classify", "case-1", told, score=0.8, uncertainty=0.3, evidence=(_NEAR,)))
    assert words in " ".join(text.split())


def test_images_unlike_the_training_are_warned_about_below_any_prediction(shown: Any) -> None:
    text = shown(Prediction("measure", "case-1", 3, out_of_distribution=OutOfDistribution(2.0, 0.01, 99)))
    assert "unlike those of the training (2.0 times the usual distance, farther than all 99" in " ".join(text.split())
    assert "unlike" not in shown(
        Prediction("measure", "case-1", 3, out_of_distribution=OutOfDistribution(1.0, 0.4, 99))
    )
