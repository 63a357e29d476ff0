"""Dose grids in Gy and nuclear tomograms: frames lie where their own attributes say, or are refused."""

import gzip

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from lexiscope.sources import Rejected
from lexiscope.sources.scans.dicom import DicomSource

DOSE, NUCLEAR = "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.20"


def read(path):
    given = list(DicomSource(path).drafts())
    return [d for d in given if not isinstance(d, Rejected)], [d for d in given if isinstance(d, Rejected)]


def volume(file):
    return nib.Nifti1Image.from_bytes(gzip.decompress(file.origin.data))


def grid(scanner, frames, **fields):
    pixels = np.repeat(np.arange(frames, dtype=np.uint32) * 1000, 24).reshape(frames, 4, 6)
    given = {"NumberOfFrames": frames, "PixelData": pixels.tobytes(), **fields}
    scanner.slice("a.dcm", pixels[0], z=-30.0, series="1.2.3", **given)


def dose(scanner, offsets, **fields):
    stated = {"DoseUnits": "GY", "DoseGridScaling": "0.0005", "GridFrameOffsetVector": offsets, **fields}
    grid(scanner, 20, Modality="RTDOSE", SOPClassUID=DOSE, **stated)


@pytest.mark.parametrize(
    ("offsets", "orientation", "first"),
    [
        ([2.5 * k for k in range(20)], [1, 0, 0, 0, 1, 0], -30.0),
        ([-30.0 + 2.5 * k for k in range(20)], [1, 0, 0, 0, 1, 0], -30.0),
        ([-2.5 * k for k in range(20)], [1, 0, 0, 0, 1, 0], -77.5),
        ([2.5 * k for k in range(20)], [1, 0, 0, 0, -1, 0], -30.0),
        ([-30.0 - 2.5 * k for k in range(20)], [1, 0, 0, 0, -1, 0], -30.0),
    ],
)
def test_a_dose_grid_is_a_volume_in_gy(scanner, offsets, orientation, first):
    dose(scanner, offsets, ImageOrientationPatient=orientation)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    image = volume(draft.images["rtdose"])
    doses = sorted(image.get_fdata()[0, 0].tolist())
    np.testing.assert_allclose(doses, np.arange(20) * 0.5)
    np.testing.assert_allclose(nib.affines.voxel_sizes(image.affine), [0.5, 2.0, 2.5])
    zero = image.affine @ [0, 0, int(np.argmin(image.get_fdata()[0, 0])), 1]
    np.testing.assert_allclose(zero[:3], [-10, -20, -30.0])
    assert "rtdose: values in Gy" in draft.provenance.steps
    assert first in (zero[2], (image.affine @ [0, 0, 0, 1])[2])


def test_doses_of_a_plan_and_of_a_beam_are_two_volumes(scanner):
    for name in ("PLAN", "BEAM"):
        dose(scanner, [2.5 * k for k in range(20)], DoseSummationType=name)
        (scanner.folder / "a.dcm").rename(scanner.folder / f"{name}.dcm")
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert list(draft.images) == ["rtdose", "rtdose_2"]
    assert "rtdose: split into 2 by DoseSummationType" in draft.provenance.steps


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"GridFrameOffsetVector": None}, "GridFrameOffsetVector is missing"),
        ({"GridFrameOffsetVector": [0.0, 2.5]}, "GridFrameOffsetVector has 2 numbers for 20 frames"),
        ({"DoseUnits": "RELATIVE"}, "DoseUnits is RELATIVE"),
        ({"DoseGridScaling": None}, "DoseGridScaling is missing"),
        ({"PixelSpacing": None}, "PixelSpacing missing"),
        ({"ImagePositionPatient": None, "PixelSpacing": None}, "ImagePositionPatient, PixelSpacing missing"),
    ],
)
def test_dose_grids_without_place_or_unit_are_refused_by_what_is_missing(scanner, fields, reason):
    dose(scanner, [2.5 * k for k in range(20)], **fields)
    drafts, (rejected,) = read(scanner.folder)
    assert drafts == []
    assert reason in rejected.reason


def nuclear(scanner, kind, frames=20, *, detector=True, **fields):
    stated = {"Modality": "NM", "SOPClassUID": NUCLEAR, "ImageType": ["ORIGINAL", "PRIMARY", kind, "EMISSION"]}
    place = Dataset()
    place.ImagePositionPatient, place.ImageOrientationPatient = [-5.0, -6.0, 7.0], [1, 0, 0, 0, 1, 0]
    if detector:
        stated["DetectorInformationSequence"] = Sequence([place])
    nothing = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    grid(scanner, frames, **{**nothing, "SpacingBetweenSlices": 4.4, **stated, **fields})


@pytest.mark.parametrize("gap", [4.4, -4.4])
def test_a_nuclear_tomogram_is_a_volume_of_counts(scanner, gap):
    nuclear(scanner, "RECON TOMO", SpacingBetweenSlices=gap)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    image = volume(draft.images["nm"])
    first = int(np.argmin(image.get_fdata()[0, 0]))
    np.testing.assert_allclose((image.affine @ [0, 0, first, 1])[:3], [5, 6, 7], rtol=1e-5)
    np.testing.assert_allclose(nib.affines.voxel_sizes(image.affine), [0.5, 2.0, 4.4], rtol=1e-6)
    assert sorted(image.get_fdata()[0, 0].tolist()) == [1000.0 * k for k in range(20)]
    assert any("counts" in step for step in draft.provenance.steps)


def test_gates_and_slices_go_by_their_vectors(scanner):
    vectors = {"SliceVector": [1, 2, 3] * 2, "TimeSlotVector": [1, 1, 1, 2, 2, 2]}
    nuclear(scanner, "RECON GATED TOMO", 6, **vectors)
    (draft,), _ = read(scanner.folder)
    assert [volume(file).get_fdata()[0, 0].tolist() for file in draft.images.values()] == [
        [0, 1000, 2000],
        [3000, 4000, 5000],
    ]
    assert "nm: split into 2 by TimeSlotVector" in draft.provenance.steps


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("RECON TOMO", {"detector": False}, "ImagePositionPatient, ImageOrientationPatient missing"),
        ("RECON TOMO", {"SpacingBetweenSlices": None}, "SpacingBetweenSlices is missing"),
        ("TOMO", {}, "raw projections of a tomogram"),
    ],
)
def test_tomograms_without_a_place_never_become_views(scanner, kind, fields, reason):
    nuclear(scanner, kind, **fields)
    drafts, (rejected,) = read(scanner.folder)
    assert drafts == []
    assert reason in rejected.reason


def test_planar_views_stay_views(scanner):
    nuclear(scanner, "STATIC", 2)
    (draft,), _ = read(scanner.folder)
    assert len(draft.images) == 2
