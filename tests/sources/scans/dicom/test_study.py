"""A study becomes images, masks and rejections, without an identifier in any of them."""

import gzip
import io

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.study import hidden, read_study

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def instances(scanner):
    return [read_instance(path) for path in sorted(scanner.folder.rglob("*.dcm"))]


def test_series_are_named_by_machine_and_sequence(scanner):
    scanner.series(3, SeriesDescription="t1 mprage of Jane")
    scanner.series(3, SeriesDescription="FLAIR", SeriesNumber=2)
    scanner.series(3, SeriesDescription="FLAIR again", SeriesNumber=3)
    study = read_study(instances(scanner), scanner.folder)
    assert list(study.images) == ["mr_t1", "mr_flair", "mr_flair_2"]
    assert "mr_t1: 3 slices sorted by position" in study.steps
    assert study.rejected == []


def test_a_series_that_cannot_be_used_is_rejected_without_identifiers(scanner):
    scanner.series(6, skip={2}, SeriesDescription="t1")
    study = read_study(instances(scanner), scanner.folder)
    assert study.images == {}
    (rejected,) = study.rejected
    assert "series mr_t1: 1 of 6 slices are missing" in rejected.reason
    assert rejected.remedy


def test_pictures_without_a_place_are_planes_and_many_are_thinned(scanner):
    for number in range(20):
        scanner.slice(
            f"{number:02}.dcm",
            np.full((4, 4), number, np.uint8),
            z=None,
            series="1.2.3",
            number=number,
            SOPClassUID=CAPTURE,
        )
    study = read_study(instances(scanner), scanner.folder)
    assert len(study.images) == 16
    assert study.steps[0] == "mr: 20 pictures without a place, each an image of its own"
    assert study.steps[1] == "mr: 16 of 20 moments or views kept, evenly spread"


@pytest.mark.parametrize("lacking", ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"])
def test_slices_without_a_place_never_become_pictures(scanner, lacking):
    scanner.series(5, **{lacking: None})
    study = read_study(instances(scanner), scanner.folder)
    assert study.images == {}
    (rejected,) = study.rejected
    assert f"5 slices cannot be put in place: {lacking} is missing" in rejected.reason
    assert "with its geometry" in rejected.remedy


def test_one_slice_without_a_place_is_refused_beside_its_series_and_kept_alone(scanner):
    scanner.series(5)
    scanner.slice("lost.dcm", np.zeros((4, 6), np.uint16), z=None, series="1.2.3")
    for file in scanner.folder.glob("*.dcm"):
        if file.name != "lost.dcm":
            dataset = pydicom.dcmread(file)
            dataset.SeriesInstanceUID = "1.2.3"
            dataset.save_as(file)
    study = read_study(instances(scanner), scanner.folder)
    assert list(study.images) == ["mr"]
    assert "1 slice cannot be put in place: ImagePositionPatient and" in study.rejected[0].reason
    alone = read_study([read_instance(scanner.folder / "lost.dcm")], scanner.folder)
    assert list(alone.images) == ["mr"]
    assert alone.rejected == []


def test_slices_that_turn_make_no_pictures_either(scanner):
    for number in range(20):
        turn = np.radians(9 * number)
        orientation = [float(np.cos(turn)), float(np.sin(turn)), 0, 0, 0, -1]
        pixels = np.full((4, 4), number, np.uint8)
        scanner.slice(f"{number:02}.dcm", pixels, z=0.0, series="1.2.3", ImageOrientationPatient=orientation)
    study = read_study(instances(scanner), scanner.folder)
    assert study.images == {}
    assert "20 slices lie apart" in study.rejected[0].reason
    assert study.steps == ["mr: split into 20 by orientation"]


def test_ultrasound_has_no_volumes(scanner):
    scanner.series(3, Modality="US")
    assert read_study(instances(scanner), scanner.folder).volumes == []


def test_longer_secrets_are_hidden_first():
    assert hidden("Doe^Jane and Doe", ["Doe", "Doe^Jane"]) == "*** and ***"
    assert hidden("tumour of JANE DOE, doe_jane", ["Doe", "Jane", "Doe^Jane"]) == "tumour of *** ***, ***"
    assert hidden("across", ["Ross"]) == "across"
    assert hidden("ID HOSP 4711", ["HOSP-4711"]) == "ID ***"
    assert hidden("小东的肿瘤", ["小东"]) == "***的肿瘤"


def write_segmentation(scanner, series, frames):
    """A binary segmentation of two lesions in 8 bits; `frames` are (z, segment, columns that are inside)."""
    groups = []
    for z, segment, _ in frames:
        group, place, identity = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient, identity.ReferencedSegmentNumber = [10.0, 20.0, z], segment
        group.PlanePositionSequence, group.SegmentIdentificationSequence = [place], [identity]
        groups.append(group)
    shared, measures, orientation, referenced = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, orientation.ImageOrientationPatient = [2.0, 0.5], [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    referenced.SeriesInstanceUID = series
    segments = []
    for number in (1, 2):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, "Lesion of JANE"
        segments.append(segment)
    pixels = np.zeros((len(frames), 4, 6), np.uint8)
    for frame, (_, _, columns) in zip(pixels, frames, strict=True):
        frame[1, :columns] = 1
    scanner.slice(
        "seg.dcm", pixels[0], z=None, series="1.2.9", SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", Modality="SEG",
        NumberOfFrames=len(frames), PixelData=pixels.tobytes(), SegmentationType="BINARY", SegmentSequence=segments,
        SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=groups,
        ReferencedSeriesSequence=[referenced],
    )  # fmt: skip


def test_segments_of_one_label_are_masks_of_their_own_without_the_name_in_it(scanner):
    series = scanner.series(3)
    write_segmentation(scanner, series, [(0.0, 1, 3), (3.0, 1, 3), (3.0, 2, 1)])
    study = read_study(instances(scanner), scanner.folder)
    assert not study.rejected
    assert sorted(study.masks) == ["lesion_of", "lesion_of_2"]
    volumes = [nibabel.Nifti1Image.from_bytes(gzip.decompress(study.masks[n].origin.data)) for n in sorted(study.masks)]
    assert [int(volume.get_fdata().sum()) for volume in volumes] == [6, 1]
    assert "mr: segments of one label are kept apart, by their numbers" in study.steps


def test_a_segmentation_of_a_single_slice_is_a_plane_as_its_image_is(scanner):
    scanner.slice("a.dcm", np.zeros((4, 6), np.uint16), z=7.0, series="1.2.3")
    write_segmentation(scanner, "1.2.3", [(7.0, 1, 4)])
    study = read_study(instances(scanner), scanner.folder)
    assert not study.rejected
    mask, absent = study.masks.values()
    assert np.asarray(Image.open(io.BytesIO(mask.origin.data))).sum() == 4
    assert mask.spacing == study.images["mr"].spacing == (2.0, 0.5)
    assert not np.asarray(Image.open(io.BytesIO(absent.origin.data))).any()


def written(scanner, count, *, time=0, skip=(), **fields):
    """Slices filled with 100 x their time point + position; a field that is callable gives a value for each file."""
    for k in range(count):
        if k not in skip:
            stated = {name: value(k) if callable(value) else value for name, value in fields.items()}
            pixels = np.full((4, 6), 100 * time + k, np.uint16)
            name = f"{time}_{k:02}.dcm"
            scanner.slice(name, pixels, z=3.0 * k, series="1.2.3", number=100 * time + k, **stated)


def values_of(study):
    volumes = (nibabel.Nifti1Image.from_bytes(gzip.decompress(file.origin.data)) for file in study.images.values())
    return [volume.get_fdata()[0, 0].tolist() for volume in volumes]


@pytest.mark.parametrize(
    "fields",
    [
        {"EchoTime": lambda k: "4.92" if k % 2 else "4.920000076"},
        {"ImageOrientationPatient": lambda k: [1, f"0.0004{98 + k % 2}", 0, f"-0.0004{98 + k % 2}", 1, 0]},
        {"PixelSpacing": lambda k: ["0.703125"] * 2 if k % 2 else ["0.7031"] * 2},
        {"ImageType": lambda k: ["ORIGINAL", "PRIMARY", "M", *(["NORM"] if k % 2 else [])]},
        {"ImagePositionPatient": lambda k: ["1.5", f"{-0.17365 * 0.8 * k:.1f}", f"{0.98481 * 0.8 * k:.1f}"]},
    ],
)
def test_one_series_stays_one_volume_however_its_numbers_are_written(scanner, fields):
    written(scanner, 12, **fields)
    study = read_study(instances(scanner), scanner.folder)
    assert values_of(study) == [list(range(12))]
    assert study.rejected == []


def test_a_lost_slice_of_a_time_point_refuses_that_time_point_alone(scanner):
    for time in range(4):
        written(scanner, 5, time=time, TemporalPositionIdentifier=time + 1, skip={2} if time == 1 else ())
    study = read_study(instances(scanner), scanner.folder)
    assert values_of(study) == [[100 * time + k for k in range(5)] for time in (0, 2, 3)]
    assert ["1 of 5 slices are missing in one of 4 time points" in rejected.reason for rejected in study.rejected] == [
        True
    ]
    assert "mr: 4 time points told apart by TemporalPositionIdentifier" in study.steps


def test_a_slice_sent_again_is_left_out_and_said(scanner):
    written(scanner, 6)
    scanner.slice("again.dcm", np.full((4, 6), 3, np.uint16), z=9.0, series="1.2.3", number=3)
    study = read_study(instances(scanner), scanner.folder)
    assert values_of(study) == [list(range(6))]
    assert "mr: 1 slice sent twice left out: the pixels are there already" in study.steps


def test_a_slice_that_was_scanned_again_does_not_cost_its_series(scanner):
    written(scanner, 8)
    scanner.slice("again.dcm", np.full((4, 6), 77, np.uint16), z=9.0, series="1.2.3", number=30)
    study = read_study(instances(scanner), scanner.folder)
    assert values_of(study) == [[0, 1, 2, 77, 4, 5, 6, 7]]
    assert "mr: 1 slice left out: their place was scanned again, and the later slice was taken" in study.steps
    assert not study.rejected
