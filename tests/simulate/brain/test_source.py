"""The simulated cohort: reproducible visit by visit, and its pictures, masks, words and attributes tell one truth."""

import gzip
import importlib.util

import nibabel
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.simulate.brain import SimulatedSource
from lexiscope.sources.draft import Draft

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("nilearn") is None, reason="nilearn, which carries the MNI152 maps, is not installed"
)


@pytest.fixture(scope="module")
def cohort() -> list[Draft]:
    return [draft for draft in SimulatedSource(visits=18, seed=0).drafts() if isinstance(draft, Draft)]


def voxels(file) -> np.ndarray:
    return np.asarray(nibabel.Nifti1Image.from_bytes(gzip.decompress(file.origin.data)).dataobj).T


def with_all_sequences(cohort: list[Draft], kind: str) -> Draft:
    return next(d for d in cohort if d.attributes["kind"] == kind and len(d.images) == 3)


@pytest.mark.slow
def test_a_visit_does_not_depend_on_how_many_there_are(cohort):
    again = list(SimulatedSource(visits=5, seed=0).drafts())
    assert again == cohort[:5]


@pytest.mark.slow
def test_another_seed_is_another_cohort(cohort):
    assert next(iter(SimulatedSource(visits=1, seed=4).drafts())) != cohort[0]


def test_visits_of_a_patient_share_group_and_split(cohort):
    splits = {}
    for draft in cohort:
        splits.setdefault(draft.group, set()).add(draft.split)
    assert len(splits) < len(cohort)
    assert all(len(names) == 1 for names in splits.values())


def test_some_sequences_are_missing_but_never_all(cohort):
    counts = {len(draft.images) for draft in cohort}
    assert 0 not in counts
    assert len(counts) > 1


def test_lesions_are_bright_on_flair_in_the_pixels(cohort):
    draft = with_all_sequences(cohort, "focal white matter lesions")
    flair, lesion = voxels(draft.images["flair"]).astype(float), voxels(draft.masks["lesion"]) > 0
    head = flair > 0.3 * np.percentile(flair, 99)
    assert np.median(flair[lesion]) > 1.5 * np.median(flair[head & ~lesion])


def test_the_side_in_the_words_is_the_side_in_the_mask(cohort):
    sided = [d for d in cohort if d.attributes["side"] in ("left", "right")]
    assert sided
    for draft in sided:
        mask = voxels(draft.masks["lesion"])
        x = np.argwhere(mask)[:, 2].mean() - (mask.shape[2] - 1) / 2  # grows to the patient's right
        assert draft.attributes["side"] == ("right" if x > 0 else "left")
        assert all(draft.attributes["side"] in text.text for text in draft.texts)


def test_size_is_that_of_the_mask(cohort):
    masses = [d for d in cohort if d.attributes["kind"] == "mass with oedema" and d.attributes["lesion_count"] == 1]
    assert masses
    for draft in masses:
        volume = (voxels(draft.masks["lesion"]) > 0).sum() * 20.0  # 5 x 2 x 2 mm
        assert (6 * volume / np.pi) ** (1 / 3) == pytest.approx(draft.attributes["size_mm"], rel=0.15)


def test_no_lesion_means_an_empty_mask(cohort):
    for draft in cohort:
        assert voxels(draft.masks["lesion"]).any() == (draft.attributes["lesion_count"] > 0)
        assert voxels(draft.masks["oedema"]).any() == (draft.attributes["kind"] == "mass with oedema")


def test_atrophy_widens_the_ventricles(cohort):
    volumes = {}
    for draft in cohort:
        volumes.setdefault(draft.attributes["atrophy"], []).append(draft.attributes["ventricles_ml"])
    assert np.mean(volumes["none"]) < np.mean(volumes["mild"]) < np.mean(volumes["moderate"])


def test_text_says_that_it_is_simulated_and_who_wrote_it(cohort):
    for draft in cohort:
        assert "imulated" in draft.texts[0].text
        assert {text.author for text in draft.texts} == {"lexiscope-simulated"}


def test_no_two_patients_share_a_text(cohort):
    owner = {}
    for draft in cohort:
        for text in draft.texts:
            assert owner.setdefault(text.text, draft.group) == draft.group


def test_a_cohort_of_none_is_refused():
    with pytest.raises(UsageError, match="visits >= 1"):
        SimulatedSource(visits=0)
