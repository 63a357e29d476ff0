"""A profile finds the structure in unseen cases, in any subset of the modalities, and tells where it is not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.appearance import look_at
from lexiscope.language.instructions.learning import learn_profile
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.language.instructions.region import find_region
from lexiscope.language.instructions.studied_case import study


def _overlap(images, mask, profile):
    region = find_region(look_at(images), profile)
    return 0.0 if region is None else 2 * (region.voxels & mask).sum() / (region.voxels.sum() + mask.sum())


@pytest.mark.parametrize("scale", [1.0, 40.0])
@pytest.mark.parametrize("modalities", [("flair", "t1"), ("flair",)])
def test_the_structure_is_found_whatever_the_scanner_and_the_modalities(make_case, profile, scale, modalities):
    overlaps = []
    for seed in range(20, 24):
        images, mask = make_case(seed, scale=scale)
        overlaps.append(_overlap(images.only(*modalities), mask, profile))
    assert min(overlaps) > 0.6


def test_where_it_is_not_nothing_is_found(make_case, profile):
    images, _ = make_case(30, present=False)
    assert find_region(look_at(images), profile) is None


def test_a_profile_says_how_it_looks_and_how_large_it_is(profile):
    assert profile.contrast["flair"] > 1 > 0 > profile.contrast["t1"]
    assert profile.size[0] <= profile.size[1] <= profile.size[2] < 0.2
    assert (profile.cases, profile.groups, profile.present) == (8, 8, 7 / 8)
    assert profile.modalities == ("flair", "t1")
    assert not profile.scattered
    assert sum(profile.place["x"]) == pytest.approx(1, abs=0.01)


def test_what_the_images_hardly_show_is_not_made_up(make_case, profile):
    images, _ = make_case(20)
    vague = replace(profile, fits={name: replace(fit, overlap=0.1) for name, fit in profile.fits.items()})
    assert find_region(look_at(images), vague) is None
    blind = replace(profile, fits={**profile.fits, "t1": replace(profile.fits["t1"], overlap=0.1)})
    assert find_region(look_at(images.only("t1")), blind) is None
    assert find_region(look_at(images), blind) is not None


def test_no_case_with_the_structure_teaches_nothing(make_case):
    images, mask = make_case(0, present=False)
    assert learn_profile("tumour", [study(look_at(images), mask, group="g")], key="") is None


def test_a_profile_survives_json(profile, make_case):
    again = StructureProfile.from_dict(json.loads(json.dumps(profile.to_dict())))
    assert again == profile
    images, mask = make_case(21)
    assert _overlap(images, mask, again) == _overlap(images, mask, profile)


def test_a_profile_of_another_version_or_form_is_refused(profile):
    record = profile.to_dict()
    with pytest.raises(UsageError, match="expected a profile of version 1, got 2; write the instructions again"):
        StructureProfile.from_dict({**record, "version": 2})
    with pytest.raises(UsageError, match="expected the profile of a structure, got something else"):
        StructureProfile.from_dict({"version": 1})
    with pytest.raises(UsageError, match="expected the profile of a structure"):
        StructureProfile.from_dict({**record, "place": []})


def test_many_small_pieces_are_a_scattered_structure():
    from lexiscope.language.instructions.case_images import CaseImages

    studied = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        mask = np.zeros((1, 64, 64), bool)
        for y, x in rng.integers(2, 60, (30, 2)):
            mask[0, y : y + 3, x : x + 3] = True
        grey = (rng.normal(50, 5, mask.shape) + 60 * mask).astype(np.float32)
        studied.append(study(look_at(CaseImages({"sem": grey}, None, None, False, "")), mask, group=str(seed)))
    profile = learn_profile("particle", studied, key="")
    assert profile.scattered
