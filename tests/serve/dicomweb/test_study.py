import dataclasses

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.serve.dicomweb.holdings import Holdings
from lexiscope.serve.dicomweb.instance import instance_of, open_series
from lexiscope.serve.dicomweb.query import read_query, search
from lexiscope.serve.dicomweb.stored import stored_as
from lexiscope.serve.dicomweb.study import study_uid
from lexiscope.serve.pictures.decoded import decode
from lexiscope.sources.encode import plane_file, volume_file
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft


def _built(folder, *drafts):
    build_corpus(folder, DraftSource(drafts))
    return Corpus.open(folder)


def _instance(corpus, series, study, index=0):
    image = decode(corpus.object_path(series.image), known=series.image)
    return instance_of(open_series(study, series, image), index)


def test_scans_are_served_and_micrographs_are_not(tmp_path):
    scan = volume_file(np.zeros((2, 3, 4), np.int16), np.eye(4))
    sem = plane_file(np.zeros((8, 8), np.uint16), (5.0, 5.0), unit="nm")
    corpus = _built(tmp_path / "corpus", draft("a", images={"t1": scan, "sem": sem}), draft("b", images={"sem": sem}))
    (study,) = Holdings(corpus).studies()
    assert [series.name for series in study.series] == ["t1"]
    assert not study.is_pseudonym
    assert "PatientIdentityRemoved" not in _instance(corpus, study.series[0], study)


def test_uids_are_the_same_in_every_build_and_others_for_other_values(tmp_path):
    def uids(name, value):
        scan = volume_file(np.full((2, 3, 4), value, np.int16), np.eye(4))
        (study,) = Holdings(_built(tmp_path / name, draft("a", images={"t1": scan}))).studies()
        return study.uid, study.series[0].uid, study.series[0].instance_uid(1)

    first, again, other = uids("one", 5), uids("two", 5), uids("three", 6)
    assert first == again
    assert first[0] == other[0]
    assert set(first[1:]).isdisjoint(other[1:])
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in first)


def test_floats_come_back_within_a_step(tmp_path):
    values = np.random.default_rng(0).normal(0, 1e-3, (2, 5, 4)).astype(np.float32)
    values[0, 0, 0] = np.nan
    corpus = _built(tmp_path / "corpus", draft("a", images={"adc": volume_file(values, np.eye(4))}))
    (study,) = Holdings(corpus).studies()
    made = _instance(corpus, study.series[0], study, index=1)
    back = made.pixel_array * float(made.RescaleSlope) + float(made.RescaleIntercept)
    assert np.abs(back - values[1][::-1, ::-1]).max() <= float(made.RescaleSlope)
    assert float(made.RescaleSlope) < 2e-7
    assert "65536 steps" in made.DerivationDescription


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([0, 255], np.uint8), "u1"),
        (np.array([-5, 5], np.int8), "i1"),
        (np.array([0, 65_535], np.uint16), "<u2"),
        (np.array([-1024, 3071], np.int16), "<i2"),
        (np.array([0, 40_000], np.int32), "<u2"),
        (np.array([-9, 9], np.int64), "<i2"),
    ],
)
def test_whole_numbers_that_fit_are_stored_as_they_are(values, kind):
    stored = stored_as(values)
    assert (stored.dtype, stored.slope, stored.intercept, stored.is_exact) == (np.dtype(kind), 1, 0, True)
    assert stored.pixels(values).tolist() == values.tolist()


def test_each_channel_is_a_series(tmp_path):
    values = np.zeros((4, 3, 2, 2), np.int16)
    values[..., 1] = 7
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii.gz")
    corpus = _built(tmp_path / "corpus", draft("a", images={"adc": volume_file(values[..., 0].T, np.eye(4))}))
    case = corpus["a"]
    content = sha256_file(tmp_path / "a.nii.gz")
    corpus.keep_object(tmp_path / "a.nii.gz", content=content, image_format="nifti")
    both = dataclasses.replace(case.images["adc"], content=content, channels=2)
    corpus.upsert([dataclasses.replace(case, images={"adc": both})])
    (study,) = Holdings(corpus).studies()
    assert [(one.name, one.number) for one in study.series] == [("adc channel 0", 1), ("adc channel 1", 2)]
    assert np.unique(_instance(corpus, study.series[1], study).pixel_array).tolist() == [7]


@pytest.mark.parametrize(("coarse", "axis"), [(0, "x"), (1, "y"), (2, "z")])
def test_slices_are_cut_as_scanners_cut_and_lie_where_they_lay(tmp_path, coarse, axis):
    spacing = [1.0, 1.0, 1.0]
    spacing[coarse] = 5.0
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (-10, -20, 30)
    values = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)  # (z, y, x)
    corpus = _built(tmp_path / "corpus", draft("a", images={"t1": volume_file(values, affine)}))
    (study,) = Holdings(corpus).studies()
    (series,) = study.series
    assert series.count == values.transpose(2, 1, 0).shape[coarse]
    for index in range(series.count):
        made = _instance(corpus, series, study, index)
        across, down = (np.array(made.ImageOrientationPatient[at : at + 3], float) for at in (0, 3))
        for row, column in ((0, 0), (2, 3)):
            place = np.array(made.ImagePositionPatient, float)
            place += row * float(made.PixelSpacing[0]) * down + column * float(made.PixelSpacing[1]) * across
            x, y, z = np.round((place * (-1, -1, 1) - affine[:3, 3]) / spacing).astype(int)
            assert made.pixel_array[row, column] == values[z, y, x]
    shown = {"x": ([0, 1, 0], [0, 0, -1]), "y": ([1, 0, 0], [0, 0, -1]), "z": ([1, 0, 0], [0, 1, 0])}[axis]
    assert [list(across), list(down)] == list(shown)


def test_pages_of_studies_put_together_are_all_studies(tmp_path):
    scan = volume_file(np.zeros((2, 3, 4), np.int16), np.eye(4))
    sem = plane_file(np.zeros((8, 8), np.uint16), (5.0, 5.0), unit="nm")
    drafts = [draft(f"case-{n}", images={"t1": scan} if n % 3 else {"sem": sem}) for n in range(10)]
    holdings = Holdings(_built(tmp_path / "corpus", *drafts))

    def ids(*pairs):
        rows, more = search(holdings, read_query([*pairs, ("includefield", "StudyDescription")], level="study"), url="")
        return [row["00081030"]["Value"][0] for row in rows], more

    served = [f"case-{n}" for n in range(10) if n % 3]
    assert ids() == (served, False)
    assert ids(("limit", "4")) == (served[:4], True)
    assert ids(("limit", "4"), ("offset", "4")) == (served[4:], False)
    assert ids(("limit", "2"), ("offset", "1"), ("ModalitiesInStudy", "MR")) == (served[1:3], True)
    assert ids(("PatientID", "group-case-[5]")) == ([], False)
    assert ids(("PatientID", "group-case-5")) == (["case-5"], False)
    assert ids(("PatientName", "GROUP-case-?"), ("offset", "5")) == (served[5:], False)
    uids = f"{study_uid('group-case-1', 'case-1')},{study_uid('group-case-2', 'case-2')}"
    assert ids(("StudyInstanceUID", uids)) == (["case-1", "case-2"], False)
