"""Visits are drawn one by one, and lesions stay apart in the regions that their kind takes."""

import numpy as np
import pytest

from lexiscope.simulate.brain.atlas import LOBES, SIDES
from lexiscope.simulate.brain.visit import ATROPHY, KINDS, plan_visit


@pytest.fixture(scope="module")
def places():
    rng = np.random.default_rng(0)
    names = [f"{side} {lobe}" for side in SIDES for lobe in LOBES] + ["periventricular white matter"]
    return {name: rng.uniform(-60, 60, (400, 3)) for name in names}


@pytest.fixture(scope="module")
def visits(places):
    return [plan_visit(index, seed=1, places=places) for index in range(280)]


def test_a_visit_is_the_same_again_and_another_with_another_seed(places, visits):
    assert plan_visit(17, seed=1, places=places) == visits[17]
    assert plan_visit(17, seed=2, places=places) != visits[17]


def test_ids_are_unique_and_visits_of_a_patient_belong_together(visits):
    assert len({visit.id for visit in visits}) == len(visits)
    patients = {}
    for visit in visits:
        patients.setdefault(visit.group, []).append(visit)
    assert {len(own) for own in patients.values()} == {1, 2, 3}
    for own in patients.values():
        assert len({(visit.sex, visit.split, visit.kind) for visit in own}) == 1
        assert [visit.age - own[0].age for visit in own] == [visit.number for visit in own] == list(range(len(own)))


def test_kinds_are_as_frequent_as_they_should_be(visits):
    first = [visit for visit in visits if visit.number == 0]
    for kind, probability in KINDS.items():
        share = np.mean([visit.kind == kind for visit in first])
        assert share == pytest.approx(probability, abs=3.5 * np.sqrt(probability * (1 - probability) / len(first)))


def test_lesions_have_the_kind_of_their_visit_and_stay_apart(visits):
    for visit in visits:
        assert bool(visit.lesions) == (visit.kind != "none")
        assert all(lesion.kind == visit.kind for lesion in visit.lesions)
        assert all(np.prod(lesion.stretch) == pytest.approx(1) for lesion in visit.lesions)
        assert all((lesion.halo > 0) == (visit.kind == "mass with oedema") for lesion in visit.lesions)
        if visit.kind == "lacune":
            assert all(lesion.region.endswith("deep grey matter") for lesion in visit.lesions)
        for place, one in enumerate(visit.lesions):
            for other in visit.lesions[:place]:
                assert np.linalg.norm(np.subtract(one.centre, other.centre)) > one.radius + other.radius


def test_the_old_have_more_atrophy_and_every_visit_a_sequence(visits):
    young, old = (
        [v.atrophy for v in visits if (v.age > 70) == above and not 45 < v.age <= 70] for above in (False, True)
    )
    assert np.mean(young) < 0.5 < 1.5 < np.mean(old) < len(ATROPHY)
    assert all(visit.sequences for visit in visits)
    missing = 1 - np.mean([len(visit.sequences) / 3 for visit in visits])
    assert missing == pytest.approx(0.2, abs=0.06)
