"""Distances to the training: by hand, against a plain search, with missing branches, and as they are kept."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lexiscope.core.errors import ModelError
from lexiscope.core.prediction import OutOfDistribution
from lexiscope.models.ood_detector import OodDetector, TrainingFeatures
from lexiscope.testing.models import tiny_ood_detector


def normal(n: int, f: int = 8, *, seed: int = 0, far: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, f)) + far).astype(np.float32)


def test_the_distance_is_that_to_the_fifth_nearest_case():
    training, new = normal(30), normal(7, seed=1)
    scaled = [(x - training.mean(axis=0)) / training.std(axis=0) for x in (new, training)]
    plain = np.sort(np.linalg.norm(scaled[0][:, None] - scaled[1][None], axis=2), axis=1)[:, 4]
    assert TrainingFeatures.of(training).distances(new) == pytest.approx(plain, rel=2e-3)


def test_what_lies_outside_of_the_components_of_training_counts():
    flat = np.zeros((40, 200), np.float32)
    flat[:, :3] = normal(40, 3)
    flat[:, 3:] = 1e-3 * normal(40, 197, seed=1)
    beside = flat[:1].copy()
    beside[0, 150:] += 1.0
    assert TrainingFeatures.of(flat).distances(beside)[0] > 10 * TrainingFeatures.of(flat).distances(flat[:1])[0]


def test_usual_cases_are_usual_and_others_are_far():
    detector = tiny_ood_detector()
    usual = [detector.judge({"flair": normal(1, seed=s), "t1": normal(1, seed=s + 500)}) for s in range(100, 300)]
    assert np.median([one.score for one in usual]) == pytest.approx(1, abs=0.1)
    assert np.mean([one.p_value <= 0.1 for one in usual]) < 0.2
    other = detector.judge({"flair": normal(1, far=9), "t1": normal(1, far=9)})
    assert other.p_value == pytest.approx(1 / 31)
    assert other.score > 3
    assert "farther than all 30 held-out groups): do not trust what is said of them" in other.warning


@pytest.mark.parametrize(
    "features", [{"flair": normal(1, far=9)}, {"flair": normal(1, far=9), "t1": np.full((1, 8), np.nan, np.float32)}]
)
def test_a_case_that_lacks_a_branch_is_judged_by_the_others(features):
    assert tiny_ood_detector().judge(features).p_value == pytest.approx(1 / 31)


def test_a_case_without_any_known_branch_is_not_judged():
    detector = tiny_ood_detector()
    assert detector.judge({"ct": normal(1)}) is None
    assert detector.judge({"flair": np.full((1, 8), np.nan, np.float32)}) is None


def test_held_out_cases_that_lack_a_branch_are_compared_by_what_they_have():
    held_out = {"flair": normal(20, seed=1), "t1": normal(20, seed=2)}
    held_out["t1"][5:] = np.nan
    training = {"flair": normal(30), "t1": normal(30, seed=3)}
    detector = OodDetector.of(training, held_out, [str(number) for number in range(20)])
    assert detector.judge({"t1": normal(1, far=9)}).groups == 5
    assert detector.judge({"flair": normal(1, far=9), "t1": normal(1, far=9)}).groups == 20


def test_nothing_is_known_without_held_out_cases():
    assert OodDetector.of({"t1": normal(9)}, {}, []) is None
    assert OodDetector.of({"t1": normal(9)}, {"t1": np.full((3, 8), np.nan, np.float32)}, list("abc")) is None
    assert OodDetector.of({"t1": np.full((9, 8), np.nan, np.float32)}, {"t1": normal(3)}, list("abc")) is None


def test_one_training_case_of_constant_features_is_enough():
    detector = OodDetector.of({"t1": np.ones((1, 4), np.float32)}, {"t1": normal(6, 4)}, list("abcdef"))
    assert detector.judge({"t1": np.full((1, 4), 50, np.float32)}).p_value == pytest.approx(1 / 7)


def test_it_is_kept_without_names_and_says_the_same(tmp_path):
    detector, case = tiny_ood_detector(), {"flair": normal(1, far=1), "t1": normal(1)}
    assert OodDetector.load(tmp_path) is None
    detector.save(tmp_path)
    assert OodDetector.load(tmp_path).judge(case) == detector.judge(case)
    (file,) = tmp_path.iterdir()
    assert b"group-" not in file.read_bytes()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda arrays: arrays.pop("mean/t1"), "mean/t1"),
        (lambda arrays: arrays.update({"groups": np.zeros(3, np.int64)}), "the arrays of flair do not fit together"),
        (lambda arrays: arrays.update({"std/t1": np.zeros(8, np.float32)}), "the arrays of t1 hold no distances"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, change, fault):
    tiny_ood_detector().save(tmp_path)
    (file,) = tmp_path.iterdir()
    arrays = load_file(file)
    change(arrays)
    save_file(arrays, file)
    with pytest.raises(ModelError, match=f"distances to the training in .*{file.name} are damaged .*{fault}"):
        OodDetector.load(tmp_path)


@pytest.mark.parametrize(
    ("p_value", "groups", "warned"),
    [(0.04, 99, True), (0.06, 99, False), (1 / 9, 8, True), (2 / 9, 8, False), (1 / 4, 3, False)],
)
def test_few_held_out_groups_warn_of_what_is_farther_than_all_of_them(p_value, groups, warned):
    assert (OutOfDistribution(2.0, p_value, groups).warning is not None) == warned


def test_a_warning_says_how_far():
    told = OutOfDistribution(2.31, 0.04, 99)
    assert told.warning == (
        "these images are unlike those of the training (2.3 times the usual distance, farther than 96% of the 99 "
        "held-out groups): do not trust what is said of them"
    )
    assert json.loads(json.dumps(told.to_dict()))["warning"] == told.warning
